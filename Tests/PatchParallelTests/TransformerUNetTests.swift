import DiffMask
import Foundation
import Networks
import PatchParallel
import SIGE
import Tensors
import Testing

/// The laws of passes, on a network that shares nothing with `UNet` but the calls.
@Suite struct TransformerUNetTests {
  typealias Precision = ActivationCache.Precision

  /// Heights and widths, among them such as end in broken tiles at one level or at both.
  static let sizes = [(32, 40), (44, 36), (30, 26)]

  @Test(arguments: sizes, [0, 600.0])
  func denseMatchesASlowEvaluation(size: (Int, Int), timestep: Double) throws {
    let scene = TransformerScene(size)
    let reference = ReferencePass(scene.network.weights)
    let expected = try scene.network(
      reference,
      .init(channels: 3, height: size.0, width: size.1, floats: scene.sample), timestep: timestep)
    let output = try scene.dense(scene.sample, timestep: timestep)
    #expect(relativeError(output, expected.floats) < 1e-5)
  }

  @Test(arguments: sizes, Precision.allCases)
  func baselineEqualsDenseForAnyNumberOfWorkers(size: (Int, Int), precision: Precision) throws {
    let scene = TransformerScene(size)
    let expected = try scene.dense(scene.sample)
    for workers in [1, 2, 3] {
      #expect(try scene.dense(scene.sample, workers: workers) == expected)
      let (cache, output) = try scene.baseline(precision, workers: workers)
      #expect(output == expected)
      #expect(
        cache.byteCount
          == scene.network.cacheBytes(height: size.0, width: size.1, precision: precision))
    }
  }

  @Test(arguments: sizes, SparsePass.Output.allCases)
  func allTilesOnTheBaselinesInputEqualDense(size: (Int, Int), mode: SparsePass.Output) throws {
    let scene = TransformerScene(size)
    let all = EditTiles(all: 2, width: size.1, height: size.0)
    for precision in Precision.allCases {
      let (cache, output) = try scene.baseline(precision)
      let nothing = [Float](repeating: .nan, count: output.count)
      let sparse = try scene.sparse(scene.sample, cache, all, over: nothing, as: mode)
      let error = relativeError(sparse, output)
      // The last layer's statistics come from sums of which halves were subtracted.
      #expect(error < (precision == .full ? 1e-6 : 2e-5), "\(precision): \(error)")
    }
  }

  @Test(arguments: sizes, SparsePass.Output.allCases)
  func noTileLeavesTheBaselineAsItIs(size: (Int, Int), mode: SparsePass.Output) throws {
    let scene = TransformerScene(size)
    let none = EditTiles(
      (0..<2).map { TileSet.none(width: size.1 >> $0, height: size.0 >> $0) })
    let (cache, output) = try scene.baseline(.half)
    let sparse = try scene.sparse(
      scene.edited, cache, none, over: output, as: mode, writesBack: true)
    #expect(sparse == output)
  }

  @Test(arguments: sizes, Precision.allCases)
  func sparseComesNearDenseAndStaysInItsTiles(size: (Int, Int), precision: Precision) throws {
    let scene = TransformerScene(size)
    let tiles = scene.tiles(dilation: 2)
    let expected = try scene.dense(scene.edited)
    let (cache, output) = try scene.baseline(precision)
    let sparse = try scene.sparse(scene.edited, cache, tiles, over: output)
    for i in output.indices where sparse[i] != output[i] {
      let pixel = i % (size.0 * size.1)
      #expect(tiles.sets[0].covers(x: pixel % size.1, y: pixel / size.1))
    }
    #expect(tiles.sets[0].fraction < 1)
    let ignored = relativeError(output, expected, within: scene.mask)
    let error = relativeError(sparse, expected, within: scene.mask)
    #expect(error < ignored / 4, "\(error) of \(ignored)")
    for workers in [1, 3] {
      #expect(
        try scene.sparse(scene.edited, cache, tiles, over: output, workers: workers) == sparse)
    }
  }

  /// On maps so large that bytes leave out what is cheap to compute again.
  @Test func computingAgainIsAsGoodAsKeeping() throws {
    let scene = TransformerScene((260, 264))
    let tiles = scene.tiles(dilation: 2)
    let expected = try scene.dense(scene.edited)
    let errors = try Precision.allCases.map { precision in
      let (cache, output) = try scene.baseline(precision)
      let sparse = try scene.sparse(scene.edited, cache, tiles, over: output)
      return relativeError(sparse, expected, within: scene.mask)
    }
    #expect(errors[0] < 1.2 * errors[2] && errors[1] < 1.2 * errors[2], "\(errors)")
    let macs = Precision.allCases.map {
      scene.network.macs(height: 260, width: 264, tiles: tiles, precision: $0)
    }
    #expect(macs[0] > macs[1] && macs[1] == macs[2])
  }

  @Test(arguments: sizes, Precision.allCases)
  func anAcceptedEditIsTheBaselineOfTheNext(size: (Int, Int), precision: Precision) throws {
    let scene = TransformerScene(size)
    let tiles = scene.tiles(dilation: 2)
    let (cache, output) = try scene.baseline(precision)
    let first = try scene.sparse(scene.edited, cache, tiles, over: output, writesBack: true)
    let second = try scene.sparse(scene.edited, cache, tiles, over: output)
    let error = relativeError(second, first)
    #expect(error < (precision == .full ? 1e-6 : 1e-4), "\(error)")
  }

  /// What is computed, measured by the sizes of the results, is what was counted.
  @Test(arguments: sizes, Precision.allCases)
  func countedIsDone(size: (Int, Int), precision: Precision) throws {
    let scene = TransformerScene(size)
    var done = 0
    let dense = DensePass(workers: WorkerPool(count: 1))
    let counting = WrappedPass(dense) { call, compute in
      let map = try compute().map
      let macs = call.work(\.map.shape).reduce(0) { $0 + $1.macsPerPixel }
      done += map.shape.height * map.shape.width * macs
      return DenseMap(map: map)
    }
    _ = try scene.network(counting, dense.input(scene.map(scene.sample)), timestep: 0)
    #expect(done == scene.network.macs(height: size.0, width: size.1))

    let (cache, output) = try scene.baseline(precision)
    for mode in SparsePass.Output.allCases {
      let tiles = scene.tiles(dilation: 2)
      done = 0
      _ = try scene.sparse(scene.edited, cache, tiles, over: output, as: mode) { call, map in
        let pixels = map.level.tiles.active.reduce(0) {
          let extent = map.slab.shape.extent(ofTile: Int($1))
          return $0 + Int(extent >> 4) * Int(extent & 15)
        }
        done += pixels * call.work(\.slab.shape).reduce(0) { $0 + $1.macsPerPixel }
      }
      #expect(
        done
          == scene.network.macs(
            height: size.0, width: size.1, tiles: tiles, output: mode, precision: precision))
    }
  }

  @Test(arguments: sizes, [1, 2, 3, 5])
  func synchronousStripsAreDense(size: (Int, Int), count: Int) throws {
    let scene = TransformerScene(size)
    let (output, ports) = try scene.strips(scene.sample, count)
    #expect(try output == scene.dense(scene.sample))
    let macs = ports.reduce(0) { sum, port in
      port.log.reduce(sum) {
        if case .compute(_, let macs) = $1 { $0 + macs } else { $0 }
      }
    }
    #expect(macs == scene.network.macs(height: size.0, width: size.1))
  }

  /// Nothing is said to be pixel by pixel, or to reach so far, that reads further; statistics are
  /// held, as a sparse pass holds them.
  @Test func callsReadNoFurtherThanTheySay() throws {
    let scene = TransformerScene((32, 40))
    let dense = DensePass(workers: WorkerPool(count: 2))
    let probing = WrappedPass(dense) { call, compute in
      let result = try compute()
      for (index, read) in call.reads.enumerated() {
        let shape = read.map.map.shape
        let place = (y: shape.height / 2, x: shape.width / 2 + 1)
        let other = try dense.run(
          call.replacing(index) { DenseMap(map: $0.map.raised(at: place), sums: $0.sums) })
        let changed = other.map.pixels(differingFrom: result.map)
        #expect(!changed.isEmpty, "\(call.name) does not read map \(index)")
        for (y, x) in changed {
          switch read.reach {
          case .pixel: #expect((y, x) == place, "\(call.name) reads map \(index) further")
          case .window(let reach):
            guard case .convolve(let call) = call else { break }
            let unit = call.operand.doubled ? 2 : 1
            let step = call.layer.convolution.step
            for (at, center) in [(y, place.y), (x, place.x)] {
              let covered = unit * center - reach...unit * (center + 1) - 1 + reach
              #expect(covered.contains(step * at), "\(call.layer.name), map \(index)")
            }
          case .whole: break
          }
        }
      }
      return result
    }
    _ = try scene.network(probing, dense.input(scene.map(scene.sample)), timestep: 100)
  }

  /// Who reads what, as the list of calls says.
  @Test func readersFollowFromTheCalls() throws {
    let graph = TransformerUNet(seed: 1).graph
    let readers = Dictionary(
      uniqueKeysWithValues: graph.entries.map { ($0.call.name, $0.readers) })
    for name in ["gamma", "beta", "join 1"] { #expect(readers[name] == .nextConvolution) }
    // Computing it again would take what is itself computed again.
    #expect(readers["spade"] == .windows)
    for name in ["key", "value"] { #expect(readers[name] == .wholeMap) }
    #expect(readers["join 2"] == .wholeMap)
    for name in [
      "project in", "query", "self", "out", "cross query", "cross", "cross out", "feed in",
      "feed out", "out conv",
    ] {
      #expect(readers[name] == .samePixel, "\(name)")
    }
    for name in ["in", "labels", "depthwise", "down", "project out", "up"] {
      #expect(readers[name] == .windows, "\(name)")
    }
  }

  @Test func attentionIsNotCut() throws {
    let calls = TransformerUNet(seed: 1).calls(height: 32, width: 32)
    let graph = TransformerUNet(seed: 1).graph
    #expect(
      calls.reduce(0) { $0 + $1.macs } == TransformerUNet(seed: 1).macs(height: 32, width: 32))
    let joined = zip(graph.entries, calls).filter(\.1.joinsNext).map(\.0.call.name)
    #expect(joined == ["query", "key", "value", "self", "cross query", "cross"])
    for count in 1...calls.mostComponents {
      let plan = try #require(ComponentPlan(calls, count: count))
      #expect(plan.components.dropLast().allSatisfy { !calls[$0.upperBound - 1].joinsNext })
    }
    #expect(ComponentPlan(calls, count: calls.mostComponents + 1) == nil)
  }

  @Test(arguments: sizes, [1, 3])
  func footprintIsABound(size: (Int, Int), workers: Int) throws {
    let scene = TransformerScene(size)
    let said = scene.network.footprint(height: size.0, width: size.1, workers: workers)
    let input = scene.map(scene.sample)
    BufferPool.shared.forgetPeak()
    let before = BufferPool.shared.use.held
    let pass = DensePass(workers: WorkerPool(count: workers))
    _ = try scene.network(pass, pass.input(input), timestep: 0)
    let peak = BufferPool.shared.use.peak - before + input.byteCount
    #expect(peak <= said.running + said.packing)
  }
}

