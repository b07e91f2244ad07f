import Foundation
import Networks
import Tensors
import Testing

/// Weights that do not make the network: each fault is named by file and tensor.
@Suite struct WeightsErrorTests {
  enum Fault: Sendable {
    case missing
    case shape([Int])
    case value(Float)
    case type(String)
  }

  static let faults: [(String, Fault, String)] = [
    ("conv_in.weight", .missing, "is missing"),
    ("mid_block.attentions.0.to_k.bias", .missing, "is missing"),
    ("up_blocks.1.resnets.1.conv_shortcut.weight", .missing, "is missing"),
    ("time_embedding.linear_2.bias", .missing, "is missing"),
    ("conv_out.bias", .shape([4]), "has shape [4], expected [3]"),
    ("conv_in.weight", .shape([8, 3, 3]), "has shape [8, 3, 3], expected [8, 3, 3, 3]"),
    ("conv_in.weight", .shape([3, 8, 3, 3]), "has shape [3, 8, 3, 3], expected [8, 3, 3, 3]"),
    ("conv_norm_out.weight", .shape([0]), "has shape [0], expected [8]"),
    ("down_blocks.0.resnets.0.norm1.bias", .value(.nan), "holds NaN or infinite values"),
    ("mid_block.resnets.1.conv2.weight", .value(.infinity), "holds NaN or infinite values"),
    ("time_embedding.linear_1.weight", .value(-.infinity), "holds NaN or infinite values"),
    ("conv_in.bias", .type("I32"), "is stored as I32"),
    ("mid_block.attentions.0.group_norm.weight", .type("U32"), "is stored as U32"),
  ]

  static let configuration: UNetConfiguration = {
    var small = UNetConfiguration()
    small.blockOutChannels = [8, 16]
    small.downBlocks = [.plain, .plain]
    small.upBlocks = [.plain, .plain]
    small.layersPerBlock = 1
    small.normNumGroups = 4
    return small
  }()

  private func write(_ name: String, _ fault: Fault?, to path: String) throws {
    let slow = ReferenceUNet(Self.configuration, seed: 5)
    _ = slow(Reference.Planes(channels: 3, height: 2, width: 2), timestep: 0)
    var tensors = slow.tensors
    let at = try #require(tensors.firstIndex { $0.name == name })
    switch fault {
    case .missing: tensors.remove(at: at)
    case .shape(let shape):
      tensors[at] = (name, shape, [Float](repeating: 0, count: shape.reduce(1, *)))
    case .value(let value): tensors[at].values[tensors[at].values.count / 2] = value
    case .type, nil: break
    }
    try Data(Safetensors.encoded(tensors)).write(to: URL(filePath: path))
    if case .type(let type) = fault {
      // A type as wide as F32 leaves every offset where it is.
      var bytes = try Data(contentsOf: URL(filePath: path))
      let found = try #require(bytes.range(of: Data("\"\(name)\":{\"dtype\":\"F32\"".utf8)))
      bytes.replaceSubrange(found.upperBound - 4..<found.upperBound - 1, with: Data(type.utf8))
      try bytes.write(to: URL(filePath: path))
    }
  }

  @Test(arguments: faults)
  func namesFileAndTensor(tensor: String, fault: Fault, problem: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/weights.safetensors"
    try write(tensor, fault, to: path)
    let error = #expect(throws: WeightsError.self) {
      try UNet(Self.configuration, weights: SafetensorsFile(path: path))
    }
    #expect(error?.file == path)
    #expect(error?.tensor == tensor)
    #expect(error.map { $0.problem.hasPrefix(problem) } == true, "\(String(describing: error))")
    #expect(error.map { "\($0)".contains("download the model again") } == true)
  }

  @Test func acceptsTheFileWithoutAFault() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/weights.safetensors"
    try write("conv_in.bias", nil, to: path)
    #expect(throws: Never.self) {
      try UNet(Self.configuration, weights: SafetensorsFile(path: path))
    }
  }
}
