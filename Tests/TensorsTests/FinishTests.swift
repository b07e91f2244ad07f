import CKernels
import Tensors
import Testing

/// Storing finished tiles, and the sums that the next normalisation needs.
@Suite struct FinishTests {
  @Test(arguments: kernelNames, [1, 2])
  func addsStoresAndSums(name: String, vectors: Int) throws {
    let kernels = try #require(Kernels(named: name))
    for (hasBias, hasResidual) in [(false, false), (true, false), (false, true), (true, true)] {
      check(kernels, vectors, hasBias: hasBias, hasResidual: hasResidual)
    }
  }

  private func check(_ kernels: Kernels, _ vectors: Int, hasBias: Bool, hasResidual: Bool) {
    let width = vectors * Int(kernels.table.lanes)
    let stride = width + 16
    let slots: [Int32] = [4, 0, 2]
    // A whole tile, one over the right edge, one over the bottom corner.
    let extents: [UInt8] = [0x44, 0x43, 0x21]
    var random = Seeded(UInt64(width))
    let product = random.floats(3 * 16 * width)
    let bias = random.floats(width)
    let residual = random.floats(5 * 16 * stride)
    var out = [Float](repeating: untouched, count: 5 * 16 * stride)
    let sumStride = width + 3
    var sums = random.floats(2 * sumStride)
    let before = sums
    kernels.table.finish(
      product, 3, Int32(vectors), hasBias ? bias : nil, hasResidual ? residual : nil, &out,
      Int32(stride), slots, extents, &sums, sumStride)

    var expected = [Float](repeating: untouched, count: out.count)
    var totals = [Double](repeating: 0, count: before.count)
    for (tile, slot) in slots.enumerated() {
      for pixel in 0..<16 {
        let inside = pixel / 4 < extents[tile] >> 4 && pixel % 4 < extents[tile] & 15
        for n in 0..<width {
          let at = (Int(slot) * 16 + pixel) * stride + n
          var value = product[(tile * 16 + pixel) * width + n] + (hasBias ? bias[n] : 0)
          if hasResidual { value += residual[at] }
          expected[at] = inside ? value : 0
          totals[n] += inside ? Double(value) : 0
          totals[sumStride + n] += inside ? Double(value) * Double(value) : 0
        }
      }
    }
    #expect(out == expected, "bias \(hasBias), residual \(hasResidual)")
    for i in [0..<width, sumStride..<sumStride + width].joined() {
      #expect(abs(Double(sums[i]) - totals[i]) < 3e-5)
    }
    for i in width..<sumStride { #expect(sums[i] == before[i], "wrote beside the sums") }
  }

  @Test(arguments: kernelNames)
  func sumsTilesOfAMap(name: String) throws {
    let kernels = try #require(Kernels(named: name))
    let stride = 48
    var random = Seeded(5)
    // Values that every format holds exactly; see GatherTests.
    let map = (0..<6 * 16 * stride).map { i in
      i / stride % 16 == 0 ? 127 / 128 : Float(Int.random(in: -127...127, using: &random)) / 128
    }
    let whole = FeatureMap(MapShape(height: 8, width: 12, channels: stride))
    whole.floats.update(from: map, count: map.count)
    let stored = CachedMap.Format.allCases.map {
      CachedMap(whole, as: $0, workers: WorkerPool(count: 1))
    }
    for tiles in [[], [5], [0, 2, 3, 5]] as [[Int32]] {
      var exact = [Double](repeating: 0, count: 2 * stride)
      for tile in tiles {
        for i in 0..<16 * stride {
          let x = Double(map[Int(tile) * 16 * stride + i])
          exact[i % stride] += x
          exact[stride + i % stride] += x * x
        }
      }
      for cached in stored {
        var sums = [Float](repeating: untouched, count: 2 * stride + 1)
        kernels.table.tile_sums(
          cached.buffer.base, cached.format.rawValue, Int32(stride), tiles, Int32(tiles.count),
          &sums)
        #expect(sums[2 * stride] == untouched)
        for (sum, total) in zip(sums, exact) { #expect(abs(Double(sum) - total) < 3e-5) }
      }
    }
  }
}
