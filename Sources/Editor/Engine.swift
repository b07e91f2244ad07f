package import Raster

/// How results are made: by a network, from the touched tiles or from all of them, or without one.
package enum GenerationMode: String, Sendable, Hashable, Codable, CaseIterable {
  case sparse
  case dense
  /// The picture's own textures, and no network.
  case texture
}

/// How a dense run is split over workers.
package enum GenerationScheme: String, Sendable, Hashable, Codable, CaseIterable {
  case serial
  case patch
  case displaced
  case partial
  case async
  case parareal
  case chords
}

/// When the editor asks for runs of its own accord.
package enum LiveMode: String, Sendable, Hashable, CaseIterable {
  case off
  /// At the end of every stroke; a run still going is given up for the newer one.
  case stroke
}

/// Whether paint takes on texture that the picture has in like colours, before a model sees it.
package enum PaintTexture: String, Sendable, Codable, CaseIterable { case on, off }

/// What outlines flat paint gets.
package enum PaintEdges: String, Sendable, Codable, CaseIterable {
  /// Ragged, as those of things are.
  case natural
  /// As the brush left them.
  case smooth
}

/// What the person chose for the next run.
package struct GenerationSettings: Sendable, Equatable, Codable {
  /// How it is made.
  package var mode: GenerationMode = .sparse
  /// How dense runs are split over workers; the engine's own way where nil.
  package var scheme: GenerationScheme?
  /// How far the hint may be changed, above 0 to 1.
  package var strength: Double = 1
  /// Sampling steps, 1...1000.
  package var steps: Int = 8
  /// What the noise is a function of.
  package var seed: UInt64 = 1
  /// Width of the blend at the mask's border in pixels, 0...64.
  package var feather: Int = 4
  /// Pixels by which the mask is grown before it is regenerated, 0...64.
  package var grow: Int = 0
  /// Pixels over which paint melts into the picture, 0...64; as many as suit each stroke where nil.
  package var melt: Int?
  /// What paint takes on.
  package var texture: PaintTexture = .on
  /// What outlines it gets.
  package var edges: PaintEdges = .natural

  /// The settings of a first run.
  package init() {}

  /// Whether every number is one that can be chosen; of steps, one that some model may have.
  package var isSound: Bool {
    strength > 0 && strength <= 1 && (1...100_000).contains(steps) && (0...64).contains(feather)
      && (0...64).contains(grow) && melt.map((0...64).contains) != false
  }

  /// Reads settings; what an earlier version did not know is as in a first run.
  ///
  /// - Throws: `DecodingError`, also where a number is out of its range.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func read<Value: Decodable>(_ value: inout Value, _ key: CodingKeys) throws {
      value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    try read(&mode, .mode)
    scheme = try values.decodeIfPresent(GenerationScheme.self, forKey: .scheme)
    try read(&strength, .strength)
    try read(&steps, .steps)
    try read(&seed, .seed)
    try read(&feather, .feather)
    try read(&grow, .grow)
    melt = try values.decodeIfPresent(Int.self, forKey: .melt)
    try read(&texture, .texture)
    try read(&edges, .edges)
    guard isSound else {
      throw DecodingError.dataCorruptedError(
        forKey: .mode, in: values, debugDescription: "a setting is out of its range")
    }
  }

  /// Steps that a run really makes: the part of the schedule that `strength` leaves, at least 1; one
  /// without a network.
  package var stepsRun: Int {
    mode == .texture ? 1 : max(1, Int(saturating: Double(steps) * strength))
  }
}

/// One wish to turn painted places into picture.
package struct GenerateRequest: Sendable, Equatable {
  /// Counts up; the matching `EngineResult` carries the same number.
  package var id: Int
  /// 255 where the picture is to be regenerated, grown as the settings say, not dilated; as large
  /// as the picture.
  package var mask: Mask
  /// Around all that is set in the mask, so that nobody searches a large one.
  package var bounds: Area
  /// What each pixel of the mask is to become, a byte of `PaintKind`; 0 outside. Nil where all are to
  /// become their colours.
  package var kinds: Mask?
  /// How to run.
  package var settings: GenerationSettings
  /// Whether pictures of how far the run is are wanted.
  package var wantsPreview = true

  /// Makes a request; `bounds` is the whole mask where nil.
  package init(
    id: Int, mask: Mask, bounds: Area? = nil, kinds: Mask? = nil, settings: GenerationSettings
  ) {
    self.id = id
    self.mask = mask
    self.kinds = kinds
    self.bounds = bounds ?? Area(x: 0, y: 0, width: mask.width, height: mask.height)
    self.settings = settings
  }
}

