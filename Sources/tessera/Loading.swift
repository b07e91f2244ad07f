import DiffMask
import Diffusion
import Files
import Foundation
import Journal
import Networks
import Raster
import Synchronization
import Tensors

/// Finds and opens models given on the command line.
enum ModelLoading {
  /// The model folder at `path`, or the bundled one.
  static func folder(at path: String?) throws -> ModelFolder {
    try ModelFolder.load(try path ?? bundled())
  }

  /// The bundled model's folder.
  static func bundled() throws -> String { try AssetFolder.find() + "/models/paint-base" }

  /// The bundled picture that opens when no file is named.
  static func bundledPicture() throws -> String {
    try AssetFolder.find() + "/pictures/landscape.png"
  }

  /// The network in a folder that holds at least its configuration and weights.
  static func network(at path: String) throws -> UNet {
    try network(of: NetworkFolder.load(path))
  }

  /// The network of a folder, where there is memory for its weights.
  static func network(of folder: NetworkFolder) throws -> UNet {
    let weights = try folder.openWeights()
    try SystemMemory.admit(weights.bytesToRead, "reading the model's weights")
    return try UNet(folder.configuration, weights: weights)
  }
}

/// A picture named on the command line.
struct InputPicture {
  let picture: Picture
  /// The file's absolute path without links; nil for standard input.
  let resolved: String?
  /// What the file was when it was read; nil for standard input.
  let stamp: FileStamp?
}

/// Opens pictures given on the command line.
enum PictureLoading {
  /// What stands for standard input and standard output in the place of a file's name.
  static let stream = "-"

  private static let hasReadInput = Mutex(false)

  /// The picture in a file, or on standard input where `path` is `-`; says on standard error what is
  /// damaged or not kept.
  static func picture(at path: String, limits: PictureLimits) throws -> Picture {
    try toldInput(path, limits: limits).picture
  }

  /// The same with what its file was.
  static func toldInput(_ path: String, limits: PictureLimits) throws -> InputPicture {
    let input = try input(path, limits: limits)
    if let warning = input.picture.warning {
      Output.note("tessera: \(path.printable): warning: \(warning)")
    }
    return input
  }

  /// The same with what its file was, without a word.
  static func input(_ path: String, limits: PictureLimits) throws -> InputPicture {
    if path == stream {
      let picture = try Picture.decode(standardInput(limits), path: streamName, limits: limits)
      return InputPicture(picture: picture, resolved: nil, stamp: nil)
    }
    let resolved = try intact(path)
    let (picture, stamp) = try Picture.readStamped(path, limits: limits)
    return InputPicture(picture: picture, resolved: resolved, stamp: stamp)
  }

  /// What a file, or standard input, tells beside its pixels.
  static func facts(_ path: String, limits: PictureLimits) throws -> PictureFacts {
    if path == stream {
      return try PictureFacts.decode(standardInput(limits), path: streamName, limits: limits)
    }
    _ = try intact(path)
    return try PictureFacts.read(path, limits: limits)
  }

  /// The absolute path without links of a file that no save was cut off in.
  private static func intact(_ path: String) throws(CommandError) -> String {
    let resolved = JournalFolder.resolved(path)
    if let folder = JournalFolder.place, KeptCopy.left(of: resolved, in: folder) != nil {
      throw CommandError(
        .badData,
        "\(path.printable): a save into it was cut off; `tessera recover \(path.printable)` has "
          + "what it held before")
    }
    return resolved
  }

  private static let streamName = "standard input"

  private static func standardInput(_ limits: PictureLimits) throws -> [UInt8] {
    let isSecond = hasReadInput.withLock { hasRead in
      defer { hasRead = true }
      return hasRead
    }
    if isSecond {
      throw CommandError(.usage, "one picture only can come from standard input; name the others")
    }
    let name = streamName
    // Nobody knows how long it is; while it grows, it is there up to three times.
    let most = limits.room.map { $0.bytes / 3 } ?? .max
    guard let bytes = FileSystem.read(STDIN_FILENO, limit: min(limits.fileBytes + 1, most)) else {
      throw CommandError(.io, "\(name): cannot be read; give the name of a file")
    }
    if bytes.count >= most {
      throw CommandError(
        .unavailable, "\(name): takes more memory than can be had; give the name of a file")
    }
    guard bytes.count <= limits.fileBytes else {
      throw CommandError(
        .badData,
        "\(name): more than the limit of \(limits.fileBytes) bytes; give a smaller picture"
      )
    }
    return bytes
  }

  /// A mask picture of exactly the given size, read as `Picture.mask` says.
  static func mask(at path: String, width: Int, height: Int, limits: PictureLimits) throws -> Mask {
    let picture = try picture(at: path, limits: limits)
    guard picture.width == width, picture.height == height else {
      throw CommandError(
        .badData,
        "\(path.printable): the mask has \(picture.width)x\(picture.height) pixels, the picture "
          + "\(width)x\(height); make them equally large")
    }
    // The values, and a copy of them.
    try SystemMemory.admit(2 * width * height, "a mask of \(width)x\(height) pixels")
    return try picture.mask(path: path)
  }
}

extension JournalFolder {
  /// The person's own, which need not be there; nil where there is no place for it.
  static var place: JournalFolder? {
    UserFolder.state.path.map { JournalFolder(path: $0 + "/journal") }
  }

  /// The person's own, after making it; nil where there is no place for it.
  static var users: JournalFolder? {
    UserFolder.state.made(under: "journal").map(JournalFolder.init(path:))
  }
}
