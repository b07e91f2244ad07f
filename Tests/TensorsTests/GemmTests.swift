import CKernels
import Tensors
import Testing

/// The register-blocked matrix product of every instruction set against a sum in double precision.
@Suite struct GemmTests {
  /// One product of `rows` x `depth` by `depth` x (`vectors` * lanes), with slack around it.
  struct Product {
    let kernels: Kernels
    let rows: Int
    let depth: Int
    let vectors: Int
    let a: [Float]
    let b: [Float]
    let c: [Float]
    let bias: [Float]

    var width: Int { vectors * Int(kernels.table.lanes) }
    var rowStride: Int { depth + 3 }
    var outStride: Int { width + 5 }

    init(_ kernels: Kernels, rows: Int, depth: Int, vectors: Int) {
      self.kernels = kernels
      self.rows = rows
      self.depth = depth
      self.vectors = vectors
      var random = Seeded(UInt64(rows * 1000 + depth * 10 + vectors))
      let width = vectors * Int(kernels.table.lanes)
      a = random.floats(rows * (depth + 3))
      b = random.floats(depth * width)
      c = random.floats(rows * (width + 5))
      bias = random.floats(width)
    }

    func run(rows: Range<Int>, bias: [Float]?, accumulate: Bool) -> [Float] {
      var out = c
      out.withUnsafeMutableBufferPointer { out in
        a.withUnsafeBufferPointer { a in
          guard let out = out.baseAddress, let a = a.baseAddress else { return }
          kernels.table.gemm(
            a + rows.lowerBound * rowStride, rowStride, b, out + rows.lowerBound * outStride,
            outStride, Int32(rows.count), Int32(depth), Int32(vectors), bias, accumulate ? 1 : 0)
        }
      }
      return out
    }

    /// Element (m, n) summed in double precision on top of `start`.
    func expected(_ m: Int, _ n: Int, start: Float) -> Double {
      (0..<depth).reduce(Double(start)) {
        $0 + Double(a[m * rowStride + $1]) * Double(b[$1 * width + n])
      }
    }
  }

  enum Start: CaseIterable { case zero, bias, accumulate }

  @Test(arguments: kernelNames, Start.allCases)
  func matchesTheDefinition(name: String, start: Start) throws {
    let kernels = try #require(Kernels(named: name))
    for rows in 1...13 {
      for (vectors, depth) in [(1, 1), (2, 1), (1, 37), (2, 37)] {
        let product = Product(kernels, rows: rows, depth: depth, vectors: vectors)
        let out = product.run(
          rows: 0..<rows, bias: start == .bias ? product.bias : nil,
          accumulate: start == .accumulate)
        for m in 0..<rows {
          for n in 0..<product.outStride {
            let at = m * product.outStride + n
            guard n < product.width else {
              #expect(out[at] == product.c[at], "wrote past the panel")
              continue
            }
            let first: Float =
              switch start {
              case .zero: 0
              case .bias: product.bias[n]
              case .accumulate: product.c[at]
              }
            let error = abs(Double(out[at]) - product.expected(m, n, start: first))
            #expect(error < 5e-6, "\(rows) rows, \(vectors) vectors, depth \(depth): \(error)")
          }
        }
      }
    }
  }

  @Test(arguments: kernelNames)
  func rowsDoNotDependOnTheirNeighbours(name: String) throws {
    let product = Product(
      try #require(Kernels(named: name)), rows: 13, depth: 64, vectors: 2)
    let together = product.run(rows: 0..<13, bias: nil, accumulate: false)
    for m in 0..<13 {
      let alone = product.run(rows: m..<m + 1, bias: nil, accumulate: false)
      let range = m * product.outStride..<m * product.outStride + product.width
      #expect(alone[range] == together[range])
    }
  }

  @Test(arguments: kernelNames)
  func panelsCoverAllChannelsOnce(name: String) throws {
    let kernels = try #require(Kernels(named: name))
    for channels in stride(from: 16, through: 160, by: 16) {
      let panels = kernels.panels(covering: channels)
      #expect(panels.map(\.width).reduce(0, +) == channels)
      var next = 0
      for panel in panels {
        #expect(panel.first == next && (1...2).contains(panel.vectors))
        #expect(panel.width == panel.vectors * Int(kernels.table.lanes))
        next += panel.width
      }
    }
  }
}
