import CPNG

/// Where the chunks of a PNG file lie: those its pixels need, and those that only say something.
///
/// libpng gets to read the former alone, so that damage anywhere else cannot keep intact pixels from
/// being shown, and what the rest may cost is bounded here. The walk is one pass over the chunks'
/// heads; checksums are taken of what is kept.
struct PNGChunks {
  /// One chunk beside the pixels.
  struct Chunk {
    /// Four ASCII letters.
    var type: String
    /// The payload's place in the file.
    var payload: Range<Int>
  }

  /// What libpng reads: the signature and whole chunks, up to the last of the pixels.
  private(set) var essential: [Range<Int>] = []
  /// Whether there are any pixels.
  private(set) var hasPixels = false
  /// Intact chunks that are kept or tell something, in file order.
  private(set) var beside: [Chunk] = []
  /// What is damaged, and what is not kept.
  private(set) var remarks: [PictureRemark] = []

  private let file: UnsafeBufferPointer<UInt8>
  private var left: Int
  private var arePixelsOver = false
  private var hasProfile = false
  private var damaged = Tally()
  private var dropped = Tally()
  private var housekeeping = Tally()
  private var flooded = 0

  /// Walks over the chunks of `file`, which must outlive the value.
  init(_ file: UnsafeBufferPointer<UInt8>, limits: PictureLimits) {
    self.file = file
    left = limits.chunks
    essential = [0..<min(8, file.count)]
    var at = 8
    var hasEnd = false
    while at <= file.count - 12 {
      let length = number(at: at)
      guard let type = type(at: at + 4), length <= file.count - 12 - at else { break }
      let chunk = at..<at + 12 + length
      at = chunk.upperBound
      if type == "IEND", hasPixels {
        hasEnd = isIntact(chunk)
        break
      }
      take(type, chunk)
    }
    // What is left of a cut file is libpng's to judge where it is the header or pixels. Of any other
    // chunk it would first clear as much memory as the length claims, up to 2 GB.
    let cut = at <= file.count - 8 ? type(at: at + 4) : nil
    if !arePixelsOver, !hasEnd, cut == "IHDR" && at == 8 || cut == "IDAT" {
      addEssential(at..<file.count)
    }
    finish(hasEnd: hasEnd, at: at)
  }

  /// What the chunks that matter for pixels are, whatever else they say.
  private mutating func take(_ type: String, _ chunk: Range<Int>) {
    if hasPixels, type != "IDAT" { arePixelsOver = true }
    switch type {
    case "IDAT" where !arePixelsOver:
      hasPixels = true
      addEssential(chunk)
    case "tRNS" where !hasPixels:
      addEssential(chunk)
    case "iCCP" where !hasPixels:
      guard !hasProfile else { return }
      hasProfile = isIntact(chunk)
      if hasProfile { addEssential(chunk) } else { damaged.add(type) }
    case _ where type.isCriticalChunk:
      // libpng knows which it can do without; after the pixels there is none that it needs.
      if hasPixels { dropped.add(type) } else { addEssential(chunk) }
    default: takeBeside(type, chunk)
    }
  }

  private mutating func takeBeside(_ type: String, _ chunk: Range<Int>) {
    if Self.housekeeping.contains(type) { return housekeeping.add(type) }
    let isKnown = Self.known.contains(type)
    // The fourth letter says whether whoever does not know a chunk may carry it on.
    let isSafeToCopy = type.utf8.last.map { $0 & 0x20 != 0 } ?? false
    guard isKnown || isSafeToCopy else { return dropped.add(type) }
    guard left > 0 else {
      flooded += 1
      return
    }
    left -= 1
    guard isIntact(chunk) else { return damaged.add(type) }
    beside.append(Chunk(type: type, payload: chunk.dropFirst(8).dropLast(4)))
  }

  private mutating func finish(hasEnd: Bool, at end: Int) {
    guard hasPixels else { return }
    if !hasEnd {
      remarks.append(.init(.damage, "the file ends before its end chunk, or is damaged there"))
    } else if let remark = PictureRemark.trailing(file[min(end, file.count)...]) {
      remarks.append(remark)
    }
    if let names = damaged.names {
      remarks.append(.init(.loss, "damaged and not kept: \(names)"))
    }
    if let frames = animationFrames {
      remarks.append(.init(.loss, "it is animated, and of \(frames) only the first image is kept"))
    }
    if let names = dropped.names {
      remarks.append(.init(.loss, "not kept: \(names)"))
    }
    if flooded > 0 {
      remarks.append(.init(.loss, "\(flooded) more chunks than are kept beside the pixels"))
    }
    if let names = housekeeping.names {
      remarks.append(.init(.note, "written anew or left out: \(names)"))
    }
  }

  /// `3 frames` of an APNG; nil where it is none.
  private var animationFrames: String? {
    guard let control = beside.first(where: { $0.type == "acTL" }), control.payload.count >= 4
    else { return nil }
    return "\(number(at: control.payload.lowerBound)) frames"
  }

  private mutating func addEssential(_ range: Range<Int>) {
    if let last = essential.last, last.upperBound == range.lowerBound {
      essential[essential.count - 1] = last.lowerBound..<range.upperBound
    } else if essential.count < Int(CPNG_SPANS) {
      essential.append(range)
    }
  }

  /// The payload of a chunk.
  func bytes(of chunk: Chunk) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: file[chunk.payload])
  }

  private func number(at offset: Int) -> Int {
    file[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  /// The type, nil where it is not four letters, which only damage brings about.
  private func type(at offset: Int) -> String? {
    let letters = file[offset..<offset + 4]
    guard letters.allSatisfy({ (0x41...0x5A).contains($0 & 0xDF) }) else { return nil }
    return String(decoding: letters, as: UTF8.self)
  }

  private func isIntact(_ chunk: Range<Int>) -> Bool {
    let checked = UnsafeBufferPointer(rebasing: file[chunk.dropFirst(4).dropLast(4)])
    return Int(cpng_crc(checked.baseAddress, checked.count)) == number(at: chunk.upperBound - 4)
  }

  /// What is read into the metadata, and the mark of an animation.
  private static let known: Set = [
    "tEXt", "zTXt", "iTXt", "gAMA", "cHRM", "sRGB", "pHYs", "eXIf", "cICP", "mDCV", "cLLI", "acTL",
  ]

  /// What is about how the old file stored its pixels, or when; nobody misses it in a new one.
  private static let housekeeping: Set = ["tIME", "bKGD", "sBIT", "hIST", "iDOT", "fcTL", "fdAT"]

  /// A few names of chunks, and how many more there were.
  private struct Tally {
    private var types: [String: Int] = [:]
    private var others = 0

    mutating func add(_ type: String) {
      if types[type] != nil || types.count < 8 { types[type, default: 0] += 1 } else { others += 1 }
    }

    /// `caBX, prVW (3) and 5 others`; nil for none.
    var names: String? {
      guard !types.isEmpty else { return nil }
      let listed = types.sorted { $0.key < $1.key }.map { name, count in
        count > 1 ? "\(name) (\(count))" : name
      }
      return "PNG chunks " + listed.joined(separator: ", ")
        + (others > 0 ? " and \(others) others" : "")
    }
  }
}

extension String {
  /// Whether a PNG chunk of this type must be understood by every reader.
  fileprivate var isCriticalChunk: Bool { utf8.first.map { $0 & 0x20 == 0 } ?? false }
}
