import Foundation
import Networks
import Tensors
import Testing

/// The tensors a configuration asks for, against the files diffusers wrote for it.
struct UNetOutlineTests {
  @Test(arguments: ["plain-rgb", "attention-heads", "ddpm-style", "paint-7ch"])
  func expectsExactlyWhatDiffusersSaves(_ name: String) throws {
    let fixture = try NetworkFixture(name)
    let weights = try SafetensorsFile(
      path: NetworkFixture.folder(name) + "/diffusion_pytorch_model.safetensors")
    let outline = try UNetOutline(fixture.network.configuration, contains: weights.contains)
    #expect(outline.expectedTensors == weights.shapes)
    #expect(outline.network.graph.layerCount == fixture.network.graph.layerCount)
  }

  @Test func spellsProjectionsAsTheFileDoes() throws {
    var configuration = UNetConfiguration()
    configuration.blockOutChannels = [32, 64]
    configuration.downBlocks = [.plain, .attention]
    configuration.upBlocks = [.attention, .plain]
    let name = "mid_block.attentions.0"
    let new = try UNetOutline(configuration).expectedTensors
    #expect(new["\(name).to_q.weight"] == [64, 64])
    #expect(new["\(name).query.weight"] == nil)
    let old = try UNetOutline(configuration) { $0.hasSuffix("query.weight") }.expectedTensors
    #expect(old["\(name).query.weight"] == [64, 64])
    #expect(old["\(name).proj_attn.bias"] == [64])
    #expect(old["\(name).to_q.weight"] == nil)
    #expect(old.count == new.count)
  }

  @Test(arguments: [
    ([64, 32, 1, 1], [64, 32], true), ([64, 32], [64, 32, 1, 1], true),
    ([64, 32, 3, 3], [64, 32, 3, 3], true), ([32, 64], [64, 32], false), ([64], [64, 32], false),
    ([64, 32, 3], [64, 32, 3, 3], false), ([1], [], true),
  ])
  func servesWhereOnlyExtentsOfOneDiffer(stored: [Int], expected: [Int], serves: Bool) {
    #expect(UNet.serves(stored, as: expected) == serves)
  }
}
