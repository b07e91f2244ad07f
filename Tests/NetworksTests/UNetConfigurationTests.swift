import Foundation
import Networks
import Testing

/// Text of a fixture's config.json.
private func fixture(_ name: String) throws -> [UInt8] {
  let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
  return try [UInt8](
    Data(contentsOf: tests.appendingPathComponent("Fixtures/\(name)/config.json")))
}

private func read(_ json: String) throws(ConfigurationError) -> UNetConfiguration {
  try UNetConfiguration(json: Array(json.utf8), file: "config.json")
}

struct UNetConfigurationTests {
  @Test func takesDefaultsOfDiffusersForAbsentFields() throws {
    let configuration = try read("{}")
    #expect(configuration == UNetConfiguration())
    #expect(configuration.blockOutChannels == [224, 448, 672, 896])
    #expect(configuration.downBlocks == [.plain, .attention, .attention, .attention])
    #expect(configuration.upBlocks == [.attention, .attention, .attention, .plain])
    #expect(configuration.timeEmbeddingLength == 896)
    #expect(configuration.sizeMultiple == 8)
    #expect(configuration.midAttentionGroups == 32)
  }

  @Test func readsTheHeadedFixture() throws {
    let configuration = try UNetConfiguration(json: fixture("attention-heads"), file: "")
    var expected = UNetConfiguration()
    expected.inChannels = 4
    expected.outChannels = 4
    expected.sampleSize = [32, 32]
    expected.blockOutChannels = [32, 64]
    expected.downBlocks = [.plain, .attention]
    expected.upBlocks = [.attention, .plain]
    expected.layersPerBlock = 1
    expected.attentionHeadDim = 16
    expected.normNumGroups = 8
    #expect(configuration == expected)
  }

  @Test func readsTheDDPMFixture() throws {
    let configuration = try UNetConfiguration(json: fixture("ddpm-style"), file: "")
    var expected = UNetConfiguration()
    expected.sampleSize = [64, 64]
    expected.blockOutChannels = [16, 16, 32, 32]
    expected.downBlocks = [.plain, .plain, .attention, .plain]
    expected.upBlocks = [.plain, .attention, .plain, .plain]
    expected.attentionHeadDim = nil
    expected.downsamplePadding = 0
    expected.flipSinToCos = false
    expected.freqShift = 1
    expected.normEps = 1e-6
    expected.normNumGroups = 8
    #expect(configuration == expected)
    #expect(configuration.headDim(channels: 32) == 32)
  }

  @Test(arguments: [("paint-7ch", 7, 4), ("plain-rgb", 3, 2)])
  func readsTheFixturesWithoutAttention(name: String, inChannels: Int, levels: Int) throws {
    let configuration = try UNetConfiguration(json: fixture(name), file: "")
    #expect(configuration.inChannels == inChannels)
    #expect(configuration.outChannels == 3)
    #expect(configuration.levels == levels)
    #expect(!configuration.hasMidAttention)
    #expect(configuration.hasMidBlock)
  }

  @Test func readsWhatElseIsSupported() throws {
    let configuration = try read(
      """
      {"mid_block_type": null, "resnet_time_scale_shift": "scale_shift", "act_fn": "swish",
       "time_embedding_dim": 100, "center_input_sample": true, "sample_size": [48, 64],
       "attn_norm_num_groups": null, "layers_per_block": 3.0, "dropout": 0.1, "unheard_of": [1],
       "mid_block_scale_factor": 1.0}
      """)
    #expect(!configuration.hasMidBlock)
    #expect(configuration.timeScaleShift == .scaleShift)
    #expect(configuration.timeEmbeddingLength == 100)
    #expect(configuration.centerInputSample)
    #expect(configuration.sampleSize == [48, 64])
    #expect(configuration.layersPerBlock == 3)
    #expect(configuration.midAttentionGroups == nil)
  }

