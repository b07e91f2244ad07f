/// Several numbers on the bottom line, changed by arrow keys.
package struct Adjustment: Sendable, Equatable {
  /// What the numbers belong to.
  enum Subject: Sendable, Equatable {
    /// The colour to paint with, as it is while it is changed and as it was. A grey keeps its hue.
    case color(HSV, former: Color)
    /// What the next run is asked for.
    case settings
  }
  var subject: Subject
  /// Which number the arrows change.
  var field = 0
}

extension EditorState {
  mutating func adjustColor() {
    liftPen()
    prompt = .adjust(Adjustment(subject: .color(HSV(primary), former: primary)))
  }

  mutating func adjustSettings() {
    liftPen()
    prompt = .adjust(Adjustment(subject: .settings))
  }

  mutating func adjust(_ adjustment: Adjustment, with key: Key) -> [Effect] {
    var next = adjustment
    let fields = fields(of: adjustment)
    var direction = 0.0
    switch key {
    case .left, .character("h"), .character("-"): direction = -1
    case .right, .character("l"), .character("+"): direction = 1
    case .pageDown, .character("H"), .controlLeft: direction = -10
    case .pageUp, .character("L"), .controlRight: direction = 10
    case .up, .character("k"), .backTab: next.field = (next.field + fields.count - 1) % fields.count
    case .down, .character("j"), .tab: next.field = (next.field + 1) % fields.count
    case .escape, .control("c"):
      prompt = nil
      if case .color(_, let former) = adjustment.subject { primary = former }
      return []
    case .enter, .character("q"), .character("g"), .character("V"):
      prompt = nil
      return []
    default: return []
    }
    if direction != 0 { change(&next, by: direction) }
    prompt = .adjust(next)
    return []
  }

  private mutating func change(_ adjustment: inout Adjustment, by amount: Double) {
    switch adjustment.subject {
    case .color(var hsv, let former):
      hsv.change(adjustment.field, by: amount)
      primary = hsv.color
      adjustment.subject = .color(hsv, former: former)
    case .settings:
      let whole = Int(amount)
      switch adjustment.field {
      case 0: setStrength(settings.strength + amount.signum * (abs(amount) > 1 ? 0.2 : 0.05))
      case 1: setSteps(settings.steps + whole)
      case 2: setFeather(settings.feather + whole)
      case 3: setGrow(settings.grow + whole)
      default: setSeed(settings.seed &+ UInt64(bitPattern: Int64(whole)))
      }
    }
  }

  private func fields(of adjustment: Adjustment) -> [(name: String, value: String)] {
    switch adjustment.subject {
    case .color(let hsv, _):
      [
        ("hue", Numbers.fixed(hsv.hue, 0)), ("saturation", Numbers.fixed(hsv.saturation, 0)),
        ("value", Numbers.fixed(hsv.value, 0)),
      ]
    case .settings:
      [
        ("strength", Numbers.plain(settings.strength)), ("steps", "\(settings.steps)"),
        ("feather", "\(settings.feather)"), ("grow", "\(settings.grow)"),
        ("seed", "\(settings.seed)"),
      ]
    }
  }

  /// The numbers as the bottom line shows them, the one that the arrows change in brackets.
  func line(of adjustment: Adjustment) -> String {
    let numbers = fields(of: adjustment).enumerated().map { index, field in
      index == adjustment.field
        ? "[\(field.name) \(field.value)]" : " \(field.name) \(field.value) "
    }
    var line = numbers.joined(separator: " ")
    if case .color(let hsv, _) = adjustment.subject { line += "  \(hsv.color.hex)" }
    return line + "   arrows, PgUp PgDn; Enter done"
  }
}

extension Double {
  fileprivate var signum: Double { self < 0 ? -1 : 1 }
}
