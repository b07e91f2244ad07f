import CKernels
import Foundation
import Tensors
import Testing

/// Gathering windows of a map of which some tiles are fresh and the rest lies in a base.
@Suite struct GatherTests {
  /// A map of 11 x 9 pixels, 32 channels, both as a base and as fresh tiles with other values.
  struct Scene {
    let height = 11
    let width = 9
    let stride = 32
    let tilesX = 3
    let base: [Float]
    /// The base as each format stores it.
    let stored: [CachedMap]
    /// A slab with tiles 7, 1 and 5.
    let slab: [Float]
    let index: [Int32] = [-1, 1, -1, -1, -1, 2, -1, 0, -1]

    init(range: ClosedRange<Float> = -2...2) {
      var random = Seeded(7)
      // Values that bytes and halves hold exactly, so that all bases are one map: multiples of a
      // power of two, of which the 127th occurs in every tile and channel.
      let unit = range.upperBound / 128
      var exact = [Float](repeating: 127 * unit, count: 9 * 16 * stride)
      for i in exact.indices where i / stride % 16 != 0 {
        exact[i] = unit * Float(Int.random(in: -127...127, using: &random))
      }
      base = exact
      let map = FeatureMap(MapShape(height: 11, width: 9, channels: stride))
      map.floats.update(from: exact, count: exact.count)
      stored = CachedMap.Format.allCases.map {
        CachedMap(map, as: $0, workers: WorkerPool(count: 1))
      }
      slab = random.floats(3 * 16 * stride, in: range)
    }

    func value(_ y: Int, _ x: Int, _ c: Int, mixed: Bool) -> Float {
      let tile = y / 4 * tilesX + x / 4
      let pixel = (y % 4) * 4 + x % 4
      if mixed, index[tile] >= 0 { return slab[(Int(index[tile]) * 16 + pixel) * stride + c] }
      return base[(tile * 16 + pixel) * stride + c]
    }
  }

  enum Reading: CaseIterable {
    case base, halfBase, byteBase, mixture, halfMixture, byteMixture, wholeFresh

    var format: CachedMap.Format? {
      switch self {
      case .base, .mixture: .float
      case .halfBase, .halfMixture: .half
      case .byteBase, .byteMixture: .byte
      case .wholeFresh: nil
      }
    }
    var isMixed: Bool { [.mixture, .halfMixture, .byteMixture].contains(self) }
  }

  /// The window at (y, x) of `rows` x `columns` pixels and channels 16 ..< 32.
  static func gather(
    _ kernels: Kernels, _ scene: Scene, _ reading: Reading, doubled: Bool = false, y: Int, x: Int,
    rows: Int, columns: Int, scale: [Float]? = nil, shift: [Float]? = nil, silu: Bool = false
  ) -> [Float] {
    var out = [Float](repeating: untouched, count: rows * columns * 16 + 16)
    let stored = reading.format.map { scene.stored[Int($0.rawValue)] }
    scene.base.withUnsafeBufferPointer { whole in
      scene.slab.withUnsafeBufferPointer { slab in
        scene.index.withUnsafeBufferPointer { index in
          var source = ck_source(
            base: stored.map { UnsafeRawPointer($0.buffer.base) },
            fresh: reading.isMixed
              ? slab.baseAddress : reading == .wholeFresh ? whole.baseAddress : nil,
            index: reading.isMixed ? index.baseAddress : nil, height: Int32(scene.height),
            width: Int32(scene.width), tiles_x: Int32(scene.tilesX),
            stride: Int32(scene.stride), base_format: (reading.format ?? .float).rawValue,
            upsample: doubled ? 1 : 0)
          kernels.table.gather(
            &source, Int32(y), Int32(x), Int32(rows), Int32(columns), 16, 16, scale, shift,
            silu ? 1 : 0, &out)
        }
      }
    }
    return out
  }

