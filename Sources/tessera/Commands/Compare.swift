import ArgumentParser
import Foundation
import Raster

/// `tessera compare`: how far two pictures are apart.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare two pictures: PSNR, SSIM, largest error, differing bytes.",
    discussion: """
      Pixels are compared, not files: equal pixels in differently written files are equal. Exit \
      status 0 means that no byte of a pixel differs; 1 that some do. With --mask only bytes \
      outside the mask decide, so 0 means that an edit kept to its place. A mask is \
      read as `edit` reads it, and all that is not wholly outside is inside; --grow widens it, by \
      the feather of an edit for instance. In JSON, psnr \
      is null where it is infinite (see psnr_infinite) or where no pixel counts.
      """)

  @Argument(help: "First picture; - is standard input.") var a: String
  @Argument(help: "Second picture, equally large.") var b: String
  @Option(help: "Picture that marks the edit, as in edit.") var mask: String?
  @Option(help: "Pixels by which the mask is widened, 0 to 1024.") var grow = 0
  @OptionGroup var reading: ReadingOptions
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    if !(0...1024).contains(grow) { throw ValidationError("--grow takes 0 to 1024 pixels") }
    if grow > 0, mask == nil { throw ValidationError("--grow widens a mask; name one with --mask") }
  }

  func run() throws {
    let first = try reading.picture(at: a)
    let second = try reading.picture(at: b)
    guard first.width == second.width, first.height == second.height else {
      throw CommandError(
        .badData,
        "\(b): \(second.width)x\(second.height) pixels, but \(a) has "
          + "\(first.width)x\(first.height); compare pictures of one size")
    }
    let region = try mask.map {
      try PictureLoading.mask(
        at: $0, width: first.width, height: first.height, limits: reading.limits
      ).grown(by: grow)
    }
    let report = try CompareReport(first, second, a: a, b: b, mask: region)
    if json { try Output.json(report) } else { Output.text(report.text) }
    if report.decisiveBytes > 0 { throw ExitCode(CommandError.Cause.difference.rawValue) }
  }
}

extension Mask {
  /// The mask with every pixel inside that has one inside within `margin` columns and rows.
  ///
  /// - Complexity: O(width * height), whatever the margin.
  func grown(by margin: Int) -> Mask {
    guard margin > 0 else { return self }
    var result = self
    Self.spread(&result.values, lines: height, length: width, lineStep: width, step: 1, margin)
    Self.spread(&result.values, lines: width, length: height, lineStep: 1, step: width, margin)
    return result
  }

  /// Marks, in each line, what lies within `margin` of something inside.
  private static func spread(
    _ values: inout [UInt8], lines: Int, length: Int, lineStep: Int, step: Int, _ margin: Int
  ) {
    for line in 0..<lines {
      let inside = (0..<length).map { values[line * lineStep + $0 * step] > 0 }
      var before = Int.min / 2
      var after = [Int](repeating: Int.max / 2, count: length + 1)
      for i in (0..<length).reversed() { after[i] = inside[i] ? i : after[i + 1] }
      for i in 0..<length {
        if inside[i] { before = i }
        let isNear = i - before <= margin || after[i] - i <= margin
        values[line * lineStep + i * step] = isNear ? 255 : 0
      }
    }
  }
}

/// What `compare` found.
private struct CompareReport: Encodable {
  /// The figures of one region.
  struct Figures: Encodable {
    var pixels: Int
    var psnr: Nullable<Double>
    var psnrInfinite: Bool
    var ssim: Nullable<Double>
    var maxError: Double
    var differingBytes: Int

    init(_ difference: PictureDifference) {
      pixels = difference.pixels
      psnr = Nullable(finite: difference.psnr)
      psnrInfinite = difference.psnr == .infinity
      ssim = Nullable(finite: difference.ssim)
      maxError = difference.maximumError
      differingBytes = difference.differingBytes
    }

    func line(_ name: String) -> String {
      let noise =
        psnr.value.map { String(format: "%.2f dB", $0) } ?? (psnrInfinite ? "infinite" : "-")
      let similarity = ssim.value.map { String(format: "%.5f", $0) } ?? "-"
      return "\(name)  PSNR \(noise)  SSIM \(similarity)  max error "
        + String(format: "%.4f", maxError) + "  \(differingBytes) bytes differ of \(pixels) pixels"
    }
  }

  var schemaVersion = 1
  var a: String
  var b: String
  var width: Int
  var height: Int
  var equal: Bool
  var whole: Figures
  var inside: Nullable<Figures>
  var outside: Nullable<Figures>
  var bytesChangedOutside: Nullable<Int>

  /// Bytes whose difference the exit status tells.
  var decisiveBytes: Int { bytesChangedOutside.value ?? whole.differingBytes }

  init(_ first: Picture, _ second: Picture, a: String, b: String, mask: Mask?) throws {
    (self.a, self.b) = (a, b)
    (width, height) = (first.width, first.height)
    whole = Figures(try PictureDifference(first, second))
    inside = Nullable(
      try mask.map { Figures(try PictureDifference(first, second, in: .inside($0))) })
    outside = Nullable(
      try mask.map { Figures(try PictureDifference(first, second, in: .outside($0))) })
    equal = whole.differingBytes == 0
    bytesChangedOutside = Nullable(outside.value?.differingBytes)
  }

  var text: String {
    var lines = [whole.line("whole  ")]
    if let inside = inside.value { lines.append(inside.line("inside ")) }
    if let outside = outside.value { lines.append(outside.line("outside")) }
    return lines.joined(separator: "\n")
  }
}
