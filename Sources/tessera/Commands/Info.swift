import ArgumentParser
import Foundation
import Raster

/// `tessera info`: what a picture file holds.
struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a picture file holds: size, colours, profile, texts, how it was made.",
    discussion: """
      It also says what is damaged outside the pixels, and what of the file an edit would not keep. \
      Pictures of \(PictureLimits.inWords) are opened, whatever their sides; of the texts \
      and data beside the pixels at most 8 MB are kept.
      """)

  @Argument(help: "PNG file, or JPEG where supported; - is standard input.") var file: String
  @OptionGroup var reading: ReadingOptions
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    // Its own answer says what was noticed.
    let facts = try PictureLoading.facts(file, limits: reading.limits)
    let report = PictureReport(facts, file: file)
    if json { try Output.json(report) } else { Output.text(report.text) }
  }
}

/// What `info` prints.
private struct PictureReport: Encodable {
  struct Profile: Encodable {
    var name: String
    var colorSpace: String
    var bytes: Int
  }

  struct PhysicalSize: Encodable {
    var x: Int
    var y: Int
    /// `metre`, or `unknown` where only the ratio means something.
    var unit: String
  }

  struct Remark: Encodable {
    /// `damage`, `loss` or `note`.
    var kind: String
    var text: String

    init(_ remark: PictureRemark) {
      (kind, text) = (remark.kind.rawValue, remark.text.printable)
    }
  }

  struct Text: Encodable {
    var key: String
    var value: String
  }

  var schemaVersion = 1
  var file: String
  var container: String
  var width: Int
  var height: Int
  var color: String
  var bitDepth: Int
  var interlaced: Bool
  /// Whether the file can hold transparent pixels.
  var alpha: Bool
  /// Pixels that are not fully opaque.
  var transparentPixels: Int
  var iccProfile: Nullable<Profile>
  var srgbIntent: Nullable<Int>
  var gamma: Nullable<Double>
  var physicalSize: Nullable<PhysicalSize>
  var orientation: Int
  var entries: [Text]
  /// How it was made, where a text tells it.
  var generation: Nullable<GenerationReading>
  /// What is damaged, and what is not kept.
  var warnings: [String]
  /// The same and what else was noticed, each with how much it matters.
  var remarks: [Remark]

  private enum CodingKeys: String, CodingKey {
    case schemaVersion, file, container, width, height, color, bitDepth, interlaced, alpha
    case transparentPixels, iccProfile, srgbIntent, gamma, physicalSize, orientation
    case entries = "text"
    case generation, warnings, remarks
  }

  /// Characters of a text entry that are shown.
  private static let textLimit = 200

  init(_ picture: PictureFacts, file: String) {
    let metadata = picture.metadata
    let source = metadata.source ?? .init(container: .png, color: .rgba, bitDepth: 8)
    self.file = file
    container = source.container.rawValue
    (width, height) = (picture.width, picture.height)
    color = source.color.rawValue
    bitDepth = source.bitDepth
    interlaced = source.interlaced
    alpha = source.hasTransparencyChunk || source.color == .rgba || source.color == .greyAlpha
    transparentPixels = alpha ? picture.transparentPixels : 0
    iccProfile = Nullable(
      metadata.iccProfile.map {
        Profile(
          name: $0.name.printable,
          colorSpace: $0.colorSpace.printable.trimmingCharacters(in: .whitespaces),
          bytes: $0.bytes.count)
      })
    srgbIntent = Nullable(metadata.srgbIntent.map(Int.init))
    gamma = Nullable(metadata.gamma.map { Double($0) / 100_000 })
    physicalSize = Nullable(
      metadata.physicalSize.map {
        PhysicalSize(x: Int($0.x), y: Int($0.y), unit: $0.perMetre ? "metre" : "unknown")
      })
    // It was applied on reading.
    orientation = source.orientation
    entries = metadata.text.map { Text(key: $0.key.printable, value: Self.cut($0.value)) }
    generation = Nullable(GenerationReading(metadata))
    remarks = source.remarks.map(Remark.init)
    warnings = source.remarks.filter { $0.kind != .note }.map(\.text.printable)
  }

  private static func cut(_ text: String) -> String {
    // By scalars: one character may be made of any number of them.
    let scalars = text.unicodeScalars
    let end = scalars.index(scalars.startIndex, offsetBy: textLimit, limitedBy: scalars.endIndex)
    guard let end, end != scalars.endIndex else { return text.printable }
    return String(scalars[..<end]).printable + "…"
  }

  var text: String {
    var lines = [
      "file         \(file.printable)",
      "format       \(container), \(color), \(bitDepth) bit\(interlaced ? ", interlaced" : "")",
      "size         \(width)x\(height)",
      "alpha        \(alpha ? "yes, \(transparentPixels) pixels not opaque" : "no")",
    ]
    if let profile = iccProfile.value {
      lines.append("profile      \(profile.name) (\(profile.colorSpace), \(profile.bytes) bytes)")
    }
    if let intent = srgbIntent.value { lines.append("sRGB         intent \(intent)") }
    if let gamma = gamma.value { lines.append("gamma        \(gamma)") }
    if let size = physicalSize.value {
      let inch = String(
        format: "%.0fx%.0f dots an inch", 0.0254 * Double(size.x), 0.0254 * Double(size.y))
      lines.append("resolution   \(size.unit == "metre" ? inch : "ratio \(size.x):\(size.y)")")
    }
    if orientation != 1 { lines.append("orientation  \(orientation)") }
    lines += generation.value?.lines ?? []
    lines += entries.map { "text         \($0.key): \($0.value)" }
    lines += remarks.map { "\($0.kind == "note" ? "note   " : "warning")      \($0.text)" }
    return lines.joined(separator: "\n")
  }
}
