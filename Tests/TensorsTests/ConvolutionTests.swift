import Tensors
import Testing

/// A convolution with random weights and inputs, computed by the engine and by the reference.
struct ConvolutionCase: CustomTestStringConvertible, Sendable {
  var geometry = Convolution.Geometry.same
  var inputs: [Int]
  var outputs: Int
  var height: Int
  var width: Int
  var doubled = false
  var normalised = false
  var residual = false
  /// Channels of the maps whose 1x1 convolution is added, none where empty.
  var shortcut: [Int] = []
  /// Layer normalisation before all else.
  var layerNorm = false
  /// Scale and shift by other maps.
  var modulated = false
  /// What is applied to every value; SiLU at least where normalised.
  var activation = Activation.none
  /// A gated product of two halves of twice as many channels.
  var gated = false

  var testDescription: String {
    "\(geometry) \(inputs) -> \(outputs), \(height)x\(width)"
      + (doubled ? " doubled" : "") + (normalised ? " normalised" : "")
      + (residual ? " residual" : "") + (shortcut.isEmpty ? "" : " shortcut \(shortcut)")
      + (layerNorm ? " layer norm" : "") + (modulated ? " modulated" : "")
      + (activation == .none ? "" : " \(activation)") + (gated ? " gated" : "")
  }
}

/// What a case computes with.
struct ConvolutionSetting {
  let layer: Convolution
  let input: ConvolutionInput
  let expected: Reference.Planes

  init(_ item: ConvolutionCase, seed: UInt64 = 1, reference: Bool = true) {
    var random = Seeded(seed)
    let taps = item.geometry.kernel * item.geometry.kernel
    let weights = random.floats(
      item.outputs * item.inputs.reduce(0, +) / item.geometry.groups * taps)
    let bias = random.floats(item.outputs)
    layer = Convolution(
      geometry: item.geometry, inputs: item.inputs, outputs: item.outputs, weights: weights,
      bias: bias)
    let inputs = item.gated ? item.inputs.map { 2 * $0 } : item.inputs
    let channels = inputs.reduce(0, +)
    let shapes = inputs.map {
      MapShape(height: item.height, width: item.width, channels: $0)
    }
    let planes = shapes.map { random.floats($0.channels * $0.height * $0.width) }
    let maps = zip(shapes, planes).map { FeatureMap($0, planes: $1) }
    var whole = Reference.Planes(
      channels: channels, height: item.height, width: item.width, floats: planes.flatMap { $0 })
    var input = ConvolutionInput(maps.map { Source($0) }, doubled: item.doubled)
    input.isGated = item.gated
    input.activation = item.normalised && item.activation == .none ? .silu : item.activation
    if item.layerNorm {
      let (weight, bias) = (random.floats(channels), random.floats(channels))
      input.layerNorm = LayerNorm(epsilon: 1e-5, weight: weight, bias: bias)
      whole = Reference.layerNorm(whole, epsilon: 1e-5, weight: weight, bias: bias)
    }
    if item.normalised {
      let (scale, shift) = (random.floats(channels), random.floats(channels))
      input.affine = Self.padded(scale, shift, inputs)
      whole = whole.map { Double(scale[$0]) * $1 + Double(shift[$0]) }
    }
    if item.modulated {
      let (scale, shift) = (random.floats(planes[0].count), random.floats(planes[0].count))
      input.modulation = (
        Source(FeatureMap(shapes[0], planes: scale)), Source(FeatureMap(shapes[0], planes: shift))
      )
      for i in whole.values.indices {
        whole.values[i] = whole.values[i] * (1 + Double(scale[i])) + Double(shift[i])
      }
    }
    whole = Reference.activated(whole, input.activation, gated: item.gated)
    let shape = layer.outputShape(shapes[0], doubled: item.doubled)
    let around = random.floats(shape.channels * shape.height * shape.width)
    if item.residual { input.residual = FeatureMap(shape, planes: around) }
    var projected: Reference.Planes?
    if !item.shortcut.isEmpty {
      (input.shortcut, projected) = Self.shortcut(item.shortcut, shape, &random, reference)
    }
    self.input = input
    guard reference else {
      expected = whole
      return
    }
    var plain = Reference.convolve(
      item.doubled ? Reference.doubled(whole) : whole, geometry: item.geometry, weights: weights,
      bias: bias)
    if let projected { plain = Reference.add(plain, projected) }
    guard item.residual else {
      expected = plain
      return
    }
    let added = Reference.Planes(
      channels: shape.channels, height: shape.height, width: shape.width, floats: around)
    expected = Reference.add(plain, added)
  }

