/// A run whose numbers left what floats can hold: which model, from which layer on, and when.
package struct NotFiniteError: Error, Equatable, CustomStringConvertible {
  /// The model's folder.
  package var model: String
  /// The first layer whose output is not finite; nil where only the whole result is not.
  package var layer: String?
  /// Step of the run, from 1; nil for a single evaluation.
  package var step: Int?
  /// Steps of the run.
  package var steps: Int

  /// Makes an error; a run that does not know its model leaves its name to the caller.
  package init(model: String = "", layer: String?, step: Int? = nil, steps: Int = 1) {
    self.model = model
    self.layer = layer
    self.step = step
    self.steps = steps
  }

  /// When and where numbers stopped being finite, a clause that follows the model's name.
  package var problem: String {
    let when = step.map { "step \($0) of \(steps)" } ?? "one evaluation"
    let place = layer.map { " from layer \($0) on" } ?? ""
    return "\(when) gives numbers that are not finite\(place)"
  }

  /// One line: model, step, layer and what to do next.
  package var description: String {
    "\(model): \(problem); its weights are too large or damaged: take another model, or download "
      + "this one again"
  }
}
