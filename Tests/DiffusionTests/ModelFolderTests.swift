import Diffusion
import Foundation
import Networks
import Tensors
import Testing

/// Writes a model of the pipeline layout (or the flat one) with weights of two tensors.
struct ModelBuilder {
  var network = """
    {"block_out_channels": [8, 8], "down_block_types": ["DownBlock2D", "DownBlock2D"],
     "up_block_types": ["UpBlock2D", "UpBlock2D"], "norm_num_groups": 4,
     "add_attention": false, "in_channels": IN, "out_channels": 3}
    """
  var inChannels = 7
  var scheduler: String? = """
    {"prediction_type": "v_prediction", "beta_schedule": "squaredcos_cap_v2",
     "rescale_betas_zero_snr": true, "timestep_spacing": "trailing", "clip_sample": false}
    """
  var index: String? = """
    {"default_steps": 6, "residual_transform": [[1.495, 2.9349999, 0.57],
     [-2.362304, -4.6376958, 7.0], [7.0, -5.8616319, -1.138368]]}
    """
  var isFlat = false
  var weightsName = "diffusion_pytorch_model.safetensors"
  var weights: [(name: String, shape: [Int], values: [Float])] = [
    ("a.weight", [2, 2], [1, 2, 3, 4]), ("b.bias", [3], [0, 0, 0]),
  ]

  func write(_ folder: ScratchFolder) throws {
    let unet = isFlat ? "" : "unet/"
    try folder.write(
      unet + "config.json", network.replacingOccurrences(of: "IN", with: "\(inChannels)"))
    if let scheduler {
      try folder.write((isFlat ? "" : "scheduler/") + "scheduler_config.json", scheduler)
    }
    if let index { try folder.write("model_index.json", index) }
    let file = URL(filePath: "\(folder.path)/\(unet)\(weightsName)")
    try Data(Safetensors.encoded(weights)).write(to: file)
  }
}

struct ModelFolderTests {
  @Test(arguments: [
    (false, ""), (false, "/"), (false, "/unet"), (false, "/unet/config.json"),
    (false, "/scheduler"),
    (false, "/unet/diffusion_pytorch_model.safetensors"), (false, "/model_index.json"),
    (false, "/scheduler/scheduler_config.json"), (true, ""), (true, "/config.json"),
    (true, "/diffusion_pytorch_model.safetensors"),
  ])
  func loadsFromAnyPartOfAModel(isFlat: Bool, suffix: String) throws {
    let folder = try ScratchFolder()
    var builder = ModelBuilder()
    builder.isFlat = isFlat
    try builder.write(folder)
    let model = try ModelFolder.load(folder.path + suffix)
    #expect(model.path == folder.path)
    #expect(model.defaultSteps == 6)
    #expect(model.network.configuration.inChannels == 7)
    #expect(model.scheduler.prediction == .velocity)
    guard case .paint = model.family else {
      Issue.record("family \(model.family)")
      return
    }
    #expect(try model.openWeights().names == ["a.weight", "b.bias"])
  }

  @Test func loadsAnSDEditModelWithoutAnIndexAndHalfWidthWeights() throws {
    let folder = try ScratchFolder()
    var builder = ModelBuilder()
    builder.inChannels = 3
    builder.index = nil
    builder.weightsName = "diffusion_pytorch_model.fp16.safetensors"
    try builder.write(folder)
    let model = try ModelFolder.load(folder.path)
    #expect(model.family == .sdedit)
    #expect(model.defaultSteps == 20)
    #expect(try model.openWeights().count == 2)
  }

