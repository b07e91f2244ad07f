import DiffMask
import Diffusion
import Foundation
import Networks
import Raster
import SIGE
import Tensors
import Testing

/// Small models that are valid in every way but in how large their numbers are.
@Suite struct WildModelTests {
  /// How many; TESSERA_WILD_MODELS says otherwise.
  static let count =
    ProcessInfo.processInfo.environment["TESSERA_WILD_MODELS"].flatMap { Int($0) } ?? 100

  /// What became of the models, for whoever runs many.
  private struct Tally {
    var refused = 0
    var notFinite = 0
    var finite = 0
  }

  /// A check and edits over each of them end with a picture or with one typed error, and take nothing
  /// with them: no trap, no picture of the wrong size, no byte outside of the edit.
  @Test func noneEndsTheProgram() throws {
    var tally = Tally()
    for seed in 0..<UInt64(Self.count) {
      let folder = try ScratchFolder()
      var wild = WildModel(seed: seed)
      try wild.write(to: folder)
      let network = try NetworkFolder.load(folder.path)
      let outline = try UNetOutline(network.configuration)
      let check = try network.check(expected: outline.expectedTensors)
      guard check.faults.isEmpty else {
        #expect(wild.isUnsound, "seed \(seed): \(check.faults)")
        #expect(throws: (any Error).self) {
          try UNet(network.configuration, weights: network.openWeights())
        }
        tally.refused += 1
        continue
      }
      #expect(!wild.isUnsound, "seed \(seed)")
      try edit(folder.path, seed: seed, &tally)
    }
    print(
      "wild models: \(Self.count), refused \(tally.refused), not finite \(tally.notFinite), edited \(tally.finite)"
    )
    #expect(tally.refused + tally.notFinite + tally.finite == Self.count)
    #expect(tally.notFinite > 0 && tally.finite > 0)
  }

  private func edit(_ path: String, seed: UInt64, _ tally: inout Tally) throws {
    let model = try ModelFolder.load(path)
    let network = try UNet(model.network.configuration, weights: model.openWeights())
    let workers = WorkerPool(count: 1)
    let trial = try TrialEvaluation(of: network, timestep: 50, workers: workers)
    #expect(trial.isFinite == (trial.layer == nil))
    var bitmap = RGBA8(width: 40, height: 28, filledWith: (90, 120, 60, 255))
    for at in bitmap.samples.indices where at % 4 != 3 { bitmap.samples[at] &+= UInt8(at % 61) }
    let original = Picture(pixels: .eight(bitmap))
    let rect = PixelRect(x: 10, y: 8, width: 12, height: 9)
    for y in rect.rows { for x in rect.columns { bitmap.samples[bitmap.offset(x: x, y: y)] = 250 } }
    let edited = Picture(pixels: .eight(bitmap))
    let engine = EditEngine(
      model: model, network: network, original: original, workers: workers,
      precision: ActivationCache.Precision.allCases[Int(seed % 3)],
      memory: MemoryLedger(limit: 1 << 30) { _, _ in 0 })
    var failures = 0
    for mode in EditMode.allCases {
      var settings = EditSettings(steps: 2)
      settings.ragged = false
      settings.mode = mode
      do {
        let result = try #require(try engine.edit(edited, settings: settings))
        var after = original
        result.patches.blend(into: &after)
        let blend = try #require(
          BlendMask(painted: original.findEdit(in: edited).mask, feather: settings.feather))
        let changed = PixelMask(from: original.rgba8, to: after.rgba8, threshold: 0)
        #expect(changed.union(blend.mask) == blend.mask, "seed \(seed)")
      } catch let error as NotFiniteError {
        #expect(error.model == path && (1...2).contains(error.step ?? 0), "\(error)")
        #expect(!error.description.contains("\n"))
        failures += 1
      }
      // What failed has changed nothing.
      #expect(engine.original == original)
    }
    if failures > 0 { tally.notFinite += 1 } else { tally.finite += 1 }
  }
}

/// A random configuration with weights N(0, 10^k), and now and then what no weight should be.
private struct WildModel {
  private var random: Seeded
  /// Whether a check must refuse it.
  private(set) var isUnsound = false