  /// Fields of a configuration, the field that must be named, and a phrase of the message.
  static let refusals: [(String, String, String)] = [
    (#""_class_name": "UNet2DConditionModel""#, "_class_name", "UNet2DModel"),
    (#""act_fn": "gelu""#, "act_fn", "silu, swish"),
    (#""act_fn": null"#, "act_fn", "silu, swish"),
    (#""class_embed_type": "timestep""#, "class_embed_type", "null"),
    (#""num_class_embeds": 10"#, "num_class_embeds", "null"),
    (#""time_embedding_type": "fourier""#, "time_embedding_type", "positional"),
    (#""downsample_type": "resnet""#, "downsample_type", "conv"),
    (#""upsample_type": "resnet""#, "upsample_type", "conv"),
    (#""mid_block_scale_factor": 1.5"#, "mid_block_scale_factor", "1.0 to 1.0"),
    (#""mid_block_type": "UNetMidBlock2DCrossAttn""#, "mid_block_type", "null"),
    (#""resnet_time_scale_shift": "ada_group""#, "resnet_time_scale_shift", "scale_shift"),
    (
      #""down_block_types": ["DownBlock2D", "SkipDownBlock2D", "DownBlock2D", "DownBlock2D"]"#,
      "down_block_types", "DownBlock2D, AttnDownBlock2D"
    ),
    (
      #""up_block_types": ["DownBlock2D", "UpBlock2D", "UpBlock2D", "UpBlock2D"]"#,
      "up_block_types", "UpBlock2D, AttnUpBlock2D"
    ),
    (#""down_block_types": ["DownBlock2D"]"#, "down_block_types", "as many as"),
    (#""up_block_types": ["UpBlock2D"]"#, "up_block_types", "as many as"),
    (#""block_out_channels": [32, 64]"#, "down_block_types", "has, 2"),
    (#""block_out_channels": []"#, "block_out_channels", "1 to 8"),
    (#""block_out_channels": 32"#, "block_out_channels", "1 to 8"),
    (
      #""block_out_channels": [32, 32, 32, 32, 32, 32, 32, 32, 32]"#, "block_out_channels", "1 to 8"
    ),
    (#""block_out_channels": [32, -32, 32, 32]"#, "block_out_channels", "1 to 8192"),
    (#""block_out_channels": [32, 0, 32, 32]"#, "block_out_channels", "1 to 8192"),
    (#""block_out_channels": [32, 16384, 32, 32]"#, "block_out_channels", "1 to 8192"),
    (#""block_out_channels": [32, "64", 32, 32]"#, "block_out_channels", "1 to 8192"),
    (#""in_channels": 0"#, "in_channels", "1 to 8192"),
    (#""out_channels": 1e12"#, "out_channels", "1 to 8192"),
    (#""layers_per_block": 17"#, "layers_per_block", "1 to 16"),
    (#""layers_per_block": [2, 2, 2, 2]"#, "layers_per_block", "1 to 16"),
    (#""downsample_padding": 2"#, "downsample_padding", "0 to 1"),
    (#""norm_num_groups": 48"#, "norm_num_groups", "here 224"),
    (#""norm_num_groups": null"#, "norm_num_groups", "1 to 8192"),
    (#""attn_norm_num_groups": 5"#, "attn_norm_num_groups", "896"),
    (#""attention_head_dim": 9"#, "attention_head_dim", "here 448"),
    (#""attention_head_dim": 0"#, "attention_head_dim", "null or 1"),
    (#""norm_eps": -1"#, "norm_eps", "0.0 to 1.0"),
    (#""freq_shift": "a""#, "freq_shift", "-1000.0"),
    (#""freq_shift": 112"#, "freq_shift", "less than half"),
    (#""flip_sin_to_cos": 1"#, "flip_sin_to_cos", "true or false"),
    (#""add_attention": null"#, "add_attention", "true or false"),
    (#""sample_size": [1, 2, 3]"#, "sample_size", "[height, width]"),
    (#""sample_size": 0"#, "sample_size", "[height, width]"),
    (#""time_embedding_dim": -4"#, "time_embedding_dim", "null or"),
  ]

  @Test(arguments: refusals)
  func refusesByField(fields: String, field: String, phrase: String) {
    let error = #expect(throws: ConfigurationError.self) { try read("{\(fields)}") }
    #expect(error?.field == field)
    #expect(error.map { $0.supported.contains(phrase) } == true, "\(String(describing: error))")
    #expect(error.map { "\($0)".hasPrefix("config.json: \"\(field)\" is ") } == true)
  }

  @Test(arguments: [
    ("", "not valid JSON"), ("[]", "does not hold an object"),
    ("{\"a\":1,\"a\":1}", "occurs twice"),
    ("{\"a\":" + String(repeating: "[", count: 50), "nested too deep"),
    ("{}" + String(repeating: " ", count: 1 << 20), "bytes long"),
  ])
  func refusesWhatIsNoConfiguration(json: String, phrase: String) {
    let error = #expect(throws: ConfigurationError.self) { try read(json) }
    #expect(error.map { "\($0)".contains(phrase) } == true, "\(String(describing: error))")
  }

  @Test func checksGroupsOfSkipConcatenations() {
    // 16 divides the concatenation of 8 and 24 channels, yet neither map by itself.
    let json = """
      {"block_out_channels": [8, 24], "down_block_types": ["DownBlock2D", "DownBlock2D"],
       "up_block_types": ["UpBlock2D", "UpBlock2D"], "norm_num_groups": GROUPS}
      """
    func groups(_ count: Int) throws -> UNetConfiguration {
      try read(json.replacingOccurrences(of: "GROUPS", with: "\(count)"))
    }
    #expect(throws: Never.self) { try groups(8) }
    #expect(throws: ConfigurationError.self) { try groups(16) }
  }
}
