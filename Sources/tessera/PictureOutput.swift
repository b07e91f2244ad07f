import Files
import Foundation
import Journal
import Raster

/// Where a command writes the picture it makes: a file, or standard output as `-`.
struct PictureOutput {
  /// As it was named.
  let path: String
  /// Whether a file that is there may be replaced.
  let force: Bool
  /// Whether one that cannot be replaced may be written into.
  let inPlace: Bool

  private var isStream: Bool { path == PictureLoading.stream }

  /// Ends a command before its work where the picture could not go there.
  ///
  /// - Parameter takesOutput: whether standard output gets something else as well.
  /// - Throws: `CommandError`.
  func check(takesOutput: Bool) throws {
    guard isStream else {
      try Output.refuseOverwriting(path, force: force)
      return try rehearse()
    }
    if takesOutput {
      throw CommandError(.usage, "--json and -o - both want standard output; write to a file")
    }
    if isatty(STDOUT_FILENO) != 0 {
      throw CommandError(
        .usage, "standard output is a terminal, which cannot show PNG; redirect it or name a file")
    }
  }

  /// Throws what writing would throw for the name, its folder and what is there.
  private func rehearse() throws(PictureError) {
    do throws(PictureError) {
      try AtomicFile.rehearse(path, replacing: force ? .always : .never)
    } catch {
      guard error.kind == .notReplaceable, inPlace else { throw error }
    }
  }

  /// Writes the picture as PNG.
  ///
  /// - Parameter inputs: the pictures read before; where one of their files is to be replaced, it must
  ///   still be what was read.
  func write(_ picture: Picture, after inputs: [InputPicture]) throws {
    if isStream { return Output.bytes(try picture.encodedPNG(path: "standard output")) }
    let saved = try picture.save(to: path, replacing: replacement(inputs), inPlace: inPlace)
    if let loss = saved.lossText { Output.note("tessera: \(path.printable): \(loss)") }
  }

  private func replacement(_ inputs: [InputPicture]) -> Replacement {
    guard force else { return .never }
    let resolved = JournalFolder.resolved(path)
    let status = FileSystem.status(path)
    let input = inputs.first { input in
      input.resolved.map { PathText.areSame($0, resolved) } ?? false
        || status.map { input.stamp?.isSameFile(as: $0) ?? false } ?? false
    }
    return input?.stamp.map { .only($0) } ?? .always
  }
}
