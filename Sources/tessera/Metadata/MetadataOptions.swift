import ArgumentParser

/// The flag that keeps texts about results out of files.
struct MetadataOptions: ParsableArguments {
  @Flag(
    inversion: .prefixedNo,
    help: "Write seed, steps and model of the results into the PNG (default: yes).")
  var metadata: Bool?

  /// Whether texts are written; a flag goes before the configuration.
  func isWritten(usually configuration: Configuration) -> Bool {
    metadata ?? configuration.metadata
  }
}
