import Glibc
import Raster
import Testing

/// Photos that lie beside the repository on some machines, every 40th of them.
private let photos: [String] = {
  let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  let folder = "/\(root)/../shared/photos"
  guard let handle = opendir(folder) else { return [] }
  defer { closedir(handle) }
  var names: [String] = []
  while let entry = readdir(handle) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name.hasSuffix(".jpg") { names.append("\(folder)/\(name)") }
  }
  return names.sorted().enumerated().filter { $0.offset % 40 == 0 }.map(\.element)
}()

@Suite(.enabled(if: Picture.readsJPEG && !photos.isEmpty, "no photos beside the repository"))
struct PhotoTests {
  @Test(arguments: photos)
  func aRealPhotoSurvivesASave(path: String) throws {
    let photo = try Picture.read(path)
    let saved = try Picture.decode(photo.encodedPNG(), path: "saved.png")
    #expect(saved.pixels == photo.pixels)
    #expect(saved.metadata.iccProfile == photo.metadata.iccProfile)
    #expect(saved.metadata.physicalSize == photo.metadata.physicalSize)
  }
}