/// A network of random weights on a random picture, a part of which is edited.
struct TransformerScene {
  let network = TransformerUNet(seed: 5)
  let shape: MapShape
  let sample: [Float]
  let edited: [Float]
  let mask: PixelMask

  init(_ size: (height: Int, width: Int)) {
    let shape = MapShape(height: size.height, width: size.width, channels: 3)
    var random = SeededNumbers(11)
    let sample = random.floats(3 * shape.height * shape.width)
    let bits = (0..<shape.height * shape.width).map {
      (9..<17).contains($0 / shape.width) && (12..<19).contains($0 % shape.width)
    }
    (self.shape, self.sample) = (shape, sample)
    edited = sample.enumerated().map { bits[$0 % bits.count] ? $1 + 1 : $1 }
    mask = PixelMask(width: shape.width, height: shape.height, bits: bits)
  }

  func map(_ planes: [Float]) -> FeatureMap { FeatureMap(shape, planes: planes) }

  func tiles(dilation: Int) -> EditTiles {
    EditTiles(mask: mask.dilated(by: dilation), levels: 2)
  }

  func dense(_ planes: [Float], timestep: Double = 300, workers: Int = 2) throws -> [Float] {
    let pass = DensePass(workers: WorkerPool(count: workers))
    return try network(pass, pass.input(map(planes)), timestep: timestep).map.planes()
  }

