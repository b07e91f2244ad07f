import Exemplars
import Foundation
import Materials
import Raster
import Tensors

/// Small pictures for the tests of materials.
enum Scene {
  static let side = 96
  static let workers = WorkerPool(count: 2)
  /// The swatches that ship with the program.
  static let bundled = MaterialLibrary(
    folder: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Assets/materials").path)

  /// A picture of pixels' colours, 0...255.
  static func picture(
    side: Int = side, _ color: (_ x: Int, _ y: Int) -> [Int]
  ) -> RGBBytes {
    let bytes = (0..<side * side).flatMap { pixel in
      color(pixel % side, pixel / side).map { UInt8(min(max($0, 0), 255)) }
    }
    return RGBBytes(width: side, height: side, bytes: bytes)
  }

  /// A square hole in the middle.
  static func hole(side: Int = side, _ span: Range<Int> = 32..<64) -> [Bool] {
    (0..<side * side).map { span.contains($0 % side) && span.contains($0 / side) }
  }

  /// Mean colour of some pixels.
  static func mean(_ picture: RGBBytes, where isCounted: [Bool]) -> [Double] {
    let pixels = isCounted.indices.filter { isCounted[$0] }
    return (0..<3).map { channel in
      pixels.reduce(0) { $0 + Double(picture.bytes[3 * $1 + channel]) } / Double(pixels.count)
    }
  }

  /// Number of colours among some pixels.
  static func colors(_ picture: RGBBytes, where isCounted: [Bool]) -> Int {
    Set(
      isCounted.indices.filter { isCounted[$0] }.map { pixel in
        picture.bytes[3 * pixel..<3 * pixel + 3].map(Int.init)
      }
    ).count
  }
}

/// A folder of swatches of its own for a test, removed with the value that names it.
final class SwatchFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "tessera-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path + "/grass", withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, width: Int, height: Int, _ color: (UInt8, UInt8, UInt8)) throws {
    let bitmap = RGBA8(
      width: width, height: height, filledWith: (color.0, color.1, color.2, 255))
    try Picture(pixels: .eight(bitmap)).write(to: "\(path)/grass/\(name)", overwrite: true)
  }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(filePath: "\(path)/grass/\(name)"))
  }
}
