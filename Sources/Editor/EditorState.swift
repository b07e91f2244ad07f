package import Raster

/// Everything the front knows; `handle` is the only way it changes.
///
///     var editor = EditorState(picture: photo, name: "church.png")
///     let effects = editor.handle(.key(.character("b")))
///     terminal.draw(Editor.draw(editor))
package struct EditorState: Sendable {
  /// The pictures and their history.
  package var canvas: Canvas
  /// The file's name as shown.
  package let name: String

  // Painting.
  /// The tool in hand.
  package var tool: Tool = .brush
  var toolBeforePick: Tool = .brush
  /// Size, softness and opacity of each tool.
  package var nibs: [Tool: Nib]
  /// Whether tools paint the mask instead of the picture.
  package var isMasking = false
  var showedMaskBefore = false
  /// Whether rectangles and ellipses are filled rather than outlined.
  package var fillsShapes = true
  /// Where cloning takes from; nil until it is set.
  package var cloneSource: Point?
  /// From a painted pixel to the one it is cloned from; nil until the first stroke from a source.
  var cloneOffset: Point?
  /// Where the last stroke ended.
  var lastPoint: Point?
  /// How far a colour may differ and still be filled, 0...255.
  package var tolerance = 24
  var lastFill: LastFill?
  /// What the left button and the keyboard's pen paint with.
  package var primary: Color { didSet { material = nil } }
  /// What tools that paint colours paint in its place; nil where they paint the colour.
  package var material: Material?
  /// What the right button paints with.
  package var secondary: Color = Color.swatches[0]
  /// The sixteen colours of the tool line.
  package var swatches = Color.swatches
  /// Where the swatches come from.
  package var palette: Palette = .standard
  var gesture: Gesture = .none

  // View.
  /// What part of the picture is seen, and the cursor.
  package var view = Viewport()
  /// Width of the terminal in cells.
  package private(set) var columns: Int
  /// Height of the terminal in cells.
  package private(set) var rows: Int
  /// The picture that the single pane shows; beside an edit, what the right one shows.
  package var shown: Shown = .edit
  /// Whether touched pixels are tinted.
  package var showsMask = false
  /// Whether the tiles are drawn that a run would compute.
  package var showsTiles = false
  /// How many lines help is scrolled down; nil while it is closed.
  package var help: Int?
  var isViewChosen = false
  /// The pixel under the mouse since it moved without a button; nil once keys or strokes move the
  /// cursor.
  var hover: Point?
  /// How the picture is looked at otherwise.
  package var look = Look()
  /// What is known of the terminal.
  package var terminal = TerminalFacts()

  // Generation.
  /// What the next run is asked for.
  package var settings: GenerationSettings
  /// The mode to go back to from the one without a network.
  var networkMode = GenerationMode.sparse
  var chosenSteps = false
  var chosenStrength = false
  /// Whether strokes are regenerated as they end.
  package var live: LiveMode = .off
  var liveRevision = 0
  /// Results with other seeds that are still wanted after the run under way.
  var variantsLeft = 0
  /// Whether there is an engine to ask.
  package var model: ModelState = .loading
  /// How far the baselines of the original are; nil when nothing is under way.
  package var preparation: Preparation?
  /// Multiply-adds a second of dense passes, the best measured so far.
  var macsPerSecond: Double?
  /// Multiply-adds of one dense step of the last run.
  var lastMACsPerStep: Int?
  /// The part of the picture that a run works or worked on where that is not all of it; nil
  /// once its results are gone.
  package var workWindow: Area?
  /// Whether a run shows what it will come to.
  package var showsPreview = true
  /// The state of the caches, as the engine told it last.
  package var caches: CacheMap?
  /// Bytes of prepared baselines, as the engine counted them.
  package var cacheBytes: Int?
  /// The run under way.
  package var run: Run?
  /// Results that are neither accepted nor discarded.
  package var staged: Staged?
  /// The numbers of the last finished run in each mode.
  package var lastRuns: [GenerationMode: RunFacts] = [:]
  var newestRequest = 0
  /// The result whose pixels the engine still has, so that accepting it costs least.
  var engineHolds: Int?
  /// Results that belong to other states of the original.
  var shelf = Shelf()

  // Talking.
  /// What the bottom line asks, if anything.
  package var prompt: Prompt?
  /// What the bottom line says until the next key.
  package var message: Message?
  var commandHistory: [String] = []
  var bindings: [Key: Action] = Binding.lookup(Binding.standard)
  var bindingTable = Binding.standard
  var presets = Customization.standardPresets
  /// What help is about; empty for everything.
  var helpFilter = ""

  // Saving.
  /// The canvas's `pictureRevision` that is on disk.
  package var savedRevision = 0
  /// Why the opened file is not written; nil where it may be.
  package var saveRefusal: SaveRefusal?
  /// What the opened file holds beside its pixels that saving over it would lose; nil for nothing.
  package var overwritingLoses: String?
  /// Where the person goes once a save is done.
  var afterSave: Departure?
  /// Whether the picture is the bundled one with strokes on it, which nobody has to save.
  var isExample = false

  var journaling = Journaling()

  /// Milliseconds of the loop's clock at the last tick.
  package var now = 0

  /// Opens a picture in a terminal of `columns` x `rows` cells, zoomed to fit.
  package init(
    picture: RGBA8, name: String, columns: Int = 80, rows: Int = 24,
    settings: GenerationSettings = GenerationSettings()
  ) {
    canvas = Canvas(picture: picture)
    view.cursor = Point(x: picture.width / 2, y: picture.height / 2)
    primary = Color.standingOut(in: picture, at: view.cursor)
    self.name = name
    self.columns = columns
    self.rows = rows
    self.settings = settings
    // A brush that is a good stroke on a picture of any size.
    let stroke = (min(picture.width, picture.height) / 24).clamped(to: 3...64)
    nibs = Dictionary(uniqueKeysWithValues: Tool.allCases.map { ($0, Nib(size: stroke)) })
    nibs[.pen]?.size = 3
    for tool in [Tool.line, .rectangle, .ellipse] { nibs[tool]?.size = max(2, stroke / 3) }
    zoomToFit()
  }

  mutating func resize(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    if isViewChosen {
      followCursor()
    } else {
      zoomToFit()
    }
  }
}

