import Foundation
import Tensors
import Testing

/// Damaged models and tensor files: one line that names the file, and nothing written.
struct BadModelTests {
  typealias Change = @Sendable (ScratchFolder, inout ModelKit) throws -> Void

  /// A name, what is done to the parts of a sound model, the file named, the status, a phrase.
  static let parts: [(String, Change, String, Int32, String)] = [
    ("NaN", { $1.tensors[3].values[0] = .nan }, ModelKit.weights, 65, "NaN"),
    ("infinity", { $1.tensors[7].values[1] = -.infinity }, ModelKit.weights, 65, "infinite"),
    ("missing tensor", { $1.tensors.remove(at: 5) }, ModelKit.weights, 65, "missing"),
    (
      "wrong shape",
      {
        $1.tensors[0].values.append(0)
        $1.tensors[0].shape = [$1.tensors[0].values.count]
      },
      ModelKit.weights, 65, "shape"
    ),
    ("no tensor", { $1.tensors = [] }, ModelKit.weights, 65, "missing"),
    ("no JSON", { $1.configuration = "{" }, "unet/config.json", 65, "JSON"),
    (
      "wrong class", { $1.configuration = #"{"_class_name": "VQModel"}"# }, "unet/config.json", 65,
      "UNet2DModel"
    ),
    (
      "absurd channels", { $1.configuration = #"{"in_channels": 100000000000}"# },
      "unet/config.json", 65, "in_channels"
    ),
    (
      "another network", { $1.configuration = "{}" }, ModelKit.weights, 65, "shape"
    ),
  ]

  @Test(arguments: parts)
  func refusesParts(name: String, change: Change, file: String, status: Int32, phrase: String)
    throws
  {
    let folder = try ScratchFolder()
    var kit = try ModelKit()
    try change(folder, &kit)
    try kit.write(folder)
    try expectRefusal(folder, file, status, phrase)
  }

  /// A name, what is done to a sound model's files, the file named, the status, a phrase.
  static let files: [(String, @Sendable (ScratchFolder) throws -> Void, String, Int32, String)] = [
    (
      "cut weights",
      {
        let bytes = try $0.bytes("model/" + ModelKit.weights)
        try $0.write("model/" + ModelKit.weights, bytes.prefix(bytes.count - 100))
      }, ModelKit.weights, 65, "is cut off"
    ),
    (
      "cut header",
      {
        try $0.write(
          "model/" + ModelKit.weights, try $0.bytes("model/" + ModelKit.weights).prefix(99))
      },
      ModelKit.weights, 65, "is cut off"
    ),
    (
      "vast header",
      { try $0.write("model/" + ModelKit.weights, [UInt8](repeating: 0xFF, count: 99)) },
      ModelKit.weights, 65, "header of"
    ),
    (
      "pointer",
      {
        try $0.write("model/" + ModelKit.weights, "version https://git-lfs.github.com/spec/v1".utf8)
      },
      ModelKit.weights, 65, "git lfs pull"
    ),
    ("empty", { try $0.write("model/" + ModelKit.weights, []) }, ModelKit.weights, 65, "cut off"),
    (
      "folder for weights",
      {
        try FileManager.default.removeItem(atPath: $0 / "model/\(ModelKit.weights)")
        try $0.write("model/\(ModelKit.weights)/x", [])
      }, ModelKit.weights, 65, "is a folder"
    ),
    (
      "no weights",
      { try FileManager.default.removeItem(atPath: $0 / "model/\(ModelKit.weights)") },
      ModelKit.weights, 66, "no such file"
    ),
    (
      "no configuration",
      { try FileManager.default.removeItem(atPath: $0 / "model/unet/config.json") }, "", 66,
      "holds neither"
    ),
    ("no model", { try FileManager.default.removeItem(atPath: $0 / "model") }, "", 66, "no such"),
  ]

  @Test(arguments: files)
  func refusesFiles(
    name: String, damage: @Sendable (ScratchFolder) throws -> Void, file: String, status: Int32,
    phrase: String
  ) throws {
    let folder = try ScratchFolder()
    try ModelKit().write(folder)
    try damage(folder)
    try expectRefusal(folder, file, status, phrase)
  }

  /// `edit` and `forward` both end with one line about `file` of the model.
  private func expectRefusal(
    _ folder: ScratchFolder, _ file: String, _ status: Int32, _ phrase: String
  ) throws {
    try folder.saveScene()
    let before = folder.contents
    let io = Program.fixture("plain-rgb") + "/io.safetensors"
    for arguments in [
      ["edit", "a.png", "b.png", "-o", "c.png", "--model", "model"],
      ["forward", "model", "--input", io, "-o", "c.safetensors"],
      ["bench", "network", "--model", "model"],
    ] {
      let run = try Program.run(arguments, in: folder)
      #expect(run.status == status, "\(arguments): \(run.errors)")
      #expect(run.output.isEmpty)
      #expect(run.errorLines.count == 1, "\(run.errors)")
      let named = "tessera: model" + (file.isEmpty ? "" : "/\(file)") + ": "
      #expect(run.errors.hasPrefix(named), "\(run.errors)")
      #expect(run.errors.contains(phrase), "\(run.errors)")
      #expect(folder.contents == before)
    }
  }

  @Test func refusesAModelOfNoFamily() throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let run = try Program.run(
      ["edit", "a.png", "b.png", "-o", "c.png", "--model", Program.fixture("attention-heads")],
      in: folder)
    #expect(run.status == 66)
    #expect(run.errors.contains("scheduler_config.json"))
    #expect(folder.contents == ["a.png", "b.png"])
  }

  /// A name, the tensors of an input file, and a phrase of the message.
  static let inputs: [(String, [(name: String, shape: [Int], values: [Float])], String)] = [
    ("no sample", [("timestep", [1], [3])], "has no tensor \"sample\""),
    ("no timestep", [("sample", [1, 3, 2, 2], zeros(12))], "has no tensor \"timestep\""),
    (
      "channels", [("sample", [1, 4, 2, 2], zeros(16)), ("timestep", [1], [3])],
      "takes [1, 3, H, W]"
    ),
    ("rank", [("sample", [3, 2, 2], zeros(12)), ("timestep", [1], [3])], "takes [1, 3, H, W]"),
    (
      "batch", [("sample", [2, 3, 2, 2], zeros(24)), ("timestep", [1], [3])], "takes [1, 3, H, W]"
    ),
    ("nothing", [("sample", [1, 3, 0, 2], []), ("timestep", [1], [3])], "is empty"),
    (
      "NaN", [("sample", [1, 3, 1, 1], [0, .nan, 0]), ("timestep", [1], [3])],
      "NaN or infinite"
    ),
    ("NaN timestep", [("sample", [1, 3, 1, 1], zeros(3)), ("timestep", [1], [.nan])], "timestep"),
    ("empty timestep", [("sample", [1, 3, 1, 1], zeros(3)), ("timestep", [0], [])], "timestep"),
  ]

  private static func zeros(_ count: Int) -> [Float] { [Float](repeating: 0, count: count) }

  @Test(arguments: inputs)
  func refusesInputs(
    name: String, tensors: [(name: String, shape: [Int], values: [Float])], phrase: String
  ) throws {
    let folder = try ScratchFolder()
    let file = URL(filePath: folder / "in.safetensors")
    try Data(Safetensors.encoded(tensors)).write(to: file)
    let run = try Program.run(
      ["forward", Program.fixture("plain-rgb"), "--input", "in.safetensors", "-o", "out"],
      in: folder)
    #expect(run.status == 65)
    #expect(run.errorLines.count == 1, "\(run.errors)")
    #expect(run.errors.hasPrefix("tessera: in.safetensors: "), "\(run.errors)")
    #expect(run.errors.contains(phrase), "\(run.errors)")
    #expect(folder.contents == ["in.safetensors"])
  }

  @Test(arguments: [
    (#"{"sample":{"dtype":"F32","shape":[1,3,99999999,99999999],"data_offsets":[0,12]}}"#, "bytes"),
    (#"{"sample":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, "large"),
    (#"{"sample":{"dtype":"F32","shape":[3],"data_offsets":[4,16]}}"#, "hole"),
    (#"{"sample":{"dtype":"F99","shape":[3],"data_offsets":[0,12]}}"#, "F99"),
    (#"{"sample":{"dtype":"F32","shape":[-3],"data_offsets":[0,12]}}"#, "shape"),
    (#"{"sam\nple":{"dtype":"F32","shape":[1],"data_offsets":[0,12]}}"#, "needs 4"),
  ])
  func refusesLyingHeaders(header: String, phrase: String) throws {
    let folder = try ScratchFolder()
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    try folder.write("in.safetensors", length + header.utf8 + [UInt8](repeating: 0, count: 16))
    let run = try Program.run(
      ["forward", Program.fixture("plain-rgb"), "--input", "in.safetensors", "-o", "out"],
      in: folder)
    #expect(run.status == 65)
    #expect(run.errorLines.count == 1, "\(run.errors)")
    #expect(run.errors.hasPrefix("tessera: in.safetensors: "), "\(run.errors)")
    #expect(run.errors.contains(phrase), "\(run.errors)")
    #expect(folder.contents == ["in.safetensors"])
  }
}
