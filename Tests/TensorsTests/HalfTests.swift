import CKernels
import Tensors
import Testing

/// Widths of storage: the kernels' conversions against the language's own.
@Suite struct HalfTests {
  @Test(arguments: kernelNames)
  func widensEveryHalf(name: String) throws {
    let kernels = try #require(Kernels(named: name))
    let halves = (0...UInt16.max).map { $0 }
    var floats = [Float](repeating: untouched, count: halves.count)
    let format = CachedMap.Format.half.rawValue
    kernels.table.load_tiles(halves, Int32(halves.count / 256), 16, format, &floats)
    for half in halves {
      let expected = Float(Float16(bitPattern: half))
      let float = floats[Int(half)]
      #expect(float.bitPattern == expected.bitPattern || (float.isNaN && expected.isNaN))
    }
  }

  @Test(arguments: kernelNames)
  func roundsToNearestEven(name: String) throws {
    let kernels = try #require(Kernels(named: name))
    var floats: [Float] = []
    // Every half, both its neighbours among floats, and the ties between halves with theirs.
    for bits in 0...(0x7BFF as UInt16) {
      let half = Float(Float16(bitPattern: bits))
      let next = bits == 0x7BFF ? 65536 : Float(Float16(bitPattern: bits + 1))
      let tie = (half + next) / 2
      floats += [half, half.nextUp, next.nextDown, tie, tie.nextUp, tie.nextDown]
    }
    floats += [
      .infinity, .nan, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e-20, 65536, 7e4,
    ]
    floats += floats.map { -$0 }
    while floats.count % 256 != 0 { floats.append(0) }
    var halves = [UInt16](repeating: 0x1234, count: floats.count)
    let format = CachedMap.Format.half.rawValue
    kernels.table.store_tiles(floats, Int32(floats.count / 256), 16, format, &halves)
    var wrong: [(Float, UInt16)] = []
    for (float, half) in zip(floats, halves) {
      let expected = Float16(float)
      let same = expected.isNaN ? Float16(bitPattern: half).isNaN : half == expected.bitPattern
      if !same { wrong.append((float, half)) }
    }
    #expect(wrong.isEmpty, "\(wrong.count) wrong, first \(String(describing: wrong.first))")
  }
}
