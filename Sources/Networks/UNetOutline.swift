package import Tensors

/// A network without its weights: what it would ask a file for, and what it would cost.
package struct UNetOutline: Sendable {
  /// The network, good for counting passes only; any other pass over it traps.
  package let network: UNet
  /// Shape of every tensor the network takes, by name.
  package let expectedTensors: [String: [Int]]

  /// Walks through the building of a network without reading a tensor.
  ///
  /// - Parameter contains: whether a file has a tensor of this name, by which the older spelling of
  ///   attention projections is known; the newer one where no file is at hand.
  /// - Throws: `WeightsError` where the groups of a normalisation do not divide its channels, which
  ///   no configuration read from a file has.
  /// - Complexity: O(number of layers).
  package init(
    _ configuration: UNetConfiguration, contains: @escaping (String) -> Bool = { _ in false }
  ) throws {
    var builder = UNetBuilder(configuration, .outline(contains: contains))
    network = try UNet(&builder)
    expectedTensors = builder.asked
  }
}

extension UNet {
  /// How weights may be stored; all others are no network's.
  package static let weightTypes: Set<StoredType> = [.f32, .f16, .bf16, .f64]

  /// Whether a tensor stored with one shape serves as one of another: extents of 1 do not count.
  ///
  /// So a 1x1 convolution may be stored as a matrix and the other way round.
  package static func serves(_ stored: [Int], as expected: [Int]) -> Bool {
    stored.filter { $0 != 1 } == expected.filter { $0 != 1 }
  }
}
