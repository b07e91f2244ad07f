import Raster

/// Several numbers on the bottom line, changed by arrow keys or typed.
package struct Adjustment: Sendable, Equatable {
  /// What the numbers belong to.
  enum Subject: Sendable, Equatable {
    /// The colour to paint with, as it is while it is changed and as it was. A grey keeps its hue.
    case color(HSV, former: Color)
    /// What the next run is asked for, as it was, and whether the model may still propose.
    case settings(former: GenerationSettings, choseSteps: Bool, choseStrength: Bool)
  }
  var subject: Subject
  /// Which number the arrows change.
  var field = 0
  /// Digits typed for it; empty while arrows change it.
  var typed = ""
}

/// What a key does to an adjustment; what is said of keys comes from here too.
enum AdjustmentKey {
  enum Deed: Equatable {
    /// To the field before or after.
    case choose(Int)
    /// By so many steps.
    case change(Double)
    case done, restore
  }

  /// What is said, the most important first, and the keys of which it is said.
  static let table: [(words: String, keys: [(keys: [Key], deed: Deed)])] = [
    (
      "Left Right choose",
      [
        ([.left, .backTab, .character("h")], .choose(-1)),
        ([.right, .tab, .character("l")], .choose(1)),
      ]
    ),
    (
      "Up Down change",
      [
        ([.up, .character("k"), .character("+")], .change(1)),
        ([.down, .character("j"), .character("-")], .change(-1)),
      ]
    ),
    ("Enter done", [([.enter, .character("q"), .character("g"), .character("V")], .done)]),
    ("Esc back", [([.escape, .control("c")], .restore)]),
    ("or type a number", []),
    (
      "PgUp PgDn by more",
      [
        ([.pageUp, .controlUp, .character("K")], .change(10)),
        ([.pageDown, .controlDown, .character("J")], .change(-10)),
      ]
    ),
  ]

  static let hints = table.map(\.words)

  static func deed(of key: Key) -> Deed? {
    table.flatMap(\.keys).first { $0.keys.contains(key) }?.deed
  }
}

/// One number of an adjustment.
struct AdjustmentField {
  var name: String
  var value: String
  /// As it is said: `0...64`.
  var range: String
  /// The largest value.
  var most: Double
  /// The value after so many steps up.
  var stepped: (Double) -> String
  /// Takes a value as it is written; false where it is none or out of range.
  var set: (inout EditorState, inout Adjustment, String) -> Bool
}

extension EditorState {
  mutating func adjustColor() {
    liftPen()
    prompt = .adjust(Adjustment(subject: .color(HSV(primary), former: primary)))
  }

  mutating func adjustSettings() {
    liftPen()
    prompt = .adjust(
      Adjustment(
        subject: .settings(
          former: settings, choseSteps: chosenSteps, choseStrength: chosenStrength)))
  }

  mutating func adjust(_ adjustment: Adjustment, with key: Key) -> [Effect] {
    var next = adjustment
    let fields = fields(of: adjustment)
    let field = fields[adjustment.field.clamped(to: 0...fields.count - 1)]
    prompt = nil
    switch AdjustmentKey.deed(of: key) {
    case .restore:
      restore(adjustment)
      return []
    case .done:
      finish(adjustment)
      return []
    case .choose(let direction):
      next.field = (next.field + direction + fields.count) % fields.count
      next.typed = ""
    case .change(let steps):
      next.typed = ""
      _ = field.set(&self, &next, field.stepped(steps))
    case nil:
      type(key, into: &next, field)
    }
    prompt = .adjust(next)
    return []
  }

  /// Digits count as soon as they are a value that the field takes.
  private mutating func type(_ key: Key, into next: inout Adjustment, _ field: AdjustmentField) {
    switch key {
    case .character(let letter) where (letter.isASCII && letter.isNumber) || letter == ".":
      // What is larger than the field takes is not typed on; what is smaller may become larger.
      guard let number = Double(next.typed + [letter]) ?? (letter == "." ? 0 : nil),
        number <= field.most, next.typed.count < 20
      else { return }
      next.typed.append(letter)
    case .backspace where !next.typed.isEmpty: next.typed.removeLast()
    default: return
    }
    _ = field.set(&self, &next, next.typed)
  }

  private mutating func restore(_ adjustment: Adjustment) {
    switch adjustment.subject {
    case .color(_, let former):
      // As it was, material included, where no colour was tried.
      if primary != former { primary = former }
    case .settings(let former, let choseSteps, let choseStrength):
      (settings, chosenSteps, chosenStrength) = (former, choseSteps, choseStrength)
    }
    say("as before")
  }

  /// All changes of settings together are one step to undo.
  private mutating func finish(_ adjustment: Adjustment) {
    switch adjustment.subject {
    case .color: say("colour \(primary.hex)")
    case .settings(let former, _, _):
      guard former != settings else { return }
      canvas.record("settings", former: former, group: nil)
      say("settings changed; u takes it back")
    }
  }

  // MARK: Fields

  private func fields(of adjustment: Adjustment) -> [AdjustmentField] {
    switch adjustment.subject {
    case .color(let hsv, _): colorFields(hsv)
    case .settings: settingFields
    }
  }