extension EditorState {
  /// Which picture a pane shows.
  package enum Shown: Sendable, Hashable {
    case edit, result, original
    /// The result in the other mode that the result is compared with.
    case rival
  }

  /// What is known of the model.
  package enum ModelState: Sendable, Equatable {
    case loading
    case ready(ModelFacts)
    case missing(String)
  }

  /// Baseline passes done, of how many.
  package struct Preparation: Sendable, Equatable {
    /// Passes that are done.
    package var done: Int
    /// Passes there are.
    package var total: Int
  }

  /// A run under way.
  package struct Run: Sendable {
    /// What was asked for.
    package var request: GenerateRequest
    /// How far it is.
    package var progress: RunProgress
    /// When it was asked for, in milliseconds of the loop's clock.
    package var began: Int
    var clock = StepClock()
    /// Whether it was called off and has not answered yet.
    package var isCancelling = false
    /// The edited picture it works from.
    var requested: RGBA8
    /// `touched` of then.
    var kinds: Mask
    var revision: Int
    /// What the run will come to, as far as it is.
    package var preview: Preview?
    /// What was shown before the first preview.
    var shownBefore: Shown?
    /// Whether the result is to be compared with the one it is the other mode of.
    var comparesModes = false
    /// Whether it is the last of several with other seeds, which are then shown side by side.
    var endsVariants = false

    /// Milliseconds left after the newest finished step; nil before two steps are finished.
    package var millisecondsLeft: Int? { clock.millisecondsLeft(of: progress.steps) }
  }

  /// Results of one and the same edit, of which one is looked at.
  package struct Staged: Sendable {
    /// One to eight, oldest first.
    package var results: [EngineResult]
    /// Which of them is looked at.
    package var index: Int
    /// The original with the chosen result in it.
    package var picture: RGBA8
    var requested: RGBA8
    /// `touched` of then.
    var kinds: Mask
    /// What was asked for, grown.
    var mask: Mask
    var revision: Int
    var isSaved = false
    /// Around what is finished in `picture`, and of which revision of the canvas that is.
    var finished = (area: Area(x: 0, y: 0, width: 0, height: 0), revision: -1)
    /// The result in the other mode, while the two are compared.
    package var rival: Rival?

    /// The one looked at.
    package var result: EngineResult { results[index] }
  }

  /// The result that another one is compared with.
  package struct Rival: Sendable {
    /// Which of the results it is.
    package var index: Int
    /// The original with it in it.
    package var picture: RGBA8
    /// How near the two are inside their rectangle in dB; infinite where they are equal.
    package var psnr: Double
  }

