import Foundation
import Tensors

/// Makes small models that tests may damage: the plain-rgb fixture as an SDEdit model.
struct ModelKit {
  /// Tensors in the order of their names.
  var tensors: [(name: String, shape: [Int], values: [Float])]
  var configuration: String
  var scheduler: String? = #"{"_class_name": "DDIMScheduler", "num_train_timesteps": 100}"#

  init() throws {
    let fixture = Program.fixture("plain-rgb")
    let file = try SafetensorsFile(path: fixture + "/diffusion_pytorch_model.safetensors")
    tensors = try file.names.map { name in
      let tensor = try file.tensor(name)
      return (name, tensor.shape, try tensor.floats())
    }
    configuration = try String(contentsOfFile: fixture + "/config.json", encoding: .utf8)
  }

  /// Writes the model as folder `name`.
  func write(_ folder: ScratchFolder, _ name: String = "model") throws {
    try folder.write("\(name)/unet/config.json", configuration.utf8)
    if let scheduler {
      try folder.write("\(name)/scheduler/scheduler_config.json", scheduler.utf8)
    }
    let file = URL(filePath: folder / "\(name)/\(Self.weights)")
    try Data(Safetensors.encoded(tensors)).write(to: file)
  }

  /// The weights' place in a model's folder.
  static let weights = "unet/diffusion_pytorch_model.safetensors"
}
