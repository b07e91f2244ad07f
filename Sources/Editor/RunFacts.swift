import Raster

/// The numbers of a finished run, without its pixels.
package struct RunFacts: Sendable, Equatable, Codable {
  /// What it ran with.
  package var settings: GenerationSettings
  /// The rectangle of pixels it brought.
  package var area: Area
  /// Touched pixels over all pixels, 0...1.
  package var editFraction: Double
  /// Tiles computed at the finest level.
  package var tilesActive: Int
  /// Tiles there are at the finest level.
  package var tilesTotal: Int
  /// Multiply-adds executed.
  package var macsExecuted: Int
  /// Multiply-adds of a dense run.
  package var macsDense: Int
  /// Wall time.
  package var seconds: Double

  /// Seconds that `steps` dense steps take at a measured rate; nil where nothing was measured.
  ///
  /// - Parameters:
  ///   - macsPerStep: multiply-adds of one such step.
  ///   - macsPerSecond: multiply-adds a second of dense passes on this machine.
  package static func estimate(
    steps: Int, macsPerStep: Int?, macsPerSecond: Double?
  ) -> Double? {
    guard let macsPerStep, macsPerStep > 0, let macsPerSecond, macsPerSecond > 0 else {
      return nil
    }
    return Double(steps) * Double(macsPerStep) / macsPerSecond
  }

  /// Whether every number is one that a run can have; its area lies right of and below the origin.
  package var isSound: Bool {
    let counts = [tilesActive, tilesTotal, macsExecuted, macsDense, area.minX, area.minY]
    return settings.isSound && counts.allSatisfy { $0 >= 0 } && area.minX <= area.maxX
      && area.minY <= area.maxY && (0...1).contains(editFraction) && seconds >= 0
      && seconds.isFinite
  }

  init(_ result: EngineResult) {
    settings = result.settings
    area = Area(
      x: result.origin.x, y: result.origin.y, width: result.pixels.width,
      height: result.pixels.height)
    editFraction = result.editFraction.isFinite ? min(max(0, result.editFraction), 1) : 0
    tilesActive = result.tilesActive
    tilesTotal = result.tilesTotal
    macsExecuted = result.macsExecuted
    macsDense = result.macsDense
    seconds = result.seconds.isFinite ? max(0, result.seconds) : 0
  }
}
