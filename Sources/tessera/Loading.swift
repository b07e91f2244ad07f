import Foundation
import Networks
import Raster
import Tensors

/// Finds and opens networks given on the command line.
enum NetworkLoading {
  /// The U-Net of a model folder, in either of the two published layouts.
  static func network(at path: String) throws -> UNet {
    let folder = FileManager.default.fileExists(atPath: "\(path)/unet") ? "\(path)/unet" : path
    let json = try Data(contentsOf: URL(filePath: "\(folder)/config.json"))
    let configuration = try UNetConfiguration(json: Array(json), file: "\(folder)/config.json")
    let weights = try SafetensorsFile(path: "\(folder)/diffusion_pytorch_model.safetensors")
    return try UNet(configuration, weights: weights)
  }
}

/// Opens pictures given on the command line.
enum PictureLoading {
  /// A mask picture of exactly the given size; bright pixels are inside.
  static func mask(at path: String, width: Int, height: Int) throws -> Mask {
    throw CommandError(.internal, "masks are not read yet")
  }
}
