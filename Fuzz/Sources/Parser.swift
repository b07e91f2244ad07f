import Diffusion
import Editor
import Glibc
import Journal
import Networks
import Raster
import SIGE
import Tensors
import Terminal
import tessera

/// Everything that reads bytes which others may have written.
///
/// A finding is a trap, a hang, memory without bound, or one of the properties below not holding.
enum Parser: String, CaseIterable {
  case png, jpeg, safetensors, json, model, journal, config, command, input, texts

  /// Reads an input as the program would.
  func take(_ bytes: [UInt8]) {
    switch self {
    case .png:
      picture(bytes)
      picture(Checksums.mendingPNG(bytes))
    case .jpeg: picture(bytes)
    case .safetensors: safetensors(bytes)
    case .json: _ = try? JSONValue.parse(bytes)
    case .model: model(bytes)
    case .journal:
      journal(bytes)
      journal(Checksums.mendingJournal(bytes))
    case .config: config(bytes)
    case .command: command(bytes)
    case .input: input(bytes)
    case .texts: texts(bytes)
    }
  }

  /// Small pictures come back from a PNG as they went in.
  private func picture(_ bytes: [UInt8]) {
    var limits = PictureLimits()
    limits.pixels = 1 << 16
    limits.decodedBytes = 1 << 20
    let numbers = try? Mask.decodeIndices(bytes, path: "fuzz", limits: limits)
    guard let picture = try? Picture.decode(bytes, path: "fuzz", limits: limits) else { return }
    if let numbers {
      precondition(
        numbers.width == picture.width && numbers.height == picture.height, "another size")
    }
    guard picture.width * picture.height <= 1 << 8 else { return }
    let again = (try? picture.encodedPNG()).flatMap { try? Picture.decode($0, path: "fuzz") }
    precondition(again?.pixels == picture.pixels, "a PNG is not what was written")
  }

  /// A file as programs before wrote it; every small tensor can be read as floats.
  private func safetensors(_ bytes: [UInt8]) {
    guard let file = try? SafetensorsFile(path: Scratch.file(bytes)) else { return }
    for name in file.names {
      guard let view = try? file.tensor(name), view.count <= 1 << 16 else { continue }
      _ = try? view.floats()
    }
  }

  /// Configurations of networks and schedulers, and what would be asked of a file of weights.
  private func model(_ bytes: [UInt8]) {
    _ = try? SchedulerConfiguration(json: bytes, file: "fuzz")
    guard let configuration = try? UNetConfiguration(json: bytes, file: "fuzz"),
      let outline = try? UNetOutline(configuration)
    else { return }
    let side = configuration.sizeMultiple
    guard side <= 256 else { return }
    precondition(outline.network.macs(height: side, width: side) >= 0)
  }

  /// Unsaved work is read and taken up, whole and step by step.
  private func journal(_ bytes: [UInt8]) {
    var state = Self.fresh
    guard
      let found = JournalFolder.read(
        Scratch.file(bytes), width: Self.picture.width, height: Self.picture.height)
    else { return }
    state.keepJournal()
    _ = state.canvas.wouldChange(by: found.work)
    state.offer(Recovery(work: found.work, entries: found.entries, description: "work"))
    for key in [Key.character("y"), .character("u"), .enter, .character("u")] {
      _ = state.handle(.key(key))
    }
    draw(state, bytes)
  }

  private func config(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let configuration = try? Configuration(text: text, file: "fuzz") else { return }
    var state = Self.fresh
    state.customize(configuration.customization)
    draw(state, bytes)
  }

  /// A small picture just opened; every input begins with a copy.
  private static let fresh = EditorState(picture: picture, name: "fuzz", columns: 80, rows: 24)
  private static let picture = RGBA8(width: 40, height: 24, filledWith: (9, 8, 7, 255))

  /// Draws what some inputs lead to; all of them would take most of the time.
  private func draw(_ state: EditorState, _ bytes: [UInt8]) {
    if bytes.count % 16 == 0 { _ = Editor.draw(state) }
  }

  /// Lines typed after `:`, one a line.
  private func command(_ bytes: [UInt8]) {
    var state = Self.fresh
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(40) {
      _ = state.handle(.key(.character(":")))
      for letter in line.prefix(CommandLine.longest) { _ = state.handle(.key(.character(letter))) }
      _ = state.handle(.key(.tab))
      _ = state.handle(.key(.enter))
    }
    draw(state, bytes)
  }

  /// What a terminal sends says the same in one piece and in two.
  private func input(_ bytes: [UInt8]) {
    var whole = InputParser()
    var events = whole.feed(bytes)
    let answers = whole.takeAnswers()
    var parts = InputParser()
    let middle = bytes.first.map { Int($0) * bytes.count / 256 } ?? 0
    let first = parts.feed(bytes[..<middle])
    precondition(first + parts.feed(bytes[middle...]) == events)
    precondition(parts.takeAnswers() == answers)
    events += whole.flush()
    var state = Self.fresh
    for event in events.prefix(200) { _ = state.handle(event) }
    draw(state, bytes)
  }

  /// The first byte chooses the key; nothing of a text reaches a terminal as a control.
  private func texts(_ bytes: [UInt8]) {
    let keys = ["parameters", "tessera", "invokeai_metadata", "Comment"]
    let key = keys[Int(bytes.first ?? 0) % keys.count]
    let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
    var metadata = PictureMetadata()
    metadata.text = [.init(key: key, value: text)]
    metadata.exif = bytes
    _ = metadata.userComment
    _ = GenerationReading(metadata)
    precondition(text.printable.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
  }
}

/// A file for parsers that open files themselves, in memory where the system has such a folder.
enum Scratch {
  private static let path =
    (access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp") + "/tessera-fuzz-\(getpid())"

  /// Writes the one file anew and names it.
  static func file(_ bytes: [UInt8]) -> String {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard file >= 0 else { return path }
    defer { close(file) }
    var written = 0
    bytes.withUnsafeBytes { bytes in
      while written < bytes.count, let start = bytes.baseAddress {
        let count = write(file, start + written, bytes.count - written)
        guard count > 0 else { break }
        written += count
      }
    }
    return path
  }
}