  /// A random 1x1 convolution of random maps, and what it gives.
  private static func shortcut(
    _ inputs: [Int], _ shape: MapShape, _ random: inout Seeded, _ reference: Bool
  ) -> (ConvolutionInput.Shortcut, Reference.Planes?) {
    let (weights, bias) = (
      random.floats(shape.channels * inputs.reduce(0, +)), random.floats(shape.channels)
    )
    let layer = Convolution(
      geometry: .pointwise, inputs: inputs, outputs: shape.channels, weights: weights, bias: bias)
    let area = shape.height * shape.width
    let planes = inputs.map { random.floats($0 * area) }
    let maps = zip(inputs, planes).map {
      FeatureMap(MapShape(height: shape.height, width: shape.width, channels: $0), planes: $1)
    }
    let joined = Reference.Planes(
      channels: inputs.reduce(0, +), height: shape.height, width: shape.width,
      floats: planes.flatMap { $0 })
    return (
      ConvolutionInput.Shortcut(layer, maps.map { Source($0) }),
      reference
        ? Reference.convolve(joined, geometry: .pointwise, weights: weights, bias: bias) : nil
    )
  }

  /// The affine map with each source's channels padded to a multiple of 16.
  static func padded(_ scale: [Float], _ shift: [Float], _ inputs: [Int]) -> ChannelAffine {
    var affine = ChannelAffine(scale: [], shift: [])
    var first = 0
    for count in inputs {
      let zeros = [Float](repeating: 0, count: paddedChannels(count) - count)
      affine.scale += scale[first..<first + count] + zeros
      affine.shift += shift[first..<first + count] + zeros
      first += count
    }
    return affine
  }
}

@Suite struct ConvolutionTests {
  static let halving0 = Convolution.Geometry.halving(padding: 0)
  static let halving1 = Convolution.Geometry.halving(padding: 1)

