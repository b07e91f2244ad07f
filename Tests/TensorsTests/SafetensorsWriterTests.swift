import Foundation
import Tensors
import Testing

struct SafetensorsWriterTests {
  @Test(arguments: [Safetensors.Precision.f32, .f16])
  func readsBackWhatItWrote(precision: Safetensors.Precision) throws {
    let folder = try ScratchFolder()
    let path = folder.path + "/out.safetensors"
    let values: [Float] = [0, -1.5, 65504, 0x1p-24, 3, 0.25]
    try Safetensors.write(
      [("output", [1, 2, 3], values), ("quote\"\\\u{1}é", [], [7]), ("empty", [0], [])],
      to: path, as: precision)
    let file = try SafetensorsFile(path: path)
    #expect(file.names == ["empty", "output", "quote\"\\\u{1}é"])
    #expect(try file.tensor("output").dtype == (precision == .f32 ? .f32 : .f16))
    #expect(try file.tensor("output").shape == [1, 2, 3])
    #expect(try file.tensor("output").floats() == values)
    #expect(try file.tensor("quote\"\\\u{1}é").floats() == [7])
  }

  @Test func roundsHalvesToNearestEven() throws {
    let folder = try ScratchFolder()
    let path = folder.path + "/half.safetensors"
    try Safetensors.write([("x", [3], [2049, 2051, 1e6])], to: path, as: .f16)
    #expect(try SafetensorsFile(path: path).tensor("x").floats() == [2048, 2052, .infinity])
  }

  @Test func replacesAndLeavesNoTemporaryFile() throws {
    let folder = try ScratchFolder()
    let path = folder.path + "/x.safetensors"
    for value in [1, 2] as [Float] { try Safetensors.write([("x", [1], [value])], to: path) }
    #expect(try SafetensorsFile(path: path).tensor("x").floats() == [2])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.safetensors"])
  }

  @Test func reportsWhatTheSystemSays() throws {
    let folder = try ScratchFolder()
    let error = #expect(throws: SafetensorsError.self) {
      try Safetensors.write([("x", [1], [1])], to: folder.path + "/absent/x.safetensors")
    }
    #expect(error.map { "\($0)".contains("No such file or directory") } == true)
    // A folder in the place of the file: the rename fails, and nothing is left behind.
    try FileManager.default.createDirectory(
      atPath: folder.path + "/taken/inner", withIntermediateDirectories: true)
    #expect(throws: SafetensorsError.self) {
      try Safetensors.write([("x", [1], [1])], to: folder.path + "/taken")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["taken"])
  }
}
