import Foundation
import Networks
import Tensors
import Testing

/// What the published fixtures leave out: every feature of a configuration by itself, on small
/// random networks, against a slow evaluation in double precision.
@Suite struct UNetFeatureTests {
  struct Feature: CustomTestStringConvertible, Sendable {
    var name: String
    var height = 12
    var width = 20
    var oldAttentionNames = false
    var precision = Safetensors.Precision.f32
    var configure: @Sendable (inout UNetConfiguration) -> Void

    var testDescription: String { name }

    /// Two levels of 8 and 16 channels without attention, changed by the feature.
    var configuration: UNetConfiguration {
      var small = UNetConfiguration()
      small.blockOutChannels = [8, 16]
      small.downBlocks = [.plain, .plain]
      small.upBlocks = [.plain, .plain]
      small.layersPerBlock = 1
      small.normNumGroups = 4
      small.hasMidAttention = false
      configure(&small)
      return small
    }
  }

  /// Attention at the coarse level and in the mid block.
  static func attending(_ c: inout UNetConfiguration) {
    c.downBlocks[1] = .attention
    c.upBlocks[0] = .attention
    c.hasMidAttention = true
  }

  static let features = [
    Feature(name: "no attention") { _ in },
    Feature(name: "weights as halves", precision: .f16) { _ in },
    Feature(name: "downsample_padding 0") { $0.downsamplePadding = 0 },
    Feature(name: "no mid block") { $0.hasMidBlock = false },
    Feature(name: "center_input_sample") { $0.centerInputSample = true },
    Feature(name: "scale_shift") { $0.timeScaleShift = .scaleShift },
    Feature(name: "scale_shift, mid attention without a norm") {
      attending(&$0)
      $0.timeScaleShift = .scaleShift
    },
    Feature(name: "scale_shift, mid attention with a norm") {
      attending(&$0)
      $0.timeScaleShift = .scaleShift
      $0.attnNormNumGroups = 2
    },
    Feature(name: "attn_norm_num_groups") {
      attending(&$0)
      $0.attnNormNumGroups = 8
    },
    Feature(name: "heads of 8") { attending(&$0) },
    Feature(name: "one head, attention at both levels") {
      attending(&$0)
      $0.attentionHeadDim = nil
      $0.downBlocks = [.attention, .plain]
      $0.upBlocks = [.attention, .attention]
    },
    Feature(name: "old attention names", oldAttentionNames: true) { attending(&$0) },
    Feature(name: "time embedding: sines first, shifted, own length") {
      $0.flipSinToCos = false
      $0.freqShift = 1
      $0.timeEmbeddingDim = 20
    },
    Feature(name: "odd channels") {
      $0.blockOutChannels = [9, 15]
      $0.normNumGroups = 3
      $0.inChannels = 5
      $0.outChannels = 2
    },
    Feature(name: "three levels, two layers, 13x18", height: 13, width: 18) {
      $0.blockOutChannels = [8, 12, 20]
      $0.downBlocks = [.plain, .attention, .plain]
      $0.upBlocks = [.plain, .attention, .plain]
      $0.attentionHeadDim = 4
      $0.layersPerBlock = 2
    },
    Feature(name: "one level, 5x3", height: 5, width: 3) {
      $0.blockOutChannels = [8]
      $0.downBlocks = [.plain]
      $0.upBlocks = [.attention]
    },
    Feature(name: "four levels, padded much", height: 3, width: 9) {
      $0.blockOutChannels = [8, 8, 8, 8]
      $0.downBlocks = [.plain, .plain, .plain, .plain]
      $0.upBlocks = [.plain, .plain, .plain, .plain]
      $0.downsamplePadding = 0
    },
  ]

  @Test(arguments: features)
  func matchesASlowEvaluation(feature: Feature) throws {
    let configuration = feature.configuration
    let frame = ReflectedFrame(
      height: feature.height, width: feature.width, multiple: configuration.sizeMultiple)
    var random = SeededNumbers(2)
    let channels = configuration.inChannels
    let picture = random.floats(channels * feature.height * feature.width)
    let padded = frame.pad(picture, channels: channels)
    let sample = Reference.Planes(
      channels: channels, height: frame.paddedHeight, width: frame.paddedWidth, floats: padded)

    let slow = ReferenceUNet(configuration, seed: 3)
    slow.oldAttentionNames = feature.oldAttentionNames
    for timestep in [0, 400.5] {
      let expected = slow(sample, timestep: timestep).floats
      // The first evaluation has drawn the weights; the file holds them all.
      let folder = try TemporaryFolder()
      let path = folder.path + "/weights.safetensors"
      let bytes = Safetensors.encoded(slow.tensors, as: feature.precision)
      try Data(bytes).write(to: URL(filePath: path))
      let network = try UNet(configuration, weights: SafetensorsFile(path: path))
      let pass = DensePass(workers: WorkerPool(count: 2))
      let shape = MapShape(
        height: frame.paddedHeight, width: frame.paddedWidth, channels: channels)
      let output = try network(
        pass, pass.input(FeatureMap(shape, planes: padded)), timestep: timestep)
      let outputs = configuration.outChannels
      let error = relativeError(
        frame.crop(output.map.planes(), channels: outputs),
        frame.crop(expected, channels: outputs))
      #expect(error < 1e-5, "at \(timestep): \(error)")
    }
  }
}
