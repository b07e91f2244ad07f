import Foundation
import Tensors
import Testing

/// A folder of its own for a test, removed with the value that names it.
final class ScratchFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "tessera-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }
}

/// The bytes of a safetensors file with this header text and this many data bytes.
func safetensors(_ header: String, data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
  let declared = length ?? UInt64(header.utf8.count)
  return (0..<8).map { UInt8(truncatingIfNeeded: declared >> (8 * $0)) } + header.utf8 + data
}

struct SafetensorsFileTests {
  @Test func readsEveryFloatType() throws {
    let folder = try ScratchFolder()
    let header = """
      {"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},\
      "b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},\
      "c":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},\
      "d":{"dtype":"I64","shape":[],"data_offsets":[16,24]},\
      "e":{"dtype":"F64","shape":[1],"data_offsets":[24,32]},\
      "f":{"dtype":"I32","shape":[1],"data_offsets":[32,36]},\
      "g":{"dtype":"U8","shape":[1],"data_offsets":[36,37]},\
      "none":{"dtype":"F32","shape":[0,3],"data_offsets":[37,37]},\
      "__metadata__":{"format":"pt"}}
      """
    let data: [UInt8] =
      [0x00, 0x3C, 0x00, 0xC0] + [0x80, 0x3F, 0x40, 0xC0] + [0, 0, 0x80, 0x3E, 0, 0, 0xC8, 0xC2]
      + [0xE7, 3, 0, 0, 0, 0, 0, 0] + [0, 0, 0, 0, 0, 0, 0xF8, 0x3F] + [0xFE, 0xFF, 0xFF, 0xFF, 7]
    let file = try SafetensorsFile(path: folder.file("x", safetensors(header, data: data)))
    #expect(file.names == ["a", "b", "c", "d", "e", "f", "g", "none"])
    #expect(file.metadata == ["format": "pt"])
    #expect(try file.tensor("a").floats() == [1, -2])
    #expect(try file.tensor("b").floats() == [1, -3])
    #expect(try file.tensor("c").floats() == [0.25, -100])
    #expect(try file.tensor("c").shape == [1, 2])
    #expect(try file.tensor("d").floats() == [999])
    #expect(try file.tensor("e").floats() == [1.5])
    #expect(try file.tensor("f").floats() == [-2])
    #expect(try file.tensor("none").floats() == [])
    #expect(throws: SafetensorsError.self) { try file.tensor("g").floats() }
    #expect(throws: SafetensorsError(file: file.path, kind: .noTensor("z"))) {
      try file.tensor("z")
    }
  }

  @Test(arguments: 0..<4)
  func readsUnalignedOffsets(shift: Int) throws {
    let folder = try ScratchFolder()
    let header = """
      {"pad":{"dtype":"U8","shape":[\(shift)],"data_offsets":[0,\(shift)]},\
      "x":{"dtype":"F32","shape":[2],"data_offsets":[\(shift),\(shift + 8)]}}
      """
    let data = [UInt8](repeating: 9, count: shift) + [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]
    let file = try SafetensorsFile(path: folder.file("x", safetensors(header, data: data)))
    let sum = try file.tensor("x").withFloats { $0.reduce(0, +) }
    #expect(sum == 3)
    #expect(try file.tensor("x").floats() == [1, 2])
  }

  static let one = #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#

  /// Header, data bytes, and a phrase that the message must hold.
  static let refusals: [(String, Int, String)] = [
    (one, 3, "is cut off"),
    (one, 5, "1 bytes after the last tensor"),
    (" \(one)", 4, "does not start with {"),
    ("{", 0, "a key is missing"),
    (#"{"x":1}"#, 0, "needs exactly dtype"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"y":1}}"#, 4, "needs exactly dtype"),
    (#"{"x":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}"#, 4, #"unknown dtype "F33""#),
    (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "its shape needs 8"),
    (#"{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "bad shape"),
    (#"{"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, 4, "bad shape"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "bad data_offsets"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4, "bad data_offsets"),
    (
      #"{"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#, 4,
      "shape too large"
    ),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "follows a hole"),
    (
      #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
        + #""y":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#, 6, "overlaps"
    ),
    (
      #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
        + #""x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, "occurs twice"
    ),
    (
      #"{"x":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#, 4,
      "more than 8 axes"
    ),
    (#"{"x":{"dtype":[[[[[[1]]]]]],"shape":[1],"data_offsets":[0,4]}}"#, 4, "nested too deep"),
    (#"{"__metadata__":{"x":1}}"#, 0, "is not a text"),
    (
      #"{"x":{"dtype":"F32","shape":[2305843009213693951],"data_offsets":[0,9223372036854775804]}}"#,
      4, "is cut off"
    ),
  ]

  @Test(arguments: refusals)
  func refusesBrokenHeaders(header: String, dataLength: Int, phrase: String) throws {
    let folder = try ScratchFolder()
    let bytes = safetensors(header, data: [UInt8](repeating: 0, count: dataLength))
    let path = try folder.file("weights.safetensors", bytes)
    let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: path) }
    #expect(error.map { "\($0)".contains(phrase) } == true, "\(String(describing: error))")
    #expect(error.map { "\($0)".hasPrefix("\(path): ") } == true)
  }

  /// Whole files, and a phrase that the message must hold.
  static let foreign: [([UInt8], String)] = [
    ([], "is cut off"),
    ([1, 2, 3], "only 3 bytes"),
    (safetensors("{}", length: 1 << 40), "header of 1099511627776 bytes"),
    (safetensors("{}", length: .max), "header of"),
    (safetensors("{}", length: 100), "is cut off"),
    (safetensors("{\"\u{FFFD}", length: 4) + [], "not a valid safetensors file"),
    ([UInt8](#"version https://git-lfs.github.com/spec/v1"#.utf8), "git lfs pull"),
    ([0x50, 0x4B, 3, 4, 0, 0, 0, 0, 0, 0], "PyTorch (zip) archive"),
    ([0x80, 2, 0x8A, 10, 0, 0, 0, 0, 0, 0], "a pickle"),
    ([UInt8]("<!DOCTYPE html><html>".utf8), "a web page"),
  ]

  @Test(arguments: foreign)
  func namesForeignFiles(bytes: [UInt8], phrase: String) throws {
    let folder = try ScratchFolder()
    let path = try folder.file("weights.safetensors", bytes)
    let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: path) }
    #expect(error.map { "\($0)".contains(phrase) } == true, "\(String(describing: error))")
  }

  @Test func tellsFoldersAndMissingFilesApart() throws {
    let folder = try ScratchFolder()
    #expect(throws: SafetensorsError(file: folder.path, kind: .isFolder)) {
      try SafetensorsFile(path: folder.path)
    }
    let absent = folder.path + "/absent"
    #expect(throws: SafetensorsError(file: absent, kind: .missing)) {
      try SafetensorsFile(path: absent)
    }
  }

  @Test func noticesACutAfterOpening() throws {
    let folder = try ScratchFolder()
    let path = try folder.file("x", safetensors(Self.one, data: [0, 0, 0x80, 0x3F]))
    let tensor = try SafetensorsFile(path: path).tensor("x")
    #expect(try tensor.floats() == [1])
    truncate(path, 10)
    #expect(throws: SafetensorsError(file: path, kind: .changed)) { try tensor.floats() }
  }

  @Test func survivesEveryTruncationAndBitFlipOfAHeader() throws {
    let folder = try ScratchFolder()
    let whole = safetensors(Self.one, data: [0, 0, 0x80, 0x3F])
    for length in 0..<whole.count {
      let path = try folder.file("cut", Array(whole[..<length]))
      #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: path) }
    }
    for index in 0..<(whole.count - 4) {
      for bit in 0..<8 {
        var damaged = whole
        damaged[index] ^= 1 << bit
        let path = try folder.file("flipped", damaged)
        // A flip inside the name still is a valid file; what is read then must be what was stored.
        guard let file = try? SafetensorsFile(path: path) else { continue }
        #expect(file.count == 1)
        let name = try #require(file.names.first)
        #expect(try file.tensor(name).count == 1)
      }
    }
  }
}

