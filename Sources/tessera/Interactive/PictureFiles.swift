package import Editor
package import Raster

/// Why a picture was not written.
package enum PictureFileError: Error, Sendable, Equatable {
  /// The person has to agree first.
  case objection(SaveObjection)
  /// One line: what, where, what to do next.
  case failed(message: String)
}

/// Writes pictures, with whatever the opened file carried besides its pixels.
///
/// Called on a background thread, one call at a time.
package protocol PictureFiles: Sendable {
  /// Saves atomically what was asked for.
  ///
  /// - Parameters:
  ///   - request: says also what the picture is, as not everything should carry the file's metadata.
  ///   - generations: the runs whose results are in it, oldest first.
  /// - Returns: what could not be kept of the file before; nil where all was.
  func write(
    _ picture: RGBA8, as request: SaveRequest, generations: [RunFacts]
  ) throws(PictureFileError) -> String?
}

/// Keeps unsaved work for the case that the program does not end as it should.
package protocol WorkJournal: Sendable {
  /// Adds an entry; returns at once.
  func append(_ entry: JournalEntry)
  /// Waits until everything is written, and removes the journal unless it shall stay.
  func close(keeping isKept: Bool)
}
