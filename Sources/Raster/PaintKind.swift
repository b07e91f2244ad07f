/// A material of the palette, which paint can be told to become.
package enum Material: UInt8, Sendable, Hashable, CaseIterable {
  case grass = 1
  case foliage, bark, rock, sand, water, snow, cloud, sky, brick, wood, soil

  /// The name in commands and files.
  package var name: String { "\(self)" }

  /// The material of a name; nil where there is none.
  package init?(name: String) {
    guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }
}

/// What a painted pixel is to become.
///
/// As a byte it is 0 where nothing is painted, a material's number, or one of the highest three.
package enum PaintKind: Sendable, Hashable, RawRepresentable {
  /// A thing of the colour that was painted.
  case color
  /// What is around, continued; colours say nothing.
  case erasure
  /// Just what was painted, which no model changes.
  case finished
  /// A material, whatever the colour.
  case material(Material)

  package var rawValue: UInt8 {
    switch self {
    case .color: 255
    case .erasure: 254
    case .finished: 253
    case .material(let material): material.rawValue
    }
  }

  package init?(rawValue: UInt8) {
    switch rawValue {
    case 255: self = .color
    case 254: self = .erasure
    case 253: self = .finished
    default:
      guard let material = Material(rawValue: rawValue) else { return nil }
      self = .material(material)
    }
  }
}