  /// Geometries, channels and sizes; with one worker, Winograd takes 48 tiles and direct
  /// convolution 12 at a time, and from four of these blocks on each block is done as a whole.
  static let cases: [ConvolutionCase] = [
    ConvolutionCase(inputs: [3], outputs: 16, height: 13, width: 9),
    ConvolutionCase(inputs: [3], outputs: 16, height: 53, width: 54),
    ConvolutionCase(inputs: [7], outputs: 3, height: 1, width: 5),
    ConvolutionCase(inputs: [16], outputs: 20, height: 4, width: 4),
    ConvolutionCase(inputs: [16], outputs: 20, height: 5, width: 4),
    ConvolutionCase(inputs: [20], outputs: 48, height: 10, width: 23, normalised: true),
    ConvolutionCase(inputs: [20], outputs: 48, height: 10, width: 23, residual: true),
    ConvolutionCase(
      inputs: [24, 8], outputs: 16, height: 17, width: 11, normalised: true, residual: true),
    ConvolutionCase(inputs: [24, 8], outputs: 7, height: 7, width: 6, doubled: true),
    ConvolutionCase(
      inputs: [16], outputs: 16, height: 27, width: 26, doubled: true, normalised: true),
    ConvolutionCase(inputs: [80], outputs: 16, height: 12, width: 9, normalised: true),
    ConvolutionCase(inputs: [272], outputs: 8, height: 12, width: 9),
    // Four tiles of many weights: direct convolution in blocks of three.
    ConvolutionCase(inputs: [272], outputs: 256, height: 7, width: 8),
    ConvolutionCase(inputs: [20], outputs: 48, height: 10, width: 23, shortcut: [24, 8]),
    ConvolutionCase(inputs: [16], outputs: 20, height: 45, width: 70, shortcut: [7]),
    ConvolutionCase(inputs: [272], outputs: 256, height: 7, width: 8, shortcut: [40]),
    ConvolutionCase(geometry: .pointwise, inputs: [7], outputs: 16, height: 9, width: 10),
    ConvolutionCase(
      geometry: .pointwise, inputs: [24, 8], outputs: 20, height: 29, width: 31, residual: true),
    ConvolutionCase(
      geometry: .pointwise, inputs: [48], outputs: 3, height: 6, width: 5, normalised: true),
    ConvolutionCase(geometry: halving0, inputs: [3], outputs: 16, height: 10, width: 14),
    ConvolutionCase(geometry: halving1, inputs: [3], outputs: 16, height: 10, width: 14),
    ConvolutionCase(geometry: halving0, inputs: [16], outputs: 20, height: 58, width: 62),
    ConvolutionCase(geometry: halving1, inputs: [16], outputs: 20, height: 58, width: 62),
    ConvolutionCase(geometry: halving0, inputs: [20], outputs: 7, height: 7, width: 13),
    ConvolutionCase(geometry: halving1, inputs: [20], outputs: 7, height: 7, width: 13),
    ConvolutionCase(
      geometry: halving1, inputs: [24, 8], outputs: 48, height: 18, width: 34, normalised: true),
    // Any kernel, stride and padding.
    ConvolutionCase(
      geometry: .init(kernel: 5, padding: 2), inputs: [7, 9], outputs: 20, height: 14, width: 11),
    ConvolutionCase(
      geometry: .init(kernel: 7, padding: 3, reflects: true), inputs: [3], outputs: 16, height: 13,
      width: 18, normalised: true),
    ConvolutionCase(
      geometry: .init(kernel: 3, padding: 1, reflects: true), inputs: [20, 5], outputs: 7,
      height: 5, width: 26, doubled: true),
    ConvolutionCase(
      geometry: .init(kernel: 3, step: 2, padding: 1, reflects: true), inputs: [20], outputs: 33,
      height: 18, width: 13, layerNorm: true),
    ConvolutionCase(
      geometry: .init(kernel: 4, step: 2, padding: 1), inputs: [12], outputs: 40, height: 22,
      width: 18, activation: .leakyReLU(slope: 0.2)),
    ConvolutionCase(
      geometry: .init(kernel: 1, step: 2), inputs: [12], outputs: 16, height: 9, width: 30),
    ConvolutionCase(
      geometry: .init(kernel: 8, step: 4, padding: 2), inputs: [5], outputs: 16, height: 40,
      width: 36, residual: true),
    // Groups: depthwise, and such as share panels or maps.
    ConvolutionCase(
      geometry: .init(kernel: 3, padding: 1, groups: 48), inputs: [48], outputs: 48, height: 9,
      width: 14, normalised: true),
    ConvolutionCase(
      geometry: .init(kernel: 3, step: 2, padding: 1, reflects: true, groups: 70), inputs: [70],
      outputs: 70, height: 12, width: 15),
    ConvolutionCase(
      geometry: .init(kernel: 1, groups: 3), inputs: [24, 36], outputs: 90, height: 8, width: 9,
      residual: true),
    ConvolutionCase(
      geometry: .init(kernel: 5, padding: 2, groups: 2), inputs: [10], outputs: 6, height: 50,
      width: 61),
    // Activations, layer normalisation, modulation by maps and gated products.
    ConvolutionCase(
      inputs: [20], outputs: 16, height: 10, width: 13, activation: .relu),
    ConvolutionCase(
      inputs: [20], outputs: 16, height: 10, width: 13, normalised: true, activation: .gelu),
    ConvolutionCase(
      geometry: .pointwise, inputs: [40], outputs: 33, height: 11, width: 7, residual: true,
      layerNorm: true),
    ConvolutionCase(
      geometry: .pointwise, inputs: [80], outputs: 16, height: 21, width: 30, normalised: true,
      layerNorm: true, activation: .quickGELU),
    ConvolutionCase(inputs: [72], outputs: 16, height: 21, width: 50, layerNorm: true),
    ConvolutionCase(
      inputs: [24], outputs: 20, height: 13, width: 18, normalised: true, modulated: true,
      activation: .leakyReLU(slope: 0.2)),
    ConvolutionCase(
      inputs: [24], outputs: 20, height: 9, width: 11, doubled: true, shortcut: [7],
      modulated: true),
    ConvolutionCase(
      geometry: .pointwise, inputs: [40], outputs: 24, height: 10, width: 9, residual: true,
      activation: .gelu, gated: true),
    ConvolutionCase(
      inputs: [21], outputs: 24, height: 10, width: 9, layerNorm: true, activation: .silu,
      gated: true),
  ]