  @Test(arguments: kernelNames, Reading.allCases)
  func copiesWindowsAndPadsWithZeros(name: String, reading: Reading) throws {
    let kernels = try #require(Kernels(named: name))
    let scene = Scene()
    for doubled in [false, true] {
      let (height, width) = doubled ? (22, 18) : (11, 9)
      // Over every border, inside, and wholly outside.
      for (y, x) in [(-1, -1), (-2, 3), (3, 3), (6, 4), (height - 3, width - 2), (height, 0)] {
        let out = Self.gather(
          kernels, scene, reading, doubled: doubled, y: y, x: x, rows: 6, columns: 10)
        var expected: [Float] = []
        for row in y..<y + 6 {
          for column in x..<x + 10 {
            for c in 16..<32 {
              let inside = (0..<height).contains(row) && (0..<width).contains(column)
              let unit = doubled ? 2 : 1
              expected.append(
                inside ? scene.value(row / unit, column / unit, c, mixed: reading.isMixed) : 0)
            }
          }
        }
        #expect(Array(out.dropLast(16)) == expected, "at (\(y), \(x)), doubled \(doubled)")
        #expect(out.suffix(16).allSatisfy { $0 == untouched })
      }
    }
  }

  @Test(arguments: kernelNames)
  func appliesTheAffineMapInsideOnly(name: String) throws {
    let kernels = try #require(Kernels(named: name))
    let scene = Scene()
    var random = Seeded(8)
    let (scale, shift) = (random.floats(16), random.floats(16))
    let plain = Self.gather(kernels, scene, .mixture, y: -1, x: -1, rows: 6, columns: 6)
    let out = Self.gather(
      kernels, scene, .mixture, y: -1, x: -1, rows: 6, columns: 6, scale: scale, shift: shift)
    for i in 0..<6 * 6 * 16 {
      let (row, column, c) = (i / 96, i / 16 % 6, i % 16)
      let outside = row == 0 || column == 0
      let expected = outside ? 0 : Double(plain[i]) * Double(scale[c]) + Double(shift[c])
      #expect(abs(Double(out[i]) - expected) < 5e-7, "at \(row), \(column), \(c)")
    }
  }

  /// Rounding of the exponent's argument makes the relative error of exp grow with |x|.
  @Test(arguments: kernelNames)
  func siluIsAccurate(name: String) throws {
    let kernels = try #require(Kernels(named: name))
    let scene = Scene(range: -30...30)
    for factor in [0.01, 0.3, 1, 4] as [Float] {
      let scale = [Float](repeating: factor, count: 16)
      let shift = [Float](repeating: 0, count: 16)
      let plain = Self.gather(kernels, scene, .mixture, y: 0, x: 0, rows: 11, columns: 9)
      let out = Self.gather(
        kernels, scene, .mixture, y: 0, x: 0, rows: 11, columns: 9, scale: scale, shift: shift,
        silu: true)
      for i in 0..<11 * 9 * 16 {
        let x = Double(plain[i] * factor)
        let exact = Reference.silu(x)
        let bound = 4e-7 * (1 + abs(x)) * abs(exact) + 2e-36
        #expect(abs(Double(out[i]) - exact) <= bound, "silu(\(x)) = \(out[i]), not \(exact)")
      }
    }
  }

  @Test(arguments: kernelNames)
  func activatesWithoutAnAffineMap(name: String) throws {
    let kernels = try #require(Kernels(named: name))
    let one = [Float](repeating: 1, count: 16)
    let zero = [Float](repeating: 0, count: 16)
    let scene = Scene()
    let out = Self.gather(
      kernels, scene, .halfMixture, y: -1, x: 0, rows: 6, columns: 9, silu: true)
    let identity = Self.gather(
      kernels, scene, .halfMixture, y: -1, x: 0, rows: 6, columns: 9, scale: one, shift: zero,
      silu: true)
    #expect(out == identity)
  }
}
