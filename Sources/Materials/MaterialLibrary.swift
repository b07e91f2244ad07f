import Exemplars
import Files
package import Raster
import Synchronization

/// The swatches of all materials in a folder, each read when it is first asked for.
///
/// A material's swatches are the PNG files in the folder of its name, in the order of their names.
package final class MaterialLibrary: Sendable {
  /// Swatches of a material that are read at most.
  package static let most = 10
  /// Pixels that the sides of a swatch may have.
  package static let sides = 32...512

  /// The folder with a folder for each material.
  package let folder: String
  private let known = Mutex<[Material: [Swatch]]>([:])
  private let knownSamples = Mutex<[MaterialSample]?>(nil)

  /// Makes the library of a folder; nothing is read yet.
  package init(folder: String) { self.folder = folder }

  /// The paths of a material's swatches; none where there are none.
  package func files(of material: Material) -> [String] {
    let place = "\(folder)/\(material.name)"
    let names = (FileSystem.names(in: place) ?? []).filter {
      $0.hasSuffix(".png") && !$0.hasPrefix(".")
    }
    return names.sorted().prefix(Self.most).map { "\(place)/\($0)" }
  }

  /// The swatches of a material, at least one.
  ///
  /// - Throws: `missing` where there is none; what reading a picture throws; `badData` for one that is too
  ///   small or too large.
  package func swatches(of material: Material) throws(PictureError) -> [Swatch] {
    if let swatches = known.withLock({ $0[material] }) { return swatches }
    let files = files(of: material)
    guard !files.isEmpty else {
      throw PictureError(
        .missing, path: "\(folder)/\(material.name)",
        problem: "there is no swatch of this material",
        remedy: "install the materials again, or set TESSERA_ASSETS to the folder that has them")
    }
    var swatches: [Swatch] = []
    for file in files { swatches.append(try Self.swatch(file)) }
    let read = swatches
    known.withLock { $0[material] = read }
    return read
  }

  /// What small parts of all swatches look like.
  ///
  /// - Throws: as `swatches(of:)`.
  func samples() throws(PictureError) -> [MaterialSample] {
    if let samples = knownSamples.withLock({ $0 }) { return samples }
    var samples: [MaterialSample] = []
    for material in Material.allCases {
      samples += MaterialSample.samples(of: material, in: try swatches(of: material))
    }
    let found = samples
    knownSamples.withLock { $0 = found }
    return found
  }

  private static func swatch(_ path: String) throws(PictureError) -> Swatch {
    let picture = try Picture.read(path)
    guard sides.contains(picture.width), sides.contains(picture.height) else {
      throw PictureError(
        .badData, path: path,
        problem: "a swatch of \(picture.width)x\(picture.height) pixels",
        remedy: "swatches have sides of \(sides.lowerBound) to \(sides.upperBound) pixels")
    }
    let bitmap = picture.rgba8
    var bytes: [UInt8] = []
    bytes.reserveCapacity(3 * picture.width * picture.height)
    for at in stride(from: 0, to: bitmap.samples.count, by: 4) {
      bytes += bitmap.samples[at..<at + 3]
    }
    let colors = RGBBytes(width: picture.width, height: picture.height, bytes: bytes)
    return Swatch(name: path.lastPathPart, picture: colors)
  }
}

/// The libraries that were asked for, so that swatches are read once in a process.
package final class MaterialLibraries: Sendable {
  /// Those of this process.
  package static let shared = MaterialLibraries()

  private let known = Mutex<[String: MaterialLibrary]>([:])

  /// The library of a folder.
  package func library(in folder: String) -> MaterialLibrary {
    known.withLock { known in
      if let library = known[folder] { return library }
      let library = MaterialLibrary(folder: folder)
      known[folder] = library
      return library
    }
  }
}