  /// Relative error of Winograd's F(4x4, 3x3) in floats; it grows with the input channels.
  static let tolerance = 5e-6
  /// Relative error of direct convolution.
  static let directTolerance = 1e-6

  @Test(arguments: cases)
  func matchesTheReference(item: ConvolutionCase) {
    let setting = ConvolutionSetting(item)
    let result = convolve(setting.layer, setting.input, workers: WorkerPool(count: 1))
    #expect(result.map.shape.height == setting.expected.height)
    #expect(result.map.shape.width == setting.expected.width)
    let error = relativeError(result.map.planes(), setting.expected.floats)
    let bound = item.geometry == .same ? Self.tolerance : Self.directTolerance
    #expect(error < bound, "\(error)")
    expectZeroOutside(result.map)
    let area = setting.expected.height * setting.expected.width
    #expect(result.sums.pixels == area)
    for c in 0..<item.outputs {
      let values = setting.expected.values[c * area..<(c + 1) * area]
      let size = values.reduce(0) { $0 + abs($1) }
      #expect(abs(result.sums.sums[c] - values.reduce(0, +)) < 1e-5 * size)
      let squares = values.reduce(0) { $0 + $1 * $1 }
      #expect(abs(result.sums.squares[c] - squares) < 2e-5 * squares)
    }
    #expect(result.sums.sums[item.outputs...].allSatisfy { $0 == 0 })
  }

  /// Padding channels, and pixels of border tiles beyond the map.
  private func expectZeroOutside(_ map: FeatureMap) {
    let shape = map.shape
    for tile in 0..<map.tileCount {
      let extent = shape.extent(ofTile: tile)
      for pixel in 0..<16 {
        let inside = pixel / 4 < extent >> 4 && pixel % 4 < extent & 15
        for c in (inside ? shape.channels : 0)..<shape.stride {
          #expect(map.floats[(tile * 16 + pixel) * shape.stride + c] == 0)
        }
      }
    }
  }

  @Test(arguments: cases)
  func givesTheSameBytesForAnyNumberOfWorkers(item: ConvolutionCase) {
    let setting = ConvolutionSetting(item, reference: false)
    let alone = convolve(setting.layer, setting.input, workers: WorkerPool(count: 1))
    for count in [2, 3, 7] {
      let shared = convolve(setting.layer, setting.input, workers: WorkerPool(count: count))
      #expect(shared.map.planes() == alone.map.planes(), "\(count) workers")
      #expect(shared.sums.sums == alone.sums.sums)
      #expect(shared.sums.squares == alone.sums.squares)
    }
  }

  @Test(arguments: cases.filter { !$0.residual })
  func someTilesEqualThoseOfAll(item: ConvolutionCase) {
    let setting = ConvolutionSetting(item, reference: false)
    let workers = WorkerPool(count: 2)
    let whole = convolve(setting.layer, setting.input, workers: workers).map
    let third = (0..<Int32(whole.tileCount)).filter { $0 % 3 != 1 }
    for tiles in [third, [Int32(whole.tileCount - 1)], []] {
      let slab = convolve(setting.layer, setting.input, tiles: .some(tiles), workers: workers)
      #expect(slab.map.tileCount == tiles.count)
      var squares = [Double](repeating: 0, count: whole.shape.stride)
      for (slot, tile) in tiles.enumerated() {
        let size = whole.tileStride
        let fresh = (0..<size).map { slab.map.floats[slot * size + $0] }
        let known = (0..<size).map { whole.floats[Int(tile) * size + $0] }
        // Few tiles may be convolved directly where the whole map goes through Winograd.
        #expect(relativeError(fresh, known) < Self.tolerance)
        for (i, x) in fresh.enumerated() { squares[i % whole.shape.stride] += Double(x * x) }
      }
      for (sum, expected) in zip(slab.sums.squares, squares) {
        #expect(abs(sum - expected) <= 1e-5 * expected)
      }
    }
  }

