import Glibc
import Raster
import Testing

@Suite struct PictureFileTests {
  private let folder = TemporaryFolder()

  /// A picture of 40x30 pixels where there is memory for so many bytes.
  @Test(arguments: [(0, false), (4 * 43 * 30, false), (4 * 43 * 30 + 2000, true)])
  func memoryIsAskedForBeforehand(bytes: Int, suffices: Bool) throws {
    let file = Picture(pixels: .eight(randomBitmap(width: 40, height: 30, seed: 1)))
    var limits = PictureLimits()
    let encoded = try file.encodedPNG()
    limits.room = .init(bytes: bytes + encoded.count, remedy: "make room")
    let error = pictureError { () throws(PictureError) in
      _ = try Picture.decode(encoded, path: "a.png", limits: limits)
    }
    #expect((error == nil) == suffices)
    guard let error else { return }
    #expect(error.kind == .noMemory && error.exitCode == 69 && error.remedy == "make room")
    #expect(error.description.contains("reading its 40x30 pixels takes 1 MiB of memory"))
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let says: String
    var testDescription: String { name }
  }

  @Test(arguments: [
    Bad(name: "empty", bytes: [], says: "is empty"),
    Bad(name: "text", bytes: Array("hello".utf8), says: "is not a picture"),
    Bad(
      name: "LFS pointer",
      bytes: Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".utf8),
      says: "git lfs pull"),
    Bad(name: "GIF", bytes: Array("GIF89a....".utf8), says: "is a GIF file"),
    Bad(name: "WebP", bytes: Array("RIFF\0\0\0\0WEBPVP8 ".utf8), says: "is a WebP file"),
    Bad(name: "TIFF", bytes: [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0], says: "is a TIFF file"),
    Bad(
      name: "HEIC", bytes: [0, 0, 0, 24] + Array("ftypheic".utf8),
      says: "is a HEIC, AVIF or video file"),
    Bad(name: "one byte", bytes: [0x89], says: "is not a picture"),
    Bad(name: "a signature", bytes: [0x89, 0x50, 0x4E, 0x47], says: "not a readable PNG"),
    Bad(
      name: "line ends mangled", bytes: [0x89, 0x50, 0x4E, 0x47, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13],
      says: "not a readable PNG"),
  ])
  func badContentIsNamed(_ bad: Bad) {
    let path = folder / "some.png"
    put(bad.bytes, at: path)
    let error = pictureError { () throws(PictureError) in _ = try Picture.read(path) }
    #expect(error?.kind == .badData && error?.exitCode == 65)
    let description = error?.description ?? ""
    #expect(description.hasPrefix(path) && description.contains(bad.says))
    #expect(!description.contains("\n"))
  }

  @Test func whatCannotBeOpened() {
    let read = { (path: String) in
      pictureError { () throws(PictureError) in _ = try Picture.read(path) }
    }
    #expect(read(folder / "none.png")?.kind == .missing)
    #expect(read(folder / "none.png")?.exitCode == 66)
    #expect(read("")?.kind == .missing)
    #expect(read("a\0b.png")?.kind == .missing)
    #expect(read(folder.path)?.kind == .badData)
    #expect(read(folder.path)?.problem == "is a folder")
    #expect(read("/dev/null")?.problem == "is not an ordinary file")
    let pipe = folder / "pipe"
    mkfifo(pipe, 0o600)
    #expect(read(pipe)?.problem == "is not an ordinary file", "and is not waited for")
  }

  @Test func namesCannotDriveTheTerminal() {
    let error = pictureError { () throws(PictureError) in
      _ = try Picture.read("a\u{1B}]0;x\u{7}\n\u{9B}.png")
    }
    let description = error?.description ?? ""
    #expect(description.hasPrefix("a\u{FFFD}]0;x\u{FFFD}\u{FFFD}\u{FFFD}.png: "))
  }

  @Test func filesAreLimited() {
    let path = folder / "a.png"
    put([UInt8](repeating: 0x89, count: 100), at: path)
    var limits = PictureLimits()
    limits.fileBytes = 99
    let error = pictureError { () throws(PictureError) in
      _ = try Picture.read(path, limits: limits)
    }
    #expect(error?.problem == "its 100 bytes are more than the limit of 99")
  }

  @Test func contentDecidesNotTheName() throws {
    let path = folder / "picture.jpg"
    let bitmap: RGBA8 = randomBitmap(width: 9, height: 4, seed: 3)
    try Picture(pixels: .eight(bitmap)).write(to: path, overwrite: false)
    #expect(try Picture.read(path).pixels == .eight(bitmap))
  }
}

@Suite struct PictureTests {
  @Test func depthsConvert() {
    let eight: RGBA8 = randomBitmap(width: 16, height: 16, seed: 8)
    #expect(eight.rgba16.rgba8 == eight)
    let sixteen = RGBA16(width: 1, height: 1, samples: [0, 128, 129, 65535])
    #expect(sixteen.rgba8.samples == [0, 0, 1, 255])
    #expect(Picture(pixels: .eight(eight)).rgba16.samples[5] == UInt16(eight.samples[5]) * 257)
  }

  @Test func aMaskComesBackFromItsPicture() throws {
    let mask = Mask(width: 16, height: 16, values: (0...255).map { UInt8($0) })
    #expect(try Picture(mask).mask(path: "mask") == mask)
  }
}