extension SafetensorsFileTests {
  static let edge: [(UInt16, Float)] = [
    (0x0000, 0), (0x8000, -0.0), (0x0001, 0x1p-24), (0x8001, -0x1p-24), (0x03FF, 0x1.FF8p-15),
    (0x0400, 0x1p-14), (0x3555, 0x1.554p-2), (0x7BFF, 65504), (0x7C00, .infinity),
    (0xFC00, -.infinity),
  ]

  @Test(arguments: edge)
  func widensHalves(bits: UInt16, value: Float) {
    #expect(Float(halfBits: bits).bitPattern == value.bitPattern)
  }

  @Test func widensEveryHalfLikeTheLanguageDoes() {
    let different = (UInt16.min...UInt16.max).filter { bits in
      let ours = Float(halfBits: bits)
      let language = Float(Float16(bitPattern: bits))
      return language.isNaN ? !ours.isNaN : ours.bitPattern != language.bitPattern
    }
    #expect(different == [])
  }

  @Test(
    arguments: [
      ([0, 1, -65504], true), ([], true),
      ([.greatestFiniteMagnitude, -0.0, .leastNonzeroMagnitude], true),
      ([1, .nan], false), ([.infinity], false), ([0, -.infinity, 0], false),
      ([-.nan, 2, 3], false),
    ] as [([Float], Bool)])
  func findsNaNAndInfinity(values: [Float], isFinite: Bool) throws {
    #expect(values.withUnsafeBufferPointer { Safetensors.allFinite($0) } == isFinite)
    let folder = try ScratchFolder()
    let path = folder.path + "/x.safetensors"
    try Data(Safetensors.encoded([("x", [values.count], values)])).write(to: URL(filePath: path))
    #expect(try SafetensorsFile(path: path).tensor("x").isFinite() == isFinite)
  }
}