  init(seed: UInt64) { random = Seeded(state: seed &* 7919 &+ 13) }

  mutating func write(to folder: ScratchFolder) throws {
    let isPaint = Bool.random(using: &random)
    let channels =
      [[16, 16], [16, 32], [32, 32], [16, 16, 32]].randomElement(using: &random) ?? [16]
    func blocks(_ plain: String, _ attention: String) -> [String] {
      (0..<channels.count).map { _ in Bool.random(using: &random) ? plain : attention }
    }
    let configuration: [String: Any] = [
      "_class_name": "UNet2DModel", "in_channels": isPaint ? 7 : 3, "out_channels": 3,
      "sample_size": 32, "block_out_channels": channels, "layers_per_block": 1,
      "norm_num_groups": [1, 4, 8].randomElement(using: &random) ?? 4,
      "attention_head_dim": 8,
      "norm_eps": [1e-5, 1e-6].randomElement(using: &random) ?? 1e-5,
      "resnet_time_scale_shift": Bool.random(using: &random) ? "default" : "scale_shift",
      "down_block_types": blocks("DownBlock2D", "AttnDownBlock2D"),
      "up_block_types": blocks("UpBlock2D", "AttnUpBlock2D"),
    ]
    let json = try JSONSerialization.data(withJSONObject: configuration)
    try folder.write("unet/config.json", String(decoding: json, as: UTF8.self))
    try folder.write(
      "model_index.json", #"{"residual_transform": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}"#)
    let kinds = ["epsilon", "sample", "v_prediction"]
    let clips = Bool.random(using: &random)
    try folder.write(
      "scheduler/scheduler_config.json",
      """
      {"_class_name": "DDIMScheduler", "num_train_timesteps": 100, "clip_sample": \(clips),
       "prediction_type": "\(kinds.randomElement(using: &random) ?? "epsilon")"}
      """)
    let outline = try UNetOutline(
      try UNetConfiguration(json: [UInt8](json), file: "config.json"))
    let file = URL(filePath: folder.path + "/unet/diffusion_pytorch_model.safetensors")
    try Data(weights(outline.expectedTensors)).write(to: file)
  }

  /// A file of tensors, each stored as floats, halves or whole numbers.
  private mutating func weights(_ shapes: [String: [Int]]) -> [UInt8] {
    let exponent = Int.random(in: -20...30, using: &random)
    let isWhole = Int.random(in: 0..<20, using: &random) == 0
    // In one model of ten some tensor holds a number that a check must find; in as many, the smallest.
    let oddity = Int.random(in: 0..<20, using: &random)
    let odd = shapes.keys.sorted().randomElement(using: &random) ?? ""
    var (header, data) = ([String](), [UInt8]())
    for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      var values = (0..<shape.reduce(1, *)).map { _ in normal() * pow(10, Double(exponent)) }
      if name == odd, !values.isEmpty {
        switch oddity {
        case 0: values[values.count / 2] = .nan
        case 1: values[0] = .infinity
        case 2: values = values.map { _ in 1e-45 }
        case 3: values = values.map { _ in 3.4e38 }
        default: break
        }
      }
      let isHalf = exponent < 4 && Int.random(in: 0..<4, using: &random) == 0
      let type = isWhole && name == odd ? "I32" : isHalf ? "F16" : "F32"
      let start = data.count
      for value in values {
        switch type {
        case "I32": append(Int32(saturating: value), to: &data)
        case "F16":
          let half = Float16(value)
          if !half.isFinite { isUnsound = true }
          append(half.bitPattern, to: &data)
        default:
          if !Float(value).isFinite { isUnsound = true }
          append(Float(value).bitPattern, to: &data)
        }
      }
      if type == "I32" { isUnsound = true }
      header.append(
        "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[\(start),\(data.count)]}"
      )
    }
    let text = Array("{\(header.joined(separator: ","))}".utf8)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text + data
  }

  private func append(_ value: some FixedWidthInteger, to data: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { data += $0 }
  }

  private mutating func normal() -> Double {
    let (a, b) = (
      Double.random(in: 1e-12..<1, using: &random), Double.random(in: 0..<1, using: &random)
    )
    return (-2 * log(a)).squareRoot() * cos(2 * .pi * b)
  }
}
