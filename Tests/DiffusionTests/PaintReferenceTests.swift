import Diffusion
import Tensors
import Testing

/// The parts of a reference Paint edit that need no network.
struct PaintReferenceTests {
  private func tensor(_ name: String) throws -> [Float] {
    try SafetensorsFile(path: Fixture.path("paint-reference/reference.safetensors")).tensor(name)
      .floats()
  }

  @Test func hasTheScheduleAndTimestepsOfTheFamily() throws {
    let configuration = SchedulerConfiguration(
      schedule: NoiseSchedule(.squaredCosine, zeroTerminalSNR: true), prediction: .velocity,
      spacing: .trailing, clipSampleRange: nil)
    let alphas = try tensor("alphas_cumprod")
    #expect(relativeError(configuration.schedule.alphasCumprod, alphas) < 1e-6)
    let sampler = try DDIM(configuration, steps: 8)
    #expect(try sampler.timesteps.map(Float.init) == tensor("timesteps"))
  }

  @Test func addsTheLastResidualToTheHintInsideTheMask() throws {
    let (picture, hint, mask) = try (tensor("picture"), tensor("hint"), tensor("mask"))
    let states = try tensor("states")
    let model = try ModelFolder.load(Fixture.assets("models/paint-base"))
    let transform = try #require(model.paintTransform)
    // Tensors are [channel, y, x] here; the last of the 8 states is the clean residual.
    let pixels = mask.count
    let residual = Array(states.suffix(3 * pixels))
    func colour(_ values: [Float], _ pixel: Int) -> SIMD3<Float> {
      SIMD3(values[pixel], values[pixels + pixel], values[2 * pixels + pixel])
    }
    var result = picture
    for pixel in 0..<pixels where mask[pixel] > 0 {
      let value = colour(hint, pixel) + transform.difference(colour(residual, pixel))
      for channel in 0..<3 { result[channel * pixels + pixel] = value[channel] }
    }
    #expect(try relativeError(result, tensor("result")) < 1e-5)
  }
}
