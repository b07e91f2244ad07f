extension Material {
  /// The colour that stands for the material where it has not been made yet: red, green, blue, 0...255.
  package var standIn: (red: UInt8, green: UInt8, blue: UInt8) {
    switch self {
    case .grass: (104, 142, 52)
    case .foliage: (44, 92, 36)
    case .bark: (96, 72, 54)
    case .rock: (128, 124, 120)
    case .sand: (214, 184, 136)
    case .water: (58, 110, 140)
    case .snow: (238, 242, 250)
    case .cloud: (206, 212, 222)
    case .sky: (122, 172, 224)
    case .brick: (158, 74, 52)
    case .wood: (176, 124, 72)
    case .soil: (74, 54, 40)
    }
  }
}