  @Test(arguments: cases.filter { !$0.residual })
  func rowsAreTheBytesOfTheWhole(item: ConvolutionCase) {
    let setting = ConvolutionSetting(item, reference: false)
    let workers = WorkerPool(count: 2)
    let whole = convolve(setting.layer, setting.input, workers: workers)
    let shape = whole.map.shape
    let rowFloats = shape.tilesX * whole.map.tileStride
    for (first, margin) in [(0, 0), (shape.tilesY / 3, 1), (shape.tilesY / 2, 2)] {
      for rows in [first..<first, first..<shape.tilesY, first..<min(first + 1, shape.tilesY)] {
        let strip = convolve(
          setting.layer, setting.input, tiles: .rows(rows, margin: margin), workers: workers)
        #expect(strip.map.tileCount == (rows.count + 2 * margin) * shape.tilesX)
        for i in 0..<rows.count * rowFloats {
          let (fresh, known) = (margin * rowFloats + i, rows.lowerBound * rowFloats + i)
          guard strip.map.floats[fresh] == whole.map.floats[known] else {
            Issue.record("rows \(rows): float \(i) differs")
            break
          }
        }
        let row = 2 * shape.stride
        let known = whole.rowSums.values[row * rows.lowerBound..<row * rows.upperBound]
        #expect(strip.rowSums.values == Array(known))
      }
    }
  }

  @Test func residualOfASlabFollowsItsSlots() {
    var item = ConvolutionCase(inputs: [16], outputs: 16, height: 19, width: 18, residual: true)
    let whole = convolve(
      ConvolutionSetting(item).layer, ConvolutionSetting(item).input, workers: WorkerPool(count: 1))
    let residual = ConvolutionSetting(item).input.residual
    item.residual = false
    var input = ConvolutionSetting(item).input
    let tiles: [Int32] = [2, 3, 11, 24]
    let slab = FeatureMap(whole.map.shape, tiles: tiles.count)
    let size = slab.tileStride
    for (slot, tile) in tiles.enumerated() {
      for i in 0..<size {
        slab.floats[slot * size + i] = residual.map { $0.floats[Int(tile) * size + i] } ?? .nan
      }
    }
    input.residual = slab
    let some = convolve(
      ConvolutionSetting(item).layer, input, tiles: .some(tiles), workers: WorkerPool(count: 2))
    for (slot, tile) in tiles.enumerated() {
      for i in 0..<size {
        #expect(some.map.floats[slot * size + i] == whole.map.floats[Int(tile) * size + i])
      }
    }
  }

  /// Small maps are stored after the convolution, large ones block by block during it.
  @Test(arguments: CachedMap.Format.allCases, [19, 66])
  func keepsTheMapItGives(format: CachedMap.Format, width: Int) throws {
    let item = ConvolutionCase(inputs: [16], outputs: 20, height: 50, width: width)
    let setting = ConvolutionSetting(item, reference: false)
    let workers = WorkerPool(count: 1)
    let result = convolve(setting.layer, setting.input, keeping: format, workers: workers)
    let kept = try #require(result.kept)
    #expect(kept.format == format)
    let stored = CachedMap(result.map, as: format, workers: workers)
    #expect(kept.byteCount == stored.byteCount)
    #expect(kept.widened().planes() == stored.widened().planes())
  }

