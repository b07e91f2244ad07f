import DiffMask
import Diffusion
import Foundation
import Networks
import Raster
import Tensors

/// Finds and opens models given on the command line.
enum ModelLoading {
  /// The model folder at `path`, or the bundled one.
  static func folder(at path: String?) throws -> ModelFolder {
    try ModelFolder.load(try path ?? bundled())
  }

  /// The bundled model's folder.
  static func bundled() throws -> String { try AssetFolder.find() + "/models/paint-base" }

  /// The bundled picture that opens when no file is named.
  static func bundledPicture() throws -> String {
    try AssetFolder.find() + "/pictures/landscape.png"
  }

  /// The network in a folder that holds at least its configuration and weights.
  static func network(at path: String) throws -> UNet {
    let folder = try NetworkFolder.load(path)
    return try UNet(folder.configuration, weights: try folder.openWeights())
  }
}

/// Opens pictures given on the command line.
enum PictureLoading {
  /// A mask picture of exactly the given size, read as `Picture.mask` says.
  static func mask(at path: String, width: Int, height: Int) throws -> Mask {
    let picture = try Picture.read(path)
    guard picture.width == width, picture.height == height else {
      throw CommandError(
        .badData,
        "\(path.printable): the mask has \(picture.width)x\(picture.height) pixels, the picture "
          + "\(width)x\(height); make them equally large")
    }
    return try picture.mask(path: path)
  }
}
