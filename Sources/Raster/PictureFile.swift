import Files
import Glibc

extension Picture {
  /// Reads a PNG or JPEG file; the content decides which, not the name.
  ///
  /// A file that is damaged outside its pixels, or holds what is not kept, is read all the same; see
  /// `remarks`.
  ///
  /// - Throws: `missing` where there is no such file or it may not be opened, `badData` where it is
  ///   no picture, broken, or past `limits`, `inputOutput` where reading fails underway.
  /// - Complexity: memory is the file plus its decoded pixels, at most what `limits` allow.
  package static func read(_ path: String, limits: PictureLimits = PictureLimits())
    throws(PictureError) -> Picture
  {
    try decode(try readFile(path, limits: limits).bytes, path: path, limits: limits)
  }

  /// The same, and what the file was, to find out later whether it has changed.
  package static func readStamped(_ path: String, limits: PictureLimits = PictureLimits())
    throws(PictureError) -> (picture: Picture, stamp: FileStamp)
  {
    let (bytes, status) = try readFile(path, limits: limits)
    let picture = try decode(bytes, path: path, limits: limits)
    return (picture, FileStamp(status, digest: SHA256.hex(bytes)))
  }

  /// Decodes the bytes of a PNG or JPEG file; `path` is for error texts.
  ///
  /// - Throws: `badData`.
  package static func decode(
    _ bytes: [UInt8], path: String, limits: PictureLimits = PictureLimits()
  ) throws(PictureError) -> Picture {
    let picture = try decodeKnown(bytes, path: path, limits: limits)
    try limits.judge(picture.metadata, path: path)
    return picture
  }

  private static func decodeKnown(_ bytes: [UInt8], path: String, limits: PictureLimits)
    throws(PictureError) -> Picture
  {
    switch FileSignature(bytes) {
    case .png:
      return try PNGReader.decode(bytes, path: path, limits: limits)
    case .jpeg:
      return try JPEGReader.decode(bytes, path: path, limits: limits)
    case .empty:
      throw PictureError(
        .badData, path: path, problem: "is empty", remedy: "get an intact copy of the file")
    case .lfsPointer:
      throw PictureError(
        .badData, path: path, problem: "is a Git LFS pointer, not the picture itself",
        remedy: "run `git lfs pull` in its repository")
    case .other(let name):
      throw PictureError(
        .badData, path: path, problem: "is a \(name) file",
        remedy: "convert it to PNG or JPEG first")
    case .unknown:
      throw PictureError(
        .badData, path: path, problem: "is not a picture",
        remedy: "give a PNG or JPEG file")
    }
  }

  /// The picture as the bytes of a PNG file; the same picture always gives the same bytes.
  ///
  /// - Throws: `badData` for a picture of no pixels, `noMemory` where memory runs out.
  package func encodedPNG(path: String = "picture") throws(PictureError) -> [UInt8] {
    try PNGWriter.encode(self, path: path)
  }

  /// Saves the picture as PNG, atomically (see `AtomicFile`).
  ///
  /// - Throws: what `encodedPNG` and `AtomicFile.write` throw; the old file then is untouched.
  @discardableResult
  package func write(to path: String, overwrite: Bool) throws(PictureError) -> SavedFile {
    try write(to: path, replacing: overwrite ? .always : .never)
  }

  /// The same, over a file that may be replaced.
  @discardableResult
  package func write(to path: String, replacing: Replacement) throws(PictureError) -> SavedFile {
    try AtomicFile.write(try encodedPNG(path: path), to: path, replacing: replacing)
  }

  /// The bytes of an ordinary file.
  static func fileBytes(_ path: String, limits: PictureLimits) throws(PictureError) -> [UInt8] {
    try readFile(path, limits: limits).bytes
  }

  /// Reads an ordinary file whole.
  private static func readFile(_ path: String, limits: PictureLimits) throws(PictureError)
    -> (bytes: [UInt8], status: stat)
  {
    // Not blocking, so that a named pipe is refused below and not waited for.
    let descriptor = FileSystem.open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      throw PictureError(
        .missing, path: path,
        problem: code == ENOENT ? "there is no such file" : "cannot be opened (\(reason(code)))",
        remedy: code == EACCES
          ? "allow yourself to read it (chmod u+r)" : "check the name and the folder")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreadable(path, errno) }
    let type = status.st_mode & S_IFMT
    guard type == S_IFREG else {
      throw PictureError(
        .badData, path: path,
        problem: type == S_IFDIR ? "is a folder" : "is not an ordinary file",
        remedy: "give the name of a PNG or JPEG file")
    }
    guard status.st_size <= limits.fileBytes else {
      throw PictureError(
        .badData, path: path,
        problem: "its \(status.st_size) bytes are more than the limit of \(limits.fileBytes)",
        remedy: "give a smaller picture")
    }
    try limits.admit(Int(status.st_size), for: "reading its bytes", path: path)
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        buffer.baseAddress.map { Glibc.read(descriptor, $0 + filled, buffer.count - filled) } ?? 0
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(path, errno) }
      // The file has shrunk since; what is there will be judged by the decoder.
      if count == 0 { break }
      filled += count
    }
    bytes.removeLast(bytes.count - filled)
    return (bytes, status)
  }

  private static func unreadable(_ path: String, _ code: Int32) -> PictureError {
    PictureError(
      .inputOutput, path: path, problem: "could not be read (\(reason(code)))",
      remedy: "check the disk or the connection and try again")
  }
}

/// What the first bytes of a file say that it is.
enum FileSignature: Equatable {
  case png, jpeg, empty, lfsPointer, unknown
  case other(String)

  init(_ bytes: [UInt8]) {
    func starts(_ text: String, at offset: Int = 0) -> Bool {
      bytes.dropFirst(offset).starts(with: text.utf8)
    }
    if bytes.isEmpty {
      self = .empty
    } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
      // The rest of the signature detects damage by text transfers, which libpng reports.
      self = .png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if starts("version https://git-lfs") {
      self = .lfsPointer
    } else if starts("GIF8") {
      self = .other("GIF")
    } else if starts("RIFF") && starts("WEBP", at: 8) {
      self = .other("WebP")
    } else if bytes.starts(with: [0x49, 0x49, 0x2A, 0])
      || bytes.starts(with: [0x4D, 0x4D, 0, 0x2A])
    {
      self = .other("TIFF")
    } else if starts("ftyp", at: 4) {
      self = .other("HEIC, AVIF or video")
    } else if starts("BM") && bytes.count >= 26 {
      self = .other("BMP")
    } else {
      self = .unknown
    }
  }
}
