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
    let (pixels, width, height) = (mask.count, 128, 96)
    #expect(pixels == width * height)
    let residual = Array(states.suffix(3 * pixels))
    func colour(_ values: [Float], _ pixel: Int) -> SIMD3<Float> {
      SIMD3(values[pixel], values[pixels + pixel], values[2 * pixels + pixel])
    }
    /// The residual without its chequerboard; it is 0 outside the mask and repeats at the border.
    func unchequered(_ pixel: Int) -> SIMD3<Float> {
      var chequer = SIMD3<Float>.zero
      for (dy, down) in [(-1, Float(-1)), (0, 2), (1, -1)] {
        for (dx, across) in [(-1, Float(-1)), (0, 2), (1, -1)] {
          let (x, y) = (pixel % width + dx, pixel / width + dy)
          let other = min(max(y, 0), height - 1) * width + min(max(x, 0), width - 1)
          chequer += down * across * mask[other] * colour(residual, other)
        }
      }
      return colour(residual, pixel) - chequer / 16
    }
    var result = picture
    for pixel in 0..<pixels where mask[pixel] > 0 {
      let value = colour(hint, pixel) + transform.difference(unchequered(pixel))
      for channel in 0..<3 { result[channel * pixels + pixel] = value[channel] }
    }
    #expect(try relativeError(result, tensor("result")) < 1e-5)
  }
}
