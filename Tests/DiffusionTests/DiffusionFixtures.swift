import DiffMask
import Diffusion
import Foundation
import Tensors

/// Reference data under Tests/Fixtures.
enum Fixture {
  /// Path of a fixture file or folder.
  static func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/\(name)").path
  }

  /// Path of a file or folder that ships with the program.
  static func assets(_ name: String) -> String { path("../../Assets/\(name)") }

  static func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: path(name))))
  }
}

extension ModelFolder {
  /// The residual transform of a Paint model, nil for other families.
  var paintTransform: ResidualTransform? {
    if case .paint(let transform) = family { transform } else { nil }
  }
}

extension TileSet {
  /// Positions of the active tiles' pixels, in the order of a slab.
  var pixels: [(x: Int, y: Int)] {
    active.flatMap { tile in
      (0..<16).map { (4 * (Int(tile) % tilesX) + $0 % 4, 4 * (Int(tile) / tilesX) + $0 / 4) }
    }
  }
}

/// Norm of the difference over the norm of the reference.
func relativeError(_ values: some Collection<Float>, _ reference: some Collection<Float>) -> Double
{
  guard values.count == reference.count else { return .infinity }
  var difference = 0.0
  var norm = 0.0
  for (value, expected) in zip(values, reference) {
    difference += (Double(value) - Double(expected)) * (Double(value) - Double(expected))
    norm += Double(expected) * Double(expected)
  }
  return (difference / norm).squareRoot()
}

/// A folder of its own for a test, removed with the value that names it.
final class ScratchFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "tessera-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, making the folders on the way, and returns its path.
  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    let url = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
    return url.path
  }
}
