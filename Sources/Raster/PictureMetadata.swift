/// What a picture file says beside its pixels; carried from file to file unchanged.
package struct PictureMetadata: Sendable, Equatable {
  /// The embedded colour profile.
  package var iccProfile: ICCProfile?
  /// The file gamma in 1/100,000, as PNG's gAMA holds it: 45455 for 1/2.2.
  package var gamma: UInt32?
  /// White point and primaries x, y in 1/100,000: white, red, green, blue; eight numbers.
  package var chromaticities: [UInt32]?
  /// The sRGB rendering intent, 0...3, where the file says that its colours are sRGB.
  package var srgbIntent: UInt8?
  /// How large a pixel is on paper.
  package var physicalSize: PhysicalSize?
  /// Text entries in file order; keys may repeat.
  package var text: [TextEntry] = []
  /// Exif data without the marker that JPEG puts before it; as read they say upright.
  package var exif: [UInt8]?
  /// Chunks that describe colour and are kept as they are: cICP, mDCV, cLLI.
  package var colorChunks: [RawChunk] = []
  /// Other PNG chunks, which say of themselves that they may be copied by who does not know them.
  package var otherChunks: [RawChunk] = []
  /// The format of the file that was read, nil for a picture made here.
  package var source: SourceFormat?

  /// Makes empty metadata.
  package init() {}

  /// The Exif data's UserComment, where programs that write JPEG say how a picture was made.
  package var userComment: String? { exif.flatMap { Exif($0) }?.userComment }

  /// Empties the Exif data's UserComment.
  package mutating func removeUserComment() {
    guard let data = exif, var changed = Exif(data) else { return }
    changed.removeUserComment()
    exif = changed.bytes
  }

  /// A colour profile.
  package struct ICCProfile: Sendable, Equatable {
    /// Latin-1, 1...79 characters.
    package var name: String
    /// The profile as the ICC defines it.
    package var bytes: [UInt8]

    /// Makes a profile.
    package init(name: String, bytes: [UInt8]) {
      self.name = name
      self.bytes = bytes
    }

    /// The colour space of the profile's data, four characters such as `RGB `, `GRAY` or `CMYK`.
    package var colorSpace: String {
      bytes.count >= 20 ? String(decoding: bytes[16..<20], as: UTF8.self) : ""
    }
  }

  /// Pixels per unit along x and y.
  package struct PhysicalSize: Sendable, Equatable {
    /// Pixels per unit across.
    package var x: UInt32
    /// Pixels per unit down.
    package var y: UInt32
    /// Whether the unit is the metre; else only the ratio x : y means something.
    package var perMetre: Bool

    /// Makes a physical size.
    package init(x: UInt32, y: UInt32, perMetre: Bool) {
      self.x = x
      self.y = y
      self.perMetre = perMetre
    }
  }

  /// A keyword and its text.
  package struct TextEntry: Sendable, Equatable {
    /// Latin-1, 1...79 characters; written cut to that.
    package var key: String
    /// Any text; a NUL in it is not written.
    package var value: String

    /// Makes a text entry.
    package init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  /// A chunk kept as raw bytes.
  package struct RawChunk: Sendable, Equatable {
    /// Four ASCII letters.
    package var type: String
    /// The payload.
    package var bytes: [UInt8]

    /// Makes a chunk.
    package init(type: String, bytes: [UInt8]) {
      self.type = type
      self.bytes = bytes
    }
  }

  /// How the pixels were stored in the file.
  package struct SourceFormat: Sendable, Equatable {
    /// The kind of file.
    package enum Container: String, Sendable { case png = "PNG", jpeg = "JPEG" }
    /// The colour model.
    package enum Color: String, Sendable {
      case grey, greyAlpha = "grey+alpha", rgb = "RGB", rgba = "RGBA", palette, cmyk = "CMYK"
    }

    /// The kind of file.
    package var container: Container
    /// The colour model.
    package var color: Color
    /// Bits a sample (or palette index): 1, 2, 4, 8 or 16.
    package var bitDepth: Int
    /// Whether rows come in several passes (PNG Adam7, progressive JPEG).
    package var interlaced: Bool
    /// Whether a PNG marks one colour or palette entries as transparent.
    package var hasTransparencyChunk: Bool
    /// The Exif orientation that was applied, 1...8; 1 is upright.
    package var orientation: Int
    /// What was noticed about the file while it was read.
    package var remarks: [PictureRemark]

    /// Makes a description of a file's format.
    package init(
      container: Container, color: Color, bitDepth: Int, interlaced: Bool = false,
      hasTransparencyChunk: Bool = false, orientation: Int = 1, remarks: [PictureRemark] = []
    ) {
      self.container = container
      self.color = color
      self.bitDepth = bitDepth
      self.interlaced = interlaced
      self.hasTransparencyChunk = hasTransparencyChunk
      self.orientation = orientation
      self.remarks = remarks
    }

    /// Whether the file held no colour.
    package var isGrey: Bool { color == .grey || color == .greyAlpha }
  }
}
