import Files
import Glibc
import Networks

/// The paths of a model's files in one of the two layouts of diffusers.
struct ModelFiles: Equatable {
  static let weightNames = [
    "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.fp16.safetensors",
  ]

  /// The folder that the model is known by.
  var root: String
  var networkConfiguration: String
  var weights: String
  /// Nil where the folder holds a network alone.
  var schedulerConfiguration: String?
  /// Nil where there is none; it is optional for SDEdit models.
  var index: String?

  /// Finds the files of a model from its folder, or from one of the files in it.
  ///
  /// The network may lie in `unet/` (pipeline) or beside everything else (flat). A path to `unet/`
  /// itself, or to a file that belongs to a model, stands for the model around it.
  init(path: String) throws(ModelError) {
    let folder = try Self.folder(for: path)
    let (root, network) = try Self.layout(of: folder)
    self.root = root
    networkConfiguration = network + "/config.json"
    weights = try Self.weights(in: network)
    schedulerConfiguration = [
      root + "/scheduler/scheduler_config.json", root + "/scheduler_config.json",
    ].first(where: isFile)
    index = [root + "/model_index.json"].first(where: isFile)
  }

  private static func folder(for path: String) throws(ModelError) -> String {
    var trimmed = path
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    if isFolder(trimmed) { return trimmed }
    guard isFile(trimmed) else {
      throw ModelError(
        file: path, what: "no such folder",
        cure: "give the folder of a diffusers model, one that holds unet/ or config.json",
        isMissing: true)
    }
    let known = weightNames + ["config.json", "model_index.json", "scheduler_config.json"]
    let name = trimmed.lastPathPart
    guard known.contains(name) else {
      throw ModelError(
        file: path, what: "is a file, not a model",
        cure: "give the folder of a diffusers model, one that holds unet/ or config.json")
    }
    return trimmed.parentPath
  }

  /// The model's root and the folder of its network.
  private static func layout(
    of folder: String
  ) throws(ModelError) -> (root: String, network: String) {
    if isFile(folder + "/unet/config.json") { return (folder, folder + "/unet") }
    let around = folder == "." ? ".." : folder.parentPath
    let isPart = folder.hasSuffix("/unet") || folder == "unet" || folder.hasSuffix("/scheduler")
    if isPart, isFile(around + "/unet/config.json") { return (around, around + "/unet") }
    if isFile(folder + "/config.json") { return (folder, folder) }
    throw ModelError(
      file: folder, what: "holds neither unet/config.json nor config.json",
      cure: "give the folder of a diffusers model, or download it again", isMissing: true)
  }

  private static func weights(in folder: String) throws(ModelError) -> String {
    let candidates = weightNames.map { "\(folder)/\($0)" }
    // A folder of that name is left to the opening to complain about.
    if let found = candidates.first(where: { isFile($0) || isFolder($0) }) { return found }
    let expected = "\(folder)/\(weightNames[0])"
    let pickle = "\(folder)/diffusion_pytorch_model.bin"
    guard !isFile(pickle) else {
      throw ModelError(
        file: pickle, what: "pickled weights are not read, since they can run code",
        cure: "download the .safetensors variant or convert them", isMissing: true)
    }
    guard !isFile(expected + ".index.json") else {
      throw ModelError(
        file: expected + ".index.json", what: "weights in several parts are not supported",
        cure: "save the model as one file")
    }
    throw ModelError(
      file: expected, what: "no such file", cure: "download the weights", isMissing: true)
  }
}

func isFile(_ path: String) -> Bool { FileSystem.isFile(path) }

func isFolder(_ path: String) -> Bool { FileSystem.isFolder(path) }

/// The contents of a configuration file, of which no more than a byte past the limit is read.
func configurationText(_ path: String) throws(ModelError) -> [UInt8] {
  guard let file = PathText.withName(path, { fopen($0, "re") }) ?? nil else {
    let isMissing = errno == ENOENT
    throw ModelError(
      file: path, what: "cannot be read (\(String(cString: strerror(errno))))",
      cure: isMissing ? "download the model again" : "check its permissions",
      isMissing: isMissing)
  }
  defer { fclose(file) }
  let limit = ConfigurationReader.maximumLength + 1
  let text = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
    count = fread(buffer.baseAddress, 1, limit, file)
  }
  guard ferror(file) == 0 else {
    throw ModelError(file: path, what: "cannot be read", cure: "give a file, not a folder")
  }
  guard !text.starts(with: "version https://git-lfs".utf8) else {
    throw ModelError(
      file: path, what: "is a Git LFS pointer", cure: "run `git lfs pull` or download the file")
  }
  return text
}
