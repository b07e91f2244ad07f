import ArgumentParser
import Diffusion
import Networks
import PatchParallel
import Tensors

extension SchemeName: ExpressibleByArgument {}
extension NormMode: ExpressibleByArgument {}

/// Flags that say how a dense run is split over workers.
struct SchemeOptions: ParsableArguments {
  @Option(
    help: """
      How all tiles are computed: serial and patch (exact), displaced, partial, async, parareal or \
      chords (default: \(SchemeName.standard.rawValue)).
      """)
  var scheme: SchemeName?
  @OptionGroup var parameters: SchemeParameters

  /// The flags with a number of workers.
  func settings(workers: Int) -> SchemeSettings {
    var settings = parameters.settings(workers: workers)
    settings.name = scheme ?? .standard
    return settings
  }
}

/// Flags of single schemes.
struct SchemeParameters: ParsableArguments {
  @Option(help: "displaced, partial, async: first steps that are exact, 1 or more.")
  var warmUp = 1
  @Option(help: "displaced, partial: statistics: corrected, stale, separate, sync or none.")
  var norm = NormMode.corrected
  @Option(help: "partial: part of the neighbours' data that is read, above 0 to 1.")
  var fraction = 0.3
  @Option(help: "async: components of the network (default: one for each worker).")
  var components: Int?
  @Option(help: "async: steps that a round brings, 1 or 2.") var stride = 1
  @Flag(help: "async: time embeddings lag one step behind.") var timeShift = false
  @Option(help: "parareal, chords: change of the result at which they stop, in steps of 8 bits.")
  var tolerance: Double?

  /// The standard scheme's settings with these flags and a number of workers.
  func settings(workers: Int) -> SchemeSettings {
    var settings = SchemeSettings()
    settings.workers = workers
    settings.warmUp = warmUp
    settings.norm = norm
    settings.fraction = fraction
    settings.components = components
    settings.stride = stride
    settings.shiftsTime = timeShift
    settings.tolerance = tolerance
    return settings
  }
}