  func baseline(_ precision: ActivationCache.Precision, workers: Int = 2) throws
    -> (ActivationCache, [Float])
  {
    let cache = ActivationCache(network.graph, precision: precision)
    let pass = BaselinePass(cache, workers: WorkerPool(count: workers))
    return (cache, try network(pass, pass.input(map(sample)), timestep: 300).map.planes())
  }

  /// A sparse evaluation, its fresh tiles over `output`; `look` sees every call with its result.
  func sparse(
    _ planes: [Float], _ cache: ActivationCache, _ tiles: EditTiles, over output: [Float],
    as mode: SparsePass.Output = .tiles, workers: Int = 2, writesBack: Bool = false,
    look: @escaping (Call<SparseMap>, SparseMap) -> Void = { _, _ in }
  ) throws -> [Float] {
    let pass = SparsePass(
      cache, network: network, tiles: tiles, workers: WorkerPool(count: workers), output: mode,
      writesBack: writesBack)
    let looking = WrappedPass(pass) { call, compute in
      let map = try compute()
      look(call, map)
      return map
    }
    let slab = FeatureMap.slab(of: planes, channels: 3, tiles: tiles.input.tiles)
    let result = try network(looking, pass.input(slab), timestep: 300)
    if writesBack { pass.writeBack() }
    var merged = output
    result.slab.copy(into: &merged, tiles: result.level.tiles)
    return merged
  }

