import Editor
import Glibc
import Raster

/// What a person does, as events.
enum Session {
  static func fresh(side: Int) -> EditorState {
    var state = EditorState(
      picture: RGBA8(width: side, height: side, filledWith: (90, 120, 150, 255)), name: "a.png")
    state.keepJournal()
    return state
  }

  static func keys(_ keys: String) -> [Event] { keys.map { .key(.character($0)) } }

  /// A dot, a run on it that brings the whole picture in a colour of its own, and its acceptance.
  static func accepted(id: Int, side: Int) -> [Event] {
    let shade = UInt8(truncatingIfNeeded: 7 * id)
    let result = EngineResult(
      id: id, origin: Point(x: 0, y: 0),
      pixels: RGBA8(width: side, height: side, filledWith: (shade, 255, shade, 255)),
      settings: GenerationSettings(), editFraction: 0.02, tilesActive: 41, tilesTotal: 1024,
      macsExecuted: 80, macsDense: 1000, seconds: 0.5)
    return keys(".") + [.key(.enter), .engine(.finished(result))] + keys("a")
  }

  /// The most memory that this process has had, in bytes.
  static var peakMemory: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss << 10
  }
}

/// A generator with a seed, so that what it found can be found again (SplitMix64).
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
