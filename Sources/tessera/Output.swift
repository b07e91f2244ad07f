import Diffusion
import Files
import Foundation
import Raster

/// Writes results to standard output, where data goes, and words for people to standard error.
///
/// Nothing that a terminal might obey leaves here, whatever names and texts of files hold.
enum Output {
  /// Prints `value` as one JSON object with sorted keys in snake case.
  static func json(_ value: some Encodable) throws {
    let text = try encode(value, [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
    write(Array((text + "\n").utf8))
  }

  /// Prints `value` as one line of JSON to standard error, for progress that scripts read.
  static func event(_ value: some Encodable) {
    guard let line = try? encode(value, [.sortedKeys]) else { return }
    StandardStream.errors.write(line + "\n")
  }

  private static func encode(
    _ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting
  ) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = formatting
    return escaped(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// JSON with every control in its strings escaped; the encoder escapes those below U+0020 only.
  private static func escaped(_ json: String) -> String {
    guard json.unicodeScalars.contains(where: { $0.isControl && $0 != "\n" }) else { return json }
    return json.unicodeScalars.reduce(into: "") { text, scalar in
      if scalar.isControl, scalar != "\n" {
        text += "\\u" + String(scalar.value + 0x1_0000, radix: 16).suffix(4)
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
  }

  /// Prints lines.
  static func text(_ text: String) { write(Array((text.printableLines + "\n").utf8)) }

  /// Writes bytes as they are.
  static func bytes(_ bytes: [UInt8]) { write(bytes) }

  /// Writes to standard output; where that fails, as on a full disk, the command ends with a line.
  private static func write(_ bytes: [UInt8]) {
    if StandardStream.output.write(bytes) { return }
    CommandError(
      .io, "standard output: could not be written; free some space or write somewhere else"
    ).report()
  }

  /// Ends the command where `path` is there already, unless `force` allows to replace it.
  ///
  /// - Throws: `CommandError`, also for names of files that are not PNG.
  static func refuseOverwriting(_ path: String, force: Bool) throws {
    if let name = OutputName.misleading(path) {
      throw CommandError(
        .usage, "\(path.printable): only PNG is written; name it \(name.printable)")
    }
    if !force, FileSystem.exists(path) {
      throw CommandError(
        .cannotCreate, "\(path.printable): exists already; name another file or add --force")
    }
  }

  /// Prints a line for people to standard error; where that fails nobody is there to know.
  static func note(_ text: String) { StandardStream.errors.write(text.printableLines + "\n") }
}

/// Measures wall time.
enum Stopwatch {
  /// Seconds that `body` takes.
  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    try ContinuousClock().measure(body).seconds
  }

  /// What `body` makes, and the seconds it takes.
  static func timed<Result>(_ body: () throws -> Result) rethrows -> (Result, seconds: Double) {
    let clock = ContinuousClock()
    let start = clock.now
    let made = try body()
    return (made, (clock.now - start).seconds)
  }

  /// Median seconds over `runs` runs, after one that is not counted where `warm`.
  static func median(_ runs: Int, warm: Bool = true, _ body: () throws -> Void) rethrows -> Double {
    if warm { try body() }
    var times: [Double] = []
    for _ in 0..<runs { times.append(try seconds(body)) }
    times.sort()
    let middle = times.count / 2
    return times.count % 2 == 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2
  }
}

/// A small seeded generator for benchmarks and drawings (Steele et al. 2014, SplitMix64).
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A standard normal number (Box and Muller 1958).
  mutating func normal() -> Double {
    let radius = (-2 * log(Double.random(in: 1e-300..<1, using: &self))).squareRoot()
    return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
  }
}
