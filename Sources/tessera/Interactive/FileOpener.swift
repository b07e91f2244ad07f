import Editor
import Files
import Journal
import Raster
import Tensors

/// Opens files as the command line says.
struct FileOpener: PictureOpener {
  /// Whether pictures are only looked at, and saved under other names.
  var isReadOnly = false
  /// What files may ask for, and whether damaged ones are refused.
  var limits = PictureLimits()
  /// Writes down how results were made; nil where the person wants none of it.
  var stamp: GenerationStamp?

  func open(_ path: String, insteadOf current: OpenedPicture?) throws -> OpenedPicture {
    let resolved = JournalFolder.resolved(path)
    let left = JournalFolder.place.flatMap { KeptCopy.left(of: resolved, in: $0) }
    let known = KnownFiles()
    let limits = limits.boundedByMemory
    let picture: Picture
    if let left {
      picture = try Picture.decode(left.bytes, path: path, limits: limits)
      known.noteRead(path, FileStamp(of: path))
    } else {
      let (read, stamp) = try Picture.readStamped(path, limits: limits)
      picture = read
      known.noteRead(path, stamp)
    }
    try Self.admitPainting(on: picture)
    var opened = self.opened(path, picture, refusal(for: path), known)
    opened.isCutOff = left != nil
    opened.loss = picture.loss
    if isReadOnly {
      opened.notice = picture.warning ?? "read-only: :w NAME.png saves"
      return opened
    }
    let former = current?.held as? PictureJournal
    let journal = try PictureJournal(of: path, picture, insteadOf: former)
    opened.held = journal
    opened.release = { journal.lock?.release() }
    opened.takesOver = journal.lock != nil && journal.lock === former?.lock
    opened.recovery = journal.recovery
    // What was found of the file can be read again with `info`; trouble with the journal cannot.
    opened.notice = left == nil ? journal.notice ?? picture.warning : Self.cutOff
    opened.journal = { journal.writer(posting: $0) }
    return opened
  }

  /// Bytes for every pixel of a picture that is open: the painted copy, what is touched and what the
  /// mask marks, a result's original here and in the engine, what a run was asked for, what is saved.
  private static let bytesPerPixel = 4 + 2 + 8 + 4 + 4
  /// Bytes besides: of the screen, of threads, of what can be undone in a small picture.
  private static let bytesBeside = 64 << 20

  /// Sees that there is memory to paint on a picture that was read.
  private static func admitPainting(on picture: Picture) throws(MemoryError) {
    // Those of 16 bits are shown at 8, and saved as what they were.
    let deep = if case .sixteen = picture.pixels { 4 + 8 } else { 0 }
    let (width, height) = (picture.width, picture.height)
    try SystemMemory.admit(
      bytesBeside + (bytesPerPixel + deep) * width * height,
      "painting on \(width)x\(height) pixels")
  }

  private static let cutOff =
    "a save into the file was cut off: this is what it held; :w writes it back"

  /// The bundled picture with strokes on it, where the program comes with some.
  func openBundled() throws -> OpenedPicture {
    let path = try ModelLoading.bundledPicture()
    let picture = try Picture.read(path, limits: PictureLimits().boundedByMemory)
    try Self.admitPainting(on: picture)
    var opened = opened(
      path, picture,
      SaveRefusal(
        reason: "the bundled picture is not overwritten",
        proposal: Self.edited(path.lastPathPart)), KnownFiles())
    let painted = path.withoutPathEnding + "-painted.png"
    opened.example = (try? Picture.read(painted))?.rgba8
    return opened
  }

  private func opened(
    _ path: String, _ picture: Picture, _ refusal: SaveRefusal?, _ known: KnownFiles
  ) -> OpenedPicture {
    var opened = OpenedPicture(
      picture: picture.rgba8, name: path.lastPathPart.printable,
      files: OpenedFile(
        path: path, picture: picture, refusal: refusal?.reason, stamp: stamp, known: known))
    opened.refusal = refusal
    return opened
  }

  private func refusal(for path: String) -> SaveRefusal? {
    if isReadOnly {
      return SaveRefusal(reason: "opened with --read-only", proposal: Self.edited(path))
    }
    if let name = OutputName.misleading(path) {
      return SaveRefusal(reason: "only PNG is written", proposal: name)
    }
    guard FileSystem.isWritable(path) else {
      // Nor is its folder where one may write, most likely; the present one is proposed.
      return SaveRefusal(
        reason: "the file may not be written",
        proposal: Self.edited(path.lastPathPart))
    }
    return nil
  }

  /// `a/photo-edited.png` for `a/photo.jpg`.
  private static func edited(_ path: String) -> String {
    path.withoutPathEnding + "-edited.png"
  }
}