  /// A sparse pass' shortcut reads slabs, whose slots follow each other only here and there.
  @Test func shortcutsReadFreshTilesWhereverTheyLie() throws {
    let item = ConvolutionCase(inputs: [16], outputs: 32, height: 30, width: 33, shortcut: [20])
    let setting = ConvolutionSetting(item, reference: false)
    let workers = WorkerPool(count: 2)
    let shape = MapShape(height: item.height, width: item.width, channels: 20)
    var random = Seeded(3)
    let whole = FeatureMap(shape, planes: random.floats(20 * item.height * item.width))
    let tiles = (0..<Int32(shape.tileCount)).filter { $0 % 5 != 2 }
    // The slab holds the tiles that are computed and some more, so that its slots have gaps.
    let held = (0..<Int32(shape.tileCount)).filter { $0 % 5 != 2 || $0 % 3 == 0 }
    let slab = FeatureMap(shape, tiles: held.count)
    let index = Buffer(byteCount: 4 * shape.tileCount)
    let slots = index.base.assumingMemoryBound(to: Int32.self)
    slots.update(repeating: -1, count: shape.tileCount)
    let size = slab.tileStride
    for (slot, tile) in held.enumerated() {
      slots[Int(tile)] = Int32(slot)
      (slab.floats + slot * size).update(from: whole.floats + Int(tile) * size, count: size)
    }
    let shortcut = try #require(setting.input.shortcut).layer
    var (sparse, dense) = (setting.input, setting.input)
    sparse.shortcut = .init(shortcut, [Source(fresh: slab, index: index, base: nil)])
    dense.shortcut = .init(shortcut, [Source(whole)])
    let some = convolve(setting.layer, sparse, tiles: .some(tiles), workers: workers).map
    let all = convolve(setting.layer, dense, workers: workers).map
    for (slot, tile) in tiles.enumerated() {
      for i in 0..<some.tileStride {
        #expect(
          some.floats[slot * some.tileStride + i] == all.floats[Int(tile) * some.tileStride + i])
      }
    }
  }

  @Test(arguments: CachedMap.Format.allCases)
  func readsFreshTilesBeforeTheBase(format: CachedMap.Format) {
    let shape = MapShape(height: 14, width: 17, channels: 20)
    let workers = WorkerPool(count: 2)
    var random = Seeded(9)
    // The base holds what its format can, so that its width does not show.
    let values = FeatureMap(shape, planes: random.floats(20 * 14 * 17))
    let base = CachedMap(values, as: format, workers: workers).widened()
    let edited = FeatureMap(shape, planes: random.floats(20 * 14 * 17))
    let fresh: [Int32] = [1, 7, 8, 19]
    let index = Buffer(byteCount: 4 * shape.tileCount)
    let slots = index.base.assumingMemoryBound(to: Int32.self)
    slots.update(repeating: -1, count: shape.tileCount)
    let slab = FeatureMap(shape, tiles: fresh.count)
    let mixed = FeatureMap(shape, planes: base.planes())
    let size = slab.tileStride
    for (slot, tile) in fresh.enumerated() {
      slots[Int(tile)] = Int32(slot)
      (slab.floats + slot * size).update(from: edited.floats + Int(tile) * size, count: size)
      (mixed.floats + Int(tile) * size).update(from: edited.floats + Int(tile) * size, count: size)
    }
    let cached = CachedMap(base, as: format, workers: workers)
    #expect(cached.byteCount == shape.tileCount * format.tileBytes(32))
    #expect(cached.widened().planes() == base.planes())
    let layer = Convolution(
      geometry: .same, inputs: [20], outputs: 16, weights: random.floats(16 * 20 * 9),
      bias: random.floats(16))
    let mixture = ConvolutionInput([Source(fresh: slab, index: index, base: cached)])
    let merged = ConvolutionInput([Source(mixed)])
    #expect(
      convolve(layer, mixture, workers: workers).map.planes()
        == convolve(layer, merged, workers: workers).map.planes())
    cached.store(slab, at: fresh)
    let expected = CachedMap(mixed, as: format, workers: workers).widened()
    #expect(cached.widened().planes() == expected.planes())
  }

  @Test func countsMultiplyAdds() {
    let halving = Convolution(
      geometry: .halving(padding: 0), inputs: [24, 8], outputs: 5,
      weights: [Float](repeating: 0, count: 5 * 32 * 9), bias: [Float](repeating: 0, count: 5))
    #expect(halving.macsPerPixel == 9 * 32 * 5)
    #expect(halving.paddedInputs == 48)
  }
}