  /// What keys go to while the bottom line asks.
  package enum Prompt: Sendable, Equatable {
    /// The `:` line.
    case command(CommandLine)
    /// Numbers to change by arrow keys.
    case adjust(Adjustment)
    /// Something would be lost.
    case unsaved(Departure)
    /// Whether the whole picture is to be regenerated.
    case regenerate
    /// Which of the results to show.
    case gallery
    /// Which of the materials to paint, 0 for the colour.
    case materials(Int)
    /// Whether to save in spite of something.
    case overwrite(SaveRequest, SaveObjection)
    /// A name to save under, and why it is asked for.
    case saveAs(CommandLine, reason: String)
    /// Unsaved work of a session before this one was found.
    case recover(Recovery, isDropping: Bool = false)
    /// Another picture is on its way.
    case opening(String)
  }

  /// One line for the person.
  package struct Message: Sendable, Equatable {
    /// The line.
    package var text: String
    /// Whether it tells of something that did not work.
    package var isError = false
    /// When it was said, in milliseconds of the loop's clock.
    var at = 0
  }

  /// What the pointer or the pen is in the middle of.
  enum Gesture: Sendable, Equatable {
    case none
    /// A freehand stroke; `byKeys` while the keyboard's pen is down.
    case stroke(last: Point, byKeys: Bool)
    /// A shape from its first point, not painted yet.
    case shape(from: Point, ink: Ink, byKeys: Bool)
    case pan(column: Int, row: Int)
    /// The wipe's divider follows the pointer.
    case divider
  }

  /// Seconds of the last finished run in each mode.
  package var lastSeconds: [GenerationMode: Double] { lastRuns.mapValues(\.seconds) }

  /// Masked pixels over all pixels, 0...1.
  package var editFraction: Double {
    let total = canvas.width * canvas.height
    return total == 0 ? 0 : Double(canvas.maskCount) / Double(total)
  }

  /// Whether leaving now would lose something.
  package var isUnsaved: Bool {
    canvas.isStroking || hasUnsavedResult
      || canvas.pictureRevision != savedRevision && !(isExample && canvas.pictureRevision == 0)
  }

  /// A result whose strokes have been undone since is none that anybody waits for.
  private var hasUnsavedResult: Bool {
    staged.map { !$0.isSaved && canvas.revision >= $0.revision } ?? false
  }

  /// The picture a pane shows.
  package func picture(_ shown: Shown) -> RGBA8 {
    switch shown {
    case .edit: canvas.edited
    case .original: canvas.original
    case .result: run?.preview?.picture ?? staged?.picture ?? canvas.original
    case .rival: staged?.rival?.picture ?? staged?.picture ?? canvas.original
    }
  }

  /// What `save` writes for a kind of content.
  package func content(_ content: SaveRequest.Content) -> RGBA8 {
    switch content {
    case .picture: staged?.picture ?? canvas.edited
    case .original: canvas.original
    case .edited: canvas.edited
    case .result: staged?.picture ?? canvas.original
    case .mask: canvas.maskPicture
    case .compare:
      .beside(
        [canvas.original, canvas.edited] + (staged.map { [$0.picture] } ?? []))
    }
  }

  /// The runs that made what is in a kind of content, oldest first.
  package func generations(in content: SaveRequest.Content) -> [RunFacts] {
    switch content {
    case .picture, .result: canvas.generations + (staged.map { [RunFacts($0.result)] } ?? [])
    case .original, .edited: canvas.generations
    case .mask, .compare: []
    }
  }

  /// Shows a line for a few seconds, or until the next key.
  package mutating func say(_ text: String) { message = Message(text: text, at: now) }
  mutating func complain(_ text: String) {
    message = Message(text: text, isError: true, at: now)
  }
}

extension RGBA8 {
  /// Pictures of one size in a row.
  static func beside(_ pictures: [RGBA8]) -> RGBA8 {
    guard let first = pictures.first else { return RGBA8(width: 0, height: 0, samples: []) }
    var samples: [UInt8] = []
    samples.reserveCapacity(first.samples.count * pictures.count)
    for y in 0..<first.height {
      for picture in pictures {
        samples += picture.samples[picture.offset(x: 0, y: y)..<picture.offset(x: 0, y: y + 1)]
      }
    }
    return RGBA8(width: first.width * pictures.count, height: first.height, samples: samples)
  }
}

extension Canvas {
  /// The masked pixels as a white on black picture.
  var maskPicture: RGBA8 {
    var samples = [UInt8]()
    samples.reserveCapacity(4 * width * height)
    for value in mask.values {
      samples.append(value)
      samples.append(value)
      samples.append(value)
      samples.append(255)
    }
    return RGBA8(width: width, height: height, samples: samples)
  }
}