  @Test func loadsANetworkAlone() throws {
    let network = try NetworkFolder.load(Fixture.path("attention-heads"))
    #expect(network.configuration.inChannels == 4)
    #expect(try network.openWeights().contains("conv_in.weight"))
    let error = #expect(throws: ModelError.self) {
      try ModelFolder.load(Fixture.path("attention-heads"))
    }
    #expect(error?.isMissing == true)
    #expect(error?.file.hasSuffix("scheduler/scheduler_config.json") == true)
  }

  /// A change to a sound model, the end of the file's path that must be named, a phrase.
  static let faults: [(String, @Sendable (ScratchFolder) throws -> Void, String, String)] = [
    ("no network", { try remove($0, "unet/config.json") }, "", "holds neither"),
    (
      "no weights", { try remove($0, "unet/diffusion_pytorch_model.safetensors") },
      "unet/diffusion_pytorch_model.safetensors", "download the weights"
    ),
    (
      "pickled weights",
      {
        try remove($0, "unet/diffusion_pytorch_model.safetensors")
        try $0.write("unet/diffusion_pytorch_model.bin", "x")
      }, "unet/diffusion_pytorch_model.bin", "convert"
    ),
    (
      "weights in parts",
      {
        try remove($0, "unet/diffusion_pytorch_model.safetensors")
        try $0.write("unet/diffusion_pytorch_model.safetensors.index.json", "{}")
      }, ".index.json", "several parts"
    ),
    ("no scheduler", { try remove($0, "scheduler") }, "scheduler_config.json", "no such file"),
    (
      "pointer for a configuration",
      { try $0.write("unet/config.json", "version https://git-lfs.github.com/spec/v1\n") },
      "unet/config.json", "git lfs pull"
    ),
    ("cut index", { try $0.write("model_index.json", "{\"a\": ") }, "model_index.json", "JSON"),
    (
      "huge index",
      { try $0.write("model_index.json", String(repeating: " ", count: 2 << 20)) },
      "model_index.json", "bytes long"
    ),
    (
      "no transform", { try $0.write("model_index.json", "{}") },
      "model_index.json", "\"residual_transform\" is null"
    ),
    (
      "ragged transform",
      { try $0.write("model_index.json", #"{"residual_transform": [[1, 2], [3, 4], [5, 6]]}"#) },
      "model_index.json", "3 rows of 3 numbers"
    ),
    (
      "singular transform",
      {
        try $0.write(
          "model_index.json", #"{"residual_transform": [[1, 2, 3], [2, 4, 6], [0, 0, 1]]}"#)
      }, "model_index.json", "inverse"
    ),
    (
      "bad steps",
      {
        try $0.write(
          "model_index.json",
          #"{"residual_transform": [[1, 0, 0], [0, 1, 0], [0, 0, 1]], "default_steps": 0}"#)
      }, "model_index.json", "\"default_steps\" is 0"
    ),
    (
      "pyramid of two",
      {
        try $0.write(
          "model_index.json",
          #"{"residual_transform": [[1, 0, 0], [0, 1, 0], [0, 0, 1]], "noise_pyramid": [1, 2]}"#)
      }, "model_index.json", "3 numbers of 0 to 2"
    ),
    (
      "pyramid of words among numbers",
      {
        try $0.write(
          "model_index.json",
          #"{"residual_transform": [[1, 0, 0], [0, 1, 0], [0, 0, 1]], "noise_pyramid": [1, "x", 1, 2]}"#
        )
      }, "model_index.json", "3 numbers of 0 to 2"
    ),
    (
      "other channels",
      {
        var builder = ModelBuilder()
        builder.inChannels = 9
        try builder.write($0)
      }, "unet/config.json", "3, 3 (SDEdit) and 7, 3 (Paint)"
    ),
    (
      "bad scheduler",
      { try $0.write("scheduler/scheduler_config.json", #"{"beta_schedule": "exp"}"#) },
      "scheduler/scheduler_config.json", "\"beta_schedule\" is \"exp\""
    ),
  ]

  private static func remove(_ folder: ScratchFolder, _ name: String) throws {
    try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
  }

  @Test(arguments: 0..<faults.count)
  func namesFileFaultAndCure(index: Int) throws {
    let (name, change, file, phrase) = Self.faults[index]
    let folder = try ScratchFolder()
    try ModelBuilder().write(folder)
    try change(folder)
    let error = #expect(throws: ModelError.self) { try ModelFolder.load(folder.path) }
    #expect(error?.file.hasSuffix(file) == true, "\(name): \(String(describing: error))")
    #expect(error.map { "\($0)".contains(phrase) } == true, "\(name): \(String(describing: error))")
    #expect(error?.cure.isEmpty == false)
  }

  @Test func tellsFilesAndAbsentFoldersApart() throws {
    let folder = try ScratchFolder()
    let picture = try folder.write("picture.png", "x")
    #expect(throws: ModelError.self) { try ModelFolder.load(picture) }
    let error = #expect(throws: ModelError.self) { try ModelFolder.load(folder.path + "/absent") }
    #expect(error?.isMissing == true)
    #expect(error?.what == "no such folder")
  }

  @Test func reportsWeightsThatCannotBeOpened() throws {
    let folder = try ScratchFolder()
    try ModelBuilder().write(folder)
    let weights = try folder.write(
      "unet/diffusion_pytorch_model.safetensors", "version https://git-lfs.github.com/spec/v1\n")
    let model = try ModelFolder.load(folder.path)
    let error = #expect(throws: ModelError.self) { try model.openWeights() }
    #expect(error?.file == weights)
    #expect(error?.cure.contains("git lfs pull") == true)
    #expect(error?.isMissing == false)
  }
}

struct ModelCheckTests {
  private func check(
    _ weights: [(name: String, shape: [Int], values: [Float])]
  ) throws -> ModelCheck {
    let folder = try ScratchFolder()
    var builder = ModelBuilder()
    builder.weights = weights
    try builder.write(folder)
    return try NetworkFolder.load(folder.path).check(expected: ["a.weight": [2, 2], "b.bias": [3]])
  }

  @Test func findsNothingInASoundModel() throws {
    let result = try check([("a.weight", [2, 2], [1, 2, 3, 4]), ("b.bias", [3], [0, 0, 0])])
    #expect(result.faults == [])
    #expect(result.unused == [])
    #expect(result.tensors == 2)
    #expect(result.parameters == 7)
    #expect(result.types == [.f32])
  }

  @Test func findsEveryFaultAtOnce() throws {
    let result = try check([
      ("a.weight", [4], [1, 2, 3, 4]), ("c", [1], [1]),
    ])
    #expect(
      result.faults.map(\.what) == [
        #"tensor "a.weight" has shape [4], not [2, 2]"#, #"has no tensor "b.bias""#,
      ])
    #expect(result.unused == ["c"])
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func findsWhatIsNoNumber(value: Float) throws {
    let result = try check([
      ("a.weight", [2, 2], [1, 2, value, 4]), ("b.bias", [3], [0, 0, 0]),
    ])
    #expect(result.faults.map(\.what) == [#"tensor "a.weight" holds NaN or infinite numbers"#])
  }
}

struct ResidualTransformTests {
  /// The transform of the first Paint model.
  static let numbers = [
    1.495, 2.9349999, 0.57, -2.362304, -4.6376958, 7.0, 7.0, -5.8616319, -1.138368,
  ]

  @Test func undoesItself() throws {
    let transform = try #require(ResidualTransform(Self.numbers))
    for difference in [SIMD3<Float>(1, 0, 0), SIMD3(-0.5, 2, 0.25), SIMD3(0, 0, -1)] {
      let back = transform.difference(transform.residual(difference))
      #expect(((back - difference) * (back - difference)).sum() < 1e-11)
    }
    // White differs from black in luminance only: 5 times 1, and no chrominance.
    let white = transform.residual(SIMD3(repeating: 1))
    #expect(((white - SIMD3(5, 0, 0)) * (white - SIMD3(5, 0, 0))).sum() < 1e-10)
  }

  @Test(
    arguments: [
      [1, 2, 3, 2, 4, 6, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, .nan],
      [1, 0, 0, 0, 1, 0, 0, 0, .infinity], [1, 2, 3], [1, 0, 0, 0, 1, 0, 1e-9, 1, 1e-9],
    ] as [[Double]])
  func refusesWhatHasNoInverse(numbers: [Double]) {
    #expect(ResidualTransform(numbers) == nil)
  }
}

struct AssetFolderTests {
  @Test func findsAssetsAboveABuildFolderAndUnderAPrefix() throws {
    let folder = try ScratchFolder()
    let root = folder.path
    try folder.write("source/Assets/model/x", "")
    try folder.write("prefix/share/tessera/model/x", "")
    #expect(
      try AssetFolder.find(executable: root + "/source/.build/release/tessera", override: nil)
        == root + "/source/Assets")
    #expect(
      try AssetFolder.find(executable: root + "/prefix/bin/tessera", override: "")
        == root + "/prefix/share/tessera")
    #expect(
      try AssetFolder.find(executable: root + "/prefix/bin/tessera", override: root + "/source")
        == root + "/source")
  }

  @Test func saysWhatToDoWhereNothingIsFound() throws {
    let folder = try ScratchFolder()
    for (executable, override) in [
      (folder.path + "/bin/tessera", nil), (nil, nil), ("/x/tessera", folder.path + "/absent"),
    ] as [(String?, String?)] {
      let error = #expect(throws: ModelError.self) {
        try AssetFolder.find(executable: executable, override: override)
      }
      #expect(error?.isMissing == true)
      #expect(error?.cure.contains("TESSERA_ASSETS") == true)
    }
  }

  @Test func knowsTheRunningExecutable() throws {
    let path = try #require(AssetFolder.runningExecutable())
    #expect(FileManager.default.isExecutableFile(atPath: path))
  }
}
