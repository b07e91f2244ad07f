import Foundation
import Networks
import Tensors

/// A network of Tests/Fixtures with its reference inputs and outputs.
struct NetworkFixture {
  let network: UNet
  let io: SafetensorsFile

  init(_ name: String) throws {
    let folder = Self.folder(name)
    let json = try Data(contentsOf: URL(filePath: "\(folder)/config.json"))
    let configuration = try UNetConfiguration(json: Array(json), file: "config.json")
    let weights = try SafetensorsFile(path: "\(folder)/diffusion_pytorch_model.safetensors")
    network = try UNet(configuration, weights: weights)
    io = try SafetensorsFile(path: "\(folder)/io.safetensors")
  }

  /// Path of a fixture's folder.
  static func folder(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/\(name)").path
  }

  var timestep: Double {
    get throws { Double(try io.tensor("timestep").floats()[0]) }
  }

  func input(_ name: String) throws -> FeatureMap {
    let view = try io.tensor(name)
    let shape = MapShape(height: view.shape[2], width: view.shape[3], channels: view.shape[1])
    return FeatureMap(shape, planes: try view.floats())
  }

  func dense(_ name: String, workers: Int) throws -> [Float] {
    let pass = DensePass(workers: WorkerPool(count: workers))
    return try network(pass, pass.input(try input(name)), timestep: try timestep).map.planes()
  }
}

/// Norm of the difference over the norm of the reference.
func relativeError(_ a: [Float], _ reference: [Float]) -> Double {
  precondition(a.count == reference.count)
  var difference = 0.0
  var norm = 0.0
  for (x, y) in zip(a, reference) {
    difference += Double(x - y) * Double(x - y)
    norm += Double(y) * Double(y)
  }
  return (difference / norm).squareRoot()
}
