import DiffMask
import Networks
import SIGE
import Tensors
import Testing

/// Multiply-adds, counted by hand and by the pass.
@Suite struct NetworkCostsTests {
  /// plain-rgb on 32 x 32: channels 16 and 32, one ResNet block a level down, two up, no attention.
  static let plainDense: Int = {
    let fine = 32 * 32
    let coarse = 16 * 16
    func block(_ pixels: Int, _ inputs: Int, _ outputs: Int) -> Int {
      let shortcut = inputs == outputs ? 0 : inputs * outputs
      return pixels * (9 * inputs * outputs + 9 * outputs * outputs + shortcut)
    }
    let convIn = fine * 9 * 3 * 16
    let down = block(fine, 16, 16) + coarse * 9 * 16 * 16 + block(coarse, 16, 32)
    let mid = 2 * block(coarse, 32, 32)
    let upCoarse = block(coarse, 32 + 32, 32) + block(coarse, 32 + 16, 32) + fine * 9 * 32 * 32
    let upFine = block(fine, 32 + 16, 16) + block(fine, 16 + 16, 16)
    return convIn + down + mid + upCoarse + upFine + fine * 9 * 16 * 3
  }()

  @Test func countsADenseEvaluation() throws {
    let fixture = try Fixture("plain-rgb")
    #expect(fixture.network.macs(height: 32, width: 32) == Self.plainDense)
    // No attention: everything is proportional to the pixels.
    #expect(fixture.network.macs(height: 64, width: 32) == 2 * Self.plainDense)
    let layers = Array(fixture.network.work(height: 32, width: 32).joined())
    #expect(layers.map(\.macs).reduce(0, +) == fixture.network.macs(height: 32, width: 32))
    #expect(layers.first?.name == "conv_in")
    #expect(layers.last?.name == "conv_out")
    #expect(layers.first?.macs == 32 * 32 * 27 * 16)
  }

  @Test(arguments: Fixture.names)
  func countsAttentionTwiceItsScores(name: String) throws {
    let fixture = try Fixture(name)
    let macs = fixture.network.macs(height: fixture.shape.height, width: fixture.shape.width)
    let entries = fixture.layers()
    let convolutions = entries.reduce(0) { sum, entry in
      let inputs = entry.inputs.reduce(0) { $0 + $1.channels }
      return sum + entry.output.height * entry.output.width * entry.taps * inputs
        * entry.output.channels
    }
    // Every attention ends in its output projection.
    let cores = entries.filter { $0.name.hasSuffix("to_out.0") }.reduce(0) { sum, entry in
      let tokens = entry.output.height * entry.output.width
      return sum + 2 * tokens * tokens * entry.output.channels
    }
    #expect((cores > 0) == (name == "attention-heads" || name == "ddpm-style"))
    #expect(macs == convolutions + cores)
  }

  @Test(arguments: Fixture.names)
  func countsTheTilesOfASparseEvaluation(name: String) throws {
    let fixture = try Fixture(name)
    let tiles = fixture.tiles(dilation: 1)
    let expected = try fixture.layers().reduce(0) { sum, entry in
      let set = try #require(
        tiles.sets.first { $0.width == entry.output.width && $0.height == entry.output.height })
      // All sides are multiples of 4, so that every tile has 16 pixels.
      let pixels = set.count * 16
      let inputs = entry.inputs.reduce(0) { $0 + $1.channels }
      let tokens = entry.output.height * entry.output.width
      let core =
        entry.name.hasSuffix("to_out.0") ? 2 * pixels * tokens * entry.output.channels : 0
      return sum + pixels * entry.taps * inputs * entry.output.channels + core
    }
    let (height, width) = (fixture.shape.height, fixture.shape.width)
    #expect(fixture.network.macs(height: height, width: width, tiles: tiles) == expected)
    #expect(expected < fixture.network.macs(height: height, width: width))
  }

  @Test func countsOnlyPixelsInsideTheMap() throws {
    // 30 x 30 and 15 x 15: the last tiles reach past the map.
    let fixture = try Fixture("plain-rgb")
    let all = EditTiles([.all(width: 30, height: 30), .all(width: 15, height: 15)])
    #expect(
      fixture.network.macs(height: 30, width: 30, tiles: all)
        == fixture.network.macs(height: 30, width: 30))
    let none = EditTiles([.none(width: 30, height: 30), .none(width: 15, height: 15)])
    #expect(fixture.network.macs(height: 30, width: 30, tiles: none) == 0)
  }
}
