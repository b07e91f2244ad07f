import Foundation
import Raster
import Tensors
import Testing

/// `tessera forward` on the fixtures, against what diffusers computed.
struct ForwardTests {
  private static let fixtures = ["plain-rgb", "attention-heads", "ddpm-style", "paint-7ch"]

  @Test(arguments: fixtures)
  func matchesDiffusers(fixture: String) throws {
    let folder = try ScratchFolder()
    let model = Program.fixture(fixture)
    let run = try Program.run(
      ["forward", model, "--input", model + "/io.safetensors", "-o", "out.safetensors"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.isEmpty && run.errors.isEmpty)
    #expect(folder.contents == ["out.safetensors"])
    let expected = try SafetensorsFile(path: model + "/io.safetensors").tensor("output")
    let output = try SafetensorsFile(path: folder / "out.safetensors").tensor("output")
    #expect(output.shape == expected.shape)
    #expect(relativeError(try output.floats(), try expected.floats()) < 1e-4)
  }

  /// With everything masked, a sparse evaluation differs by the frozen statistics only.
  @Test(arguments: fixtures)
  func comesNearSparsely(fixture: String) throws {
    let folder = try ScratchFolder()
    let model = Program.fixture(fixture)
    let io = try SafetensorsFile(path: model + "/io.safetensors")
    let (edited, timestep) = (try io.tensor("edited"), try io.tensor("timestep"))
    let bytes = Safetensors.encoded([
      ("sample", edited.shape, try edited.floats()),
      ("timestep", timestep.shape, try timestep.floats()),
    ])
    try Data(bytes).write(to: URL(filePath: folder / "edited.safetensors"))
    let run = try Program.run(
      [
        "forward", model, "--input", "edited.safetensors", "--baseline", io.path,
        "--precision", "f32", "-o", "out.safetensors",
      ], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let output = try SafetensorsFile(path: folder / "out.safetensors").tensor("output").floats()
    let dense = try io.tensor("edited_output").floats()
    let baseline = try io.tensor("output").floats()
    let error = relativeError(output, dense)
    #expect(error < 0.5 * relativeError(baseline, dense), "\(error)")
  }

  @Test func writesTheBaselineWhereNothingChanged() throws {
    let folder = try ScratchFolder()
    let model = Program.fixture("plain-rgb")
    let io = model + "/io.safetensors"
    let run = try Program.run(
      ["forward", model, "--input", io, "--baseline", io, "-o", "out.safetensors"], in: folder)
    #expect(run.status == 0)
    let output = try SafetensorsFile(path: folder / "out.safetensors").tensor("output").floats()
    let expected = try SafetensorsFile(path: io).tensor("output").floats()
    #expect(relativeError(output, expected) < 1e-4)
  }

  @Test func takesItsMaskFromAPicture() throws {
    let folder = try ScratchFolder()
    let model = Program.fixture("plain-rgb")
    let io = try SafetensorsFile(path: model + "/io.safetensors")
    let shape = try io.tensor("sample").shape
    var corner = Mask(width: shape[3], height: shape[2])
    corner.values[0] = 255
    try Picture(corner).write(to: folder / "m.png", overwrite: false)
    let run = try Program.run(
      [
        "forward", model, "--input", io.path, "--baseline", io.path, "--mask", "m.png", "-o",
        "out.safetensors",
      ], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    try Picture(Mask(width: 5, height: 5, filledWith: 255)).write(
      to: folder / "m.png", overwrite: true)
    let refused = try Program.run(
      [
        "forward", model, "--input", io.path, "--baseline", io.path, "--mask", "m.png", "-o",
        "no.safetensors",
      ], in: folder)
    #expect(refused.status == 65)
    #expect(refused.errors.hasPrefix("tessera: m.png: the mask has 5x5 pixels"))
    #expect(!folder.contents.contains("no.safetensors"))
  }

  private func relativeError(_ values: [Float], _ reference: [Float]) -> Double {
    guard values.count == reference.count else { return .infinity }
    var (difference, norm) = (0.0, 0.0)
    for (value, expected) in zip(values, reference) {
      difference += Double(value - expected) * Double(value - expected)
      norm += Double(expected) * Double(expected)
    }
    return (difference / norm).squareRoot()
  }
}
