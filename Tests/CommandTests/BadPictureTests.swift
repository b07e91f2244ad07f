import Foundation
import Raster
import Testing

/// Damaged, lying and wrong picture files: one line that names the file, and nothing written.
struct BadPictureTests {
  /// A name, how the file is made from a sound PNG, and a phrase of the message.
  static let cases: [(String, @Sendable ([UInt8]) -> [UInt8], String)] = [
    ("empty", { _ in [] }, "is empty"),
    ("text", { _ in Array("hello".utf8) }, "is not a picture"),
    ("half", { Array($0.prefix($0.count / 2)) }, "not a readable PNG"),
    ("header-only", { Array($0.prefix(33)) }, "not a readable PNG"),
    ("signature-only", { Array($0.prefix(8)) }, "not a readable PNG"),
    ("vast", { claim($0, 0x7FFF_FFFF, 0x7FFF_FFFF) }, "more than the limit of 134217728"),
    ("wide", { claim($0, 1_000_000, 1) }, "not a readable PNG"),
    ("bomb", { claim($0, 16000, 16000) }, "more than the limit of 134217728"),
    ("lying", { claim($0, 4000, 4000) }, "not a readable PNG"),
    ("no-width", { claim($0, 0, 64) }, "not a readable PNG"),
    ("bad-checksum", { $0.enumerated().map { $0 == 29 ? ~$1 : $1 } }, "not a readable PNG"),
    ("gif", { _ in Array("GIF89a..".utf8) }, "is a GIF file"),
    ("webp", { _ in Array("RIFF....WEBP".utf8) }, "is a WebP file"),
    (
      "pointer", { _ in Array("version https://git-lfs.github.com/spec/v1\n".utf8) },
      "Git LFS pointer"
    ),
    ("jpeg", { _ in [0xFF, 0xD8, 0xFF, 0xE0, 0, 16] }, "JPEG"),
  ]

  @Test(arguments: cases)
  func refuses(name: String, damage: @Sendable ([UInt8]) -> [UInt8], phrase: String) throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let bad = "\(name).png"
    try folder.write(bad, damage(try folder.bytes("a.png")))
    let before = folder.contents
    for arguments in [
      ["edit", bad, "b.png", "-o", "c.png"], ["edit", "a.png", bad, "-o", "c.png"],
      ["edit", "a.png", "b.png", "--mask", bad, "-o", "c.png"], ["compare", bad, "a.png"],
      ["compare", "a.png", bad], ["compare", "a.png", "b.png", "--mask", bad], ["info", bad],
      ["info", bad, "--json"],
    ] {
      let run = try Program.run(arguments, in: folder)
      #expect(run.status == 65, "\(arguments): \(run.errors)")
      #expect(run.output.isEmpty)
      #expect(run.errorLines.count == 1)
      #expect(run.errors.hasPrefix("tessera: \(bad): "), "\(run.errors)")
      #expect(run.errors.contains(phrase), "\(run.errors)")
      #expect(folder.contents == before)
    }
  }

  @Test(arguments: [
    ("none.png", 66, "there is no such file"), ("none/a.png", 66, "there is no such file"),
    ("a.png/b", 66, "cannot be opened"), ("folder", 65, "is a folder"),
    ("pipe", 65, "is not an ordinary file"), ("line\nbreak.png", 66, "there is no such file"),
    ("", 66, "there is no such file"),
  ])
  func refusesWhatIsNoFile(name: String, status: Int32, phrase: String) throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    try folder.write("folder/x", [])
    #expect(mkfifo(folder / "pipe", 0o600) == 0)
    for arguments in [
      ["edit", name, "b.png", "-o", "c.png"], ["compare", "a.png", name], ["info", name],
    ] {
      let run = try Program.run(arguments, in: folder)
      #expect(run.status == status, "\(arguments): \(run.errors)")
      #expect(run.errorLines.count == 1, "\(run.errors)")
      #expect(run.errors.hasPrefix("tessera: "))
      #expect(run.errors.contains(phrase), "\(run.errors)")
      #expect(!folder.contents.contains("c.png"))
    }
  }

  /// A PNG with another size in its header, and the checksum that goes with it.
  private static func claim(_ png: [UInt8], _ width: UInt32, _ height: UInt32) -> [UInt8] {
    func bytes(_ value: UInt32) -> [UInt8] {
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
    var result = png
    result.replaceSubrange(16..<24, with: bytes(width) + bytes(height))
    var crc: UInt32 = .max
    for byte in result[12..<29] {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
    }
    result.replaceSubrange(29..<33, with: bytes(~crc))
    return result
  }
}
