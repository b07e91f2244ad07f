import DiffMask
import Diffusion
import Foundation
import Networks
import PatchParallel
import SIGE
import Tensors

/// A network of Tests/Fixtures with a sampler run on drawn noise.
struct Scene: Sendable {
  let network: UNet
  let weights: SafetensorsFile
  let sampler: DDIM
  let width: Int
  let height: Int

  /// Makes a scene of `steps` steps; `width` and `height` are multiples of the network's strides.
  init(_ fixture: String, width: Int, height: Int, steps: Int) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/\(fixture)").path
    let json = try Data(contentsOf: URL(filePath: "\(folder)/config.json"))
    weights = try SafetensorsFile(path: "\(folder)/diffusion_pytorch_model.safetensors")
    network = try UNet(
      UNetConfiguration(json: Array(json), file: "config.json"), weights: weights)
    sampler = try DDIM(
      SchedulerConfiguration(
        schedule: NoiseSchedule(.squaredCosine), prediction: .velocity, spacing: .trailing,
        clipSampleRange: nil), steps: steps)
    self.width = width
    self.height = height
  }

  /// The run: everything is regenerated, from pure noise.
  var run: SamplerRun {
    let channels = network.configuration.inChannels
    let first = sampler.schedule.mixture(at: sampler.timesteps[0])
    return SamplerRun(
      network: network, sampler: sampler, timesteps: sampler.timesteps, width: width,
      height: height
    ) { tiles in
      let pixels = tiles.active.flatMap { tile in
        (0..<16).map { offset in
          (
            x: 4 * (Int(tile) % tiles.tilesX) + offset % 4,
            y: 4 * (Int(tile) / tiles.tilesX) + offset / 4
          )
        }
      }
      let noise = Noise(seed: 7)
      func draw(_ x: Int, _ y: Int, _ first: Int) -> SIMD3<Float> {
        SIMD3((first..<first + 3).map { noise.value(x: x, y: y, channel: $0) })
      }
      var state = SampleState(
        tiles: tiles, inside: pixels.map { _ in true }, signal: pixels.map { draw($0.x, $0.y, 4) },
        noise: pixels.map { draw($0.x, $0.y, 0) },
        conditioning: channels == 7
          ? pixels.map { pixel in
            let hint = 0.1 * draw(pixel.x, pixel.y, 8)
            return SIMD4(1, hint.x, hint.y, hint.z)
          } : [])
      state.begin(mixture: first)
      return state
    }
  }

  /// The final state under a scheme on some worker threads.
  func sample(_ scheme: any SamplingScheme, workers: Int = 2) throws -> [SIMD3<Float>] {
    try scheme.sample(run, workers: WorkerPool(count: workers), cancellation: nil) { _, _ in }.state
  }

  /// Takes the run with recording workers: their ports, and the plan they followed.
  func recorded(_ scheme: AsyncScheme) throws -> ([ExchangePort], ComponentPlan) {
    let calls = network.calls(height: height, width: width)
    guard let plan = ComponentPlan(calls, count: scheme.components) else {
      throw StepsError(steps: scheme.components, maximum: calls.count)
    }
    let exchange = ThreadExchange(workers: scheme.workerCount)
    let ports = (0..<scheme.workerCount).map { ExchangePort($0, exchange, recording: true) }
    _ = try scheme.sample(run, plan, ports, exchange, workers: WorkerPool(count: 2))
    return (ports, plan)
  }

  /// Takes the run with recording strips.
  func recorded(_ scheme: StripScheme) throws -> [ExchangePort] {
    let exchange = ThreadExchange(workers: scheme.count)
    let ports = (0..<scheme.count).map { ExchangePort($0, exchange, recording: true) }
    _ = try scheme.sample(
      run, StripLayout(count: scheme.count), ports, exchange, workers: WorkerPool(count: 2))
    return ports
  }

  /// Multiply-adds of one evaluation.
  var macs: Int { network.macs(height: height, width: width) }

  /// The final state of the serial run.
  func serial() throws -> [SIMD3<Float>] { try sample(SerialScheme()) }
}

/// Norm of the difference over the norm of the reference.
func relativeError(_ a: [SIMD3<Float>], _ reference: [SIMD3<Float>]) -> Double {
  precondition(a.count == reference.count)
  var difference = 0.0
  var norm = 0.0
  for (x, y) in zip(a, reference) {
    let d = x - y
    difference += Double((d * d).sum())
    norm += Double((y * y).sum())
  }
  return (difference / max(norm, 1e-300)).squareRoot()
}
