extension Material {
  /// The colour that stands for the material where it has not been made yet: red, green, blue, 0...255.
  package var standInColor: (red: UInt8, green: UInt8, blue: UInt8) {
    switch self {
    case .grass: (104, 148, 58)
    case .foliage: (52, 92, 44)
    case .bark: (96, 72, 52)
    case .rock: (132, 126, 120)
    case .sand: (212, 188, 140)
    case .water: (56, 108, 132)
    case .snow: (240, 244, 248)
    case .cloud: (214, 218, 224)
    case .sky: (124, 174, 224)
    case .brick: (158, 82, 62)
    case .wood: (172, 128, 80)
    case .soil: (86, 62, 42)
    }
  }
}