  private func colorFields(_ hsv: HSV) -> [AdjustmentField] {
    let values = [
      ("hue", hsv.hue, 360.0), ("saturation", hsv.saturation, 100), ("value", hsv.value, 100),
    ]
    return values.enumerated().map { index, field in
      AdjustmentField(
        name: field.0, value: Numbers.fixed(field.1, 0), range: "0...\(Numbers.plain(field.2))",
        most: field.2,
        stepped: { steps in
          var next = hsv
          next.change(index, by: steps)
          return Numbers.fixed([next.hue, next.saturation, next.value][index], 0)
        },
        set: { state, adjustment, text in
          guard case .color(let now, let former) = adjustment.subject, let number = Double(text)
          else { return false }
          var parts = [now.hue, now.saturation, now.value]
          parts[index] = number
          guard let next = HSV(hue: parts[0], saturation: parts[1], value: parts[2]) else {
            return false
          }
          state.primary = next.color
          adjustment.subject = .color(next, former: former)
          return true
        })
    }
  }

  private var settingFields: [AdjustmentField] {
    func whole(
      _ name: String, _ range: ClosedRange<Int>,
      _ place: WritableKeyPath<GenerationSettings, Int>
    ) -> AdjustmentField {
      let now = settings[keyPath: place]
      return AdjustmentField(
        name: name, value: "\(now)", range: "\(range.lowerBound)...\(range.upperBound)",
        most: Double(range.upperBound),
        stepped: { "\((now + Int(saturating: $0)).clamped(to: range))" },
        set: { state, _, text in
          guard let number = Int(text), range.contains(number) else { return false }
          state.settings[keyPath: place] = number
          if place == \.steps { state.chosenSteps = true }
          return true
        })
    }
    let (strength, seed) = (settings.strength, settings.seed)
    return [
      AdjustmentField(
        name: "strength", value: Numbers.plain(strength), range: "0.05...1", most: 1,
        stepped: { steps in
          let change = steps * (abs(steps) > 1 ? 0.02 : 0.05)
          return Numbers.plain(max(0.05, min(1, strength + change)))
        },
        set: { state, _, text in
          guard let number = Double(text), (0.05...1).contains(number) else { return false }
          state.settings.strength = Numbers.rounded(number)
          state.chosenStrength = true
          return true
        }),
      whole("steps", 1...1000, \.steps), whole("feather", 0...64, \.feather),
      whole("grow", 0...64, \.grow),
      AdjustmentField(
        name: "seed", value: "\(seed)", range: "0...\(UInt64.max)",
        most: Double(UInt64.max),
        stepped: { "\(seed &+ UInt64(bitPattern: Int64(saturating: $0)))" },
        set: { state, _, text in
          guard let number = UInt64(text) else { return false }
          state.settings.seed = number
          return true
        }), named("mode", \.mode), named("edges", \.edges),
    ]
  }

  /// A setting that is one of some names, gone through by the arrows and not typed.
  private func named<Choice: RawRepresentable & CaseIterable & Equatable>(
    _ name: String, _ place: WritableKeyPath<GenerationSettings, Choice>
  ) -> AdjustmentField where Choice.RawValue == String {
    let all = Array(Choice.allCases)
    let now = all.firstIndex(of: settings[keyPath: place]) ?? 0
    return AdjustmentField(
      name: name, value: all[now].rawValue, range: all.map(\.rawValue).joined(separator: " "),
      most: -1,
      stepped: { steps in all[(now + (steps > 0 ? 1 : all.count - 1)) % all.count].rawValue },
      set: { state, _, text in
        guard let choice = Choice(rawValue: text) else { return false }
        state.settings[keyPath: place] = choice
        return true
      })
  }

  // MARK: Wording

  /// The numbers as the bottom line shows them, the one that is changed in brackets; moved so that
  /// it is seen.
  func line(of adjustment: Adjustment) -> String {
    var parts = fields(of: adjustment).enumerated().map { index, field in
      guard index == adjustment.field else { return "\(field.name) \(field.value)" }
      let typed = adjustment.typed.isEmpty ? field.value : adjustment.typed + "_"
      return "[\(field.name) \(typed)]"
    }
    if case .color(let hsv, _) = adjustment.subject { parts.append(hsv.color.hex) }
    var shown = parts[...]
    func line() -> String { shown.joined(separator: "  ") }
    while line().count > columns - 2, shown.endIndex > adjustment.field + 1 { shown.removeLast() }
    while line().count > columns - 2, shown.startIndex < adjustment.field { shown.removeFirst() }
    let whole = line() + "   " + fields(of: adjustment)[adjustment.field].range
    return whole.count <= columns - 2 ? whole : line()
  }

  /// What keys do, and the range of the number that is changed where its line has no room for that.
  func help(for adjustment: Adjustment) -> [String] {
    let range = fields(of: adjustment)[adjustment.field].range
    guard !line(of: adjustment).hasSuffix(range) else { return AdjustmentKey.hints }
    return AdjustmentKey.hints.prefix(4) + [range] + AdjustmentKey.hints.dropFirst(4)
  }
}
