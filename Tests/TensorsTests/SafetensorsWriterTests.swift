import Foundation
import Tensors
import Testing

struct SafetensorsWriterTests {
  @Test(arguments: [Safetensors.Precision.f32, .f16])
  func readsBackWhatItWrote(precision: Safetensors.Precision) throws {
    let folder = try ScratchFolder()
    let path = folder.path + "/out.safetensors"
    let values: [Float] = [0, -1.5, 65504, 0x1p-24, 3, 0.25]
    let bytes = Safetensors.encoded(
      [("output", [1, 2, 3], values), ("quote\"\\\u{1}é", [], [7]), ("empty", [0], [])],
      as: precision)
    try Data(bytes).write(to: URL(filePath: path))
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
    let bytes = Safetensors.encoded([("x", [3], [2049, 2051, 1e6])], as: .f16)
    try Data(bytes).write(to: URL(filePath: path))
    #expect(try SafetensorsFile(path: path).tensor("x").floats() == [2048, 2052, .infinity])
  }
}
