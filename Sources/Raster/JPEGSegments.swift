/// What stands around the pixels of a JPEG file, found without decoding them.
///
/// One pass over the bytes. Segments are not copied: what is kept of them is found by its place.
struct JPEGSegments {
  /// The Exif data of the first segment that has any.
  private(set) var exif: Range<Int>?
  /// The parts of a colour profile by their numbers, and how many there should be.
  private(set) var profile: (parts: [Int: Range<Int>], count: Int) = ([:], 0)
  /// Where the picture ends: behind its end marker, or where something else begins that is none of it.
  private(set) var end = 0
  /// Whether there is an end marker.
  private(set) var hasEnd = false
  /// What else the file says, which is not carried on, such as `XMP`.
  private(set) var others: Set<String> = []

  private let file: UnsafeBufferPointer<UInt8>
  private var hasPixels = false

  /// Walks over `file`, which must outlive the value.
  init(_ file: UnsafeBufferPointer<UInt8>) {
    self.file = file
    end = file.count
    // Behind the start marker.
    var at = 2
    while let (start, code) = marker(from: at) {
      switch code {
      case 0x00, 0x01, 0xD0...0xD7:
        // No marker but a byte of the pixels, or one without a length.
        at = start + 2
      case 0xD9:
        (end, hasEnd) = (start + 2, true)
        return
      default:
        guard let segment = segment(at: start, code) else {
          if hasPixels { end = start }
          return
        }
        take(code, segment)
        at = segment.upperBound
      }
    }
  }

  /// The next marker's place, the last of any fill bytes before it, and its code.
  private func marker(from start: Int) -> (start: Int, code: UInt8)? {
    var at = start
    while at + 1 < file.count {
      if file[at] == 0xFF, file[at + 1] != 0xFF { return (at, file[at + 1]) }
      at += 1
    }
    return nil
  }

  /// The payload of a segment; nil where there can be none of this code or length.
  private func segment(at start: Int, _ code: UInt8) -> Range<Int>? {
    // Another start is another picture. Before the pixels all else is libjpeg's to judge.
    let isPossible =
      switch code {
      case 0xD8: false
      case 0xC4, 0xDA...0xDD, 0xE0...0xEF, 0xFE: true
      default: !hasPixels
      }
    guard isPossible, start + 4 <= file.count else { return nil }
    let length = Int(file[start + 2]) << 8 | Int(file[start + 3])
    guard length >= 2, start + 2 + length <= file.count else { return nil }
    return start + 4..<start + 2 + length
  }

  private mutating func take(_ code: UInt8, _ payload: Range<Int>) {
    func starts(_ text: String) -> Bool { file[payload].starts(with: text.utf8) }
    switch code {
    case 0xDA: hasPixels = true
    case 0xE1 where starts("Exif\0\0"): exif = exif ?? payload
    case 0xE1 where starts("http://ns.adobe.com/"): others.insert("XMP")
    case 0xE2 where starts("ICC_PROFILE\0") && payload.count > 14:
      // Part number, number of parts, then the bytes; parts may come in any order.
      profile.count = Int(file[payload.lowerBound + 13])
      profile.parts[Int(file[payload.lowerBound + 12])] = payload.dropFirst(14)
    case 0xE0, 0xE2, 0xEE: break  // How the pixels are meant, and where further pictures lie.
    case 0xEB: others.insert("content credentials")
    case 0xED: others.insert("Photoshop's data")
    case 0xE1...0xEF: others.insert("a program's own data")
    case 0xFE: others.insert("a comment")
    default: break
    }
  }

  /// What is damaged, and what is not kept.
  var remarks: [PictureRemark] {
    var remarks: [PictureRemark] = []
    if !hasEnd { remarks.append(.init(.damage, "the file ends without an end marker")) }
    if let remark = PictureRemark.trailing(file[min(end, file.count)...]) { remarks.append(remark) }
    if !others.isEmpty {
      remarks.append(.init(.note, "not carried on: " + others.sorted().joined(separator: ", ")))
    }
    return remarks
  }
}