  /// One synchronous step in strips, all on one thread.
  func strips(_ planes: [Float], _ count: Int) throws -> ([Float], [ExchangePort]) {
    let layout = StripLayout(count: count)
    let exchange = ThreadExchange(workers: count)
    let ports = (0..<count).map { ExchangePort($0, exchange, recording: true) }
    let strips = ports.map { Strip($0, layout: layout, policy: StripPolicy()) }
    let pass = StripPass(strips, network: network, step: StripStep(0, of: 1, warmUp: 1))
    let whole = map(planes)
    let row = shape.tilesX * whole.tileStride
    let inputs = (0..<count).map { worker in
      let rows = layout.rows(of: worker, shape)
      let margin = StripLayout.margin
      let slab = FeatureMap(shape, tiles: (rows.count + 2 * margin) * shape.tilesX)
      slab.floats.update(repeating: .nan, count: slab.tileCount * slab.tileStride)
      (slab.floats + margin * row).update(
        from: whole.floats + rows.lowerBound * row, count: rows.count * row)
      return StripMap(
        slab: slab, rows: rows, firstRow: rows.lowerBound - margin, isInput: true)
    }
    let outputs = try network(pass, inputs, timestep: 300)
    let result = FeatureMap(MapShape(height: shape.height, width: shape.width, channels: 3))
    for output in outputs {
      (result.floats + output.rows.lowerBound * row).update(
        from: output.slab.floats + (output.rows.lowerBound - output.firstRow) * row,
        count: output.rows.count * row)
    }
    return (result.planes(), ports)
  }
}

/// Norm of the difference over the norm of the reference, at the pixels of `mask` where given.
private func relativeError(_ a: [Float], _ reference: [Float], within mask: PixelMask? = nil)
  -> Double
{
  precondition(a.count == reference.count)
  var difference = 0.0
  var norm = 0.0
  for i in a.indices {
    if let mask, !mask.bits[i % mask.bits.count] { continue }
    difference += Double(a[i] - reference[i]) * Double(a[i] - reference[i])
    norm += Double(reference[i]) * Double(reference[i])
  }
  return (difference / norm).squareRoot()
}

extension Call {
  /// The same call with the map of one of its reads exchanged.
  fileprivate func replacing(_ index: Int, _ change: (Map) -> Map) -> Call {
    var next = 0
    return map { map in
      defer { next += 1 }
      return next == index ? change(map) : map
    }
  }
}

extension FeatureMap {
  /// A copy with the channels of a pixel changed, each differently.
  fileprivate func raised(at place: (y: Int, x: Int)) -> FeatureMap {
    let copy = FeatureMap(copying: self)
    for c in 0..<shape.channels { copy.floats[offset(place.y, place.x) + c] += Float(3 - c % 5) }
    return copy
  }

  /// Pixels that differ by more than an algorithm's rounding.
  fileprivate func pixels(differingFrom other: FeatureMap) -> [(Int, Int)] {
    (0..<shape.height * shape.width).map { ($0 / shape.width, $0 % shape.width) }.filter { y, x in
      (0..<shape.channels).contains { c in
        abs(floats[offset(y, x) + c] - other.floats[offset(y, x) + c]) > 1e-3
      }
    }
  }
}
