package import Editor
package import Raster

/// Where the engine posts what happens; callable from any thread.
package typealias EngineSink = @Sendable (EngineEvent) -> Void

/// The engine as the loop sees it.
///
/// All calls come from the thread that owns the terminal and return at once: work happens on the
/// generator's own threads, and news comes through the sink.
package protocol Generator: Sendable {
  /// Loads the model, posts `modelReady` or `modelMissing`, then prepares the baselines of `original` in
  /// the background (`preparing`, `prepared`). Called after the picture is on the screen, and again for
  /// every other that takes its place, for which the loaded model serves too.
  func prepare(original: RGBA8, settings: GenerationSettings, post: @escaping EngineSink)
  /// Starts a run; one still going is cancelled first. Ends in exactly one of `finished`, `failed` and
  /// `cancelled` with the request's id. May be called before the model is ready, and then waits.
  func generate(
    _ request: GenerateRequest, original: RGBA8, edited: RGBA8, post: @escaping EngineSink)
  /// Stops the run within 250 ms; caches and pictures stay as they were.
  func cancel()
  /// Result `id`, the newest, became part of the original: bring the caches up to date.
  func accept(id: Int, original: RGBA8, post: @escaping EngineSink)
  /// The results were thrown away; what is kept for accepting them can go.
  func discard()
  /// The original changed inside `area` in another way: an accept was undone or redone, or an older
  /// result accepted.
  func rebase(original: RGBA8, area: Area, post: @escaping EngineSink)
  /// The program ends: stop everything soon.
  func shutDown()
}
