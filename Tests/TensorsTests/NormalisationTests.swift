import Tensors
import Testing

/// Group normalisation as an affine map from sums, against the definition.
@Suite struct NormalisationTests {
  static func sums(_ planes: Reference.Planes) -> ChannelSums {
    let area = planes.height * planes.width
    let padding = [Double](repeating: 0, count: paddedChannels(planes.channels) - planes.channels)
    let channels = (0..<planes.channels).map { planes.values[$0 * area..<($0 + 1) * area] }
    return ChannelSums(
      pixels: area, sums: channels.map { $0.reduce(0, +) } + padding,
      squares: channels.map { $0.reduce(0) { $0 + $1 * $1 } } + padding)
  }

  /// Channels of the maps and groups; [24, 8] and [20, 12] in 8 groups of 4, [10, 22] in groups that
  /// span both maps.
  @Test(arguments: [([32], 8), ([24, 8], 8), ([20, 12], 4), ([10, 22], 4), ([7], 7), ([3], 1)])
  func matchesTheDefinition(inputs: [Int], groups: Int) {
    var random = Seeded(UInt64(groups))
    let (height, width) = (5, 7)
    let total = inputs.reduce(0, +)
    let maps = inputs.map { channels in
      Reference.Planes(
        channels: channels, height: height, width: width,
        floats: random.floats(channels * height * width, in: 1...4))
    }
    let norm = GroupNorm(
      groups: groups, epsilon: 1e-3, weight: random.floats(total), bias: random.floats(total))
    let affine = norm.affine(of: maps.map { ($0.channels, Self.sums($0)) })
    #expect(affine.scale.count == inputs.map(paddedChannels).reduce(0, +))

    let whole = maps.dropFirst().reduce(maps[0], Reference.concatenate)
    let expected = Reference.groupNorm(
      whole, groups: groups, epsilon: 1e-3, weight: norm.weight, bias: norm.bias)
    var row = 0
    var channel = 0
    for map in maps {
      for c in 0..<paddedChannels(map.channels) {
        defer { row += 1 }
        guard c < map.channels else {
          #expect(affine.scale[row] == 0 && affine.shift[row] == 0)
          continue
        }
        for y in 0..<height {
          for x in 0..<width {
            let value = Double(affine.scale[row]) * map[c, y, x] + Double(affine.shift[row])
            #expect(abs(value - expected[channel, y, x]) < 2e-6)
          }
        }
        channel += 1
      }
    }
  }

  @Test func aConstantMapBecomesTheBias() {
    var planes = Reference.Planes(channels: 4, height: 3, width: 3)
    for i in planes.values.indices { planes.values[i] = 1e4 }
    let norm = GroupNorm(groups: 2, epsilon: 1e-6, weight: [1, 2, 3, 4], bias: [5, 6, 7, 8])
    let affine = norm.affine(of: [(4, Self.sums(planes))])
    for c in 0..<4 {
      let value = Double(affine.scale[c]) * 1e4 + Double(affine.shift[c])
      #expect(value.isFinite && abs(value - Double(norm.bias[c])) < 4)
    }
  }

  @Test func modulationFollowsTheNormalisation() {
    let affine = ChannelAffine(scale: [2, 3, 0], shift: [1, -1, 0])
    let both = affine.then(factor: [0.5, -1], summand: [10, 20])
    #expect(both.scale == [3, 0, 0])
    #expect(both.shift == [11.5, 20, 0])
  }

  @Test func replacingTilesExchangesTheirSums() {
    let all = ChannelSums(pixels: 64, sums: [10, 20], squares: [100, 200])
    let old = ChannelSums(pixels: 16, sums: [1, 2], squares: [3, 4])
    let new = ChannelSums(pixels: 16, sums: [5, 5], squares: [6, 6])
    let result = all.replacing(old, with: new)
    #expect(result.pixels == 64)
    #expect(result.sums == [14, 23])
    #expect(result.squares == [103, 202])
  }
}
