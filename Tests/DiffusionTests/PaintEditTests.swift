import DiffMask
import Diffusion
import Foundation
import Networks
import Tensors
import Testing

/// A whole dense edit with the bundled model against the same edit made with PyTorch and diffusers.
@Suite struct PaintEditTests {
  @Test func matchesTheReferenceRun() throws {
    let reference = try SafetensorsFile(
      path: Fixture.path("paint-reference/reference.safetensors"))
    func tensor(_ name: String) throws -> [Float] { try reference.tensor(name).floats() }
    let (height, width) = (96, 128)
    let tiles = TileSet.all(width: width, height: height)
    let mask = try tensor("mask")
    let hint = try colors("hint", tensor("hint"), tiles)
    let model = try ModelFolder.load(Fixture.assets("models/paint-base"))
    let network = try UNet(model.network.configuration, weights: model.openWeights())
    let inside = tiles.pixels.map { mask[$0.y * width + $0.x] > 0.5 }
    var state = SampleState(
      tiles: tiles, inside: inside, signal: [SIMD3<Float>](repeating: .zero, count: inside.count),
      noise: try colors("noise", tensor("noise"), tiles),
      conditioning: zip(inside, hint).map { SIMD4($0 ? 1 : 0, $1.x, $1.y, $1.z) })
    let sampler = try DDIM(model.scheduler, steps: 8)
    let workers = WorkerPool(count: 2)
    let states = try tensor("states")
    state.begin(mixture: sampler.schedule.mixture(at: sampler.timesteps[0]))
    for (step, timestep) in sampler.timesteps.enumerated() {
      state.prepare(mixture: sampler.schedule.mixture(at: timestep))
      if step == 0 {
        #expect(relativeError(state.input.planes(), try tensor("first_input")) < 1e-5)
      }
      let pass = DensePass(workers: workers)
      let output = try network(pass, pass.input(state.input), timestep: Double(timestep)).map
      state.step(sampler, at: timestep, output: output, computed: tiles)
      let expected = Array(states[step * 3 * width * height..<(step + 1) * 3 * width * height])
      let error = relativeError(planes(state.state, tiles), expected)
      #expect(error < 1e-3, "step \(step): \(error)")
    }
    let transform = try #require(model.paintTransform)
    let picture = try colors("picture", tensor("picture"), tiles)
    let result = zip(inside.indices, tiles.pixels).map { index, at in
      inside[index]
        ? hint[index] + transform.difference(state.unchequered(x: at.x, y: at.y)) : picture[index]
    }
    #expect(relativeError(planes(result, tiles), try tensor("result")) < 1e-3)
  }

  private func colors(_ name: String, _ planes: [Float], _ tiles: TileSet) throws -> [SIMD3<Float>]
  {
    let area = tiles.width * tiles.height
    try #require(planes.count == 3 * area, "\(name)")
    return tiles.pixels.map { position in
      let at = position.y * tiles.width + position.x
      return SIMD3(planes[at], planes[area + at], planes[2 * area + at])
    }
  }

  private func planes(_ colors: [SIMD3<Float>], _ tiles: TileSet) -> [Float] {
    let area = tiles.width * tiles.height
    var planes = [Float](repeating: 0, count: 3 * area)
    for (color, position) in zip(colors, tiles.pixels) {
      for channel in 0..<3 {
        planes[channel * area + position.y * tiles.width + position.x] = color[channel]
      }
    }
    return planes
  }
}