/// What a run brought back: pixels of one rectangle, and the numbers it counted.
package struct EngineResult: Sendable, Equatable {
  /// The `id` of the request this answers.
  package var id: Int
  /// Where the top left pixel of `pixels` belongs in the picture.
  package var origin: Point
  /// Blended pixels; everything outside this rectangle is unchanged.
  package var pixels: RGBA8
  /// The settings the run really used (a model may bound steps or strength).
  package var settings: GenerationSettings
  /// Touched pixels over all pixels, 0...1.
  package var editFraction: Double
  /// Tiles computed, and tiles there are, at the finest level.
  package var tilesActive: Int
  /// Tiles there are at the finest level.
  package var tilesTotal: Int
  /// Multiply-adds executed, and what a dense run executes.
  package var macsExecuted: Int
  /// Multiply-adds that a dense run executes.
  package var macsDense: Int
  /// Wall time of the run without `secondsPreparing`.
  package var seconds: Double
  /// Wall time spent on baselines that were not ready when the run began.
  package var secondsPreparing: Double
  /// The tiles that were computed; nil where the engine does not say.
  package var tiles: TileMap?

  /// Makes a result.
  package init(
    id: Int, origin: Point, pixels: RGBA8, settings: GenerationSettings, editFraction: Double,
    tilesActive: Int, tilesTotal: Int, macsExecuted: Int, macsDense: Int, seconds: Double,
    secondsPreparing: Double = 0, tiles: TileMap? = nil
  ) {
    self.id = id
    self.origin = origin
    self.pixels = pixels
    self.settings = settings
    self.editFraction = editFraction
    self.tilesActive = tilesActive
    self.tilesTotal = tilesTotal
    self.macsExecuted = macsExecuted
    self.macsDense = macsDense
    self.seconds = seconds
    self.secondsPreparing = secondsPreparing
    self.tiles = tiles
  }
}

/// What the editor needs to know of a loaded model.
package struct ModelFacts: Sendable, Equatable {
  /// The model's name as shown.
  package var name: String
  /// Side of a tile at the finest level in picture pixels, for the tile overlay.
  package var tileSide: Int
  /// Pixels by which the engine grows the mask before it chooses tiles.
  package var dilation: Int
  /// Steps and strength that suit the model; taken over unless the person chose already.
  package var steps: Int
  /// Strength that suits the model, above 0 to 1.
  package var strength: Double
  /// Multiply-adds of one step over the whole picture; 0 where the engine does not say.
  package var wholeMACs = 0
  /// Whether every run works on the whole picture, rather than on what lies around the edit.
  package var seesWhole = true

  /// Makes the facts of a model.
  package init(name: String, tileSide: Int, dilation: Int, steps: Int, strength: Double) {
    self.name = name
    self.tileSide = tileSide
    self.dilation = dilation
    self.steps = steps
    self.strength = strength
  }
}

/// What the engine tells the editor, posted from any thread.
package enum EngineEvent: Sendable, Equatable {
  case modelReady(ModelFacts)
  /// There is no model, or it does not load; painting and saving still work.
  case modelMissing(String)
  /// The baseline passes of the original, in the background.
  case preparing(stepsDone: Int, stepsTotal: Int)
  case prepared(cacheBytes: Int)
  /// Preparing was given up; the next run goes on with it.
  case preparingStopped
  /// Multiply-adds a second of dense passes on this machine, from one that was just timed.
  case measured(macsPerSecond: Double)
  /// The state of the caches, after every change to them.
  case caches(CacheMap)
  /// How far the run of request `id` is.
  case progress(id: Int, RunProgress)
  /// Run `id` works on this part of the picture.
  case window(id: Int, Area)
  /// What request `id` will look like in the rectangle of `pixels` that begins at `origin`.
  case preview(id: Int, origin: Point, pixels: RGBA8)
  case finished(EngineResult)
  /// The run of request `id` came to nothing; the message says what and what to do next.
  case failed(id: Int, message: String)
  case cancelled(id: Int)
}
