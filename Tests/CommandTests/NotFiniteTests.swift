import Foundation
import Tensors
import Testing

/// Models whose numbers grow until no float holds them, and those that are not models at all.
struct NotFiniteTests {
  /// The fixture's model with all weights times a factor.
  private func folder(times factor: Float) throws -> ScratchFolder {
    let folder = try ScratchFolder()
    var kit = try ModelKit()
    for index in kit.tensors.indices {
      kit.tensors[index].values = kit.tensors[index].values.map { $0 * factor }
    }
    try kit.write(folder)
    try folder.saveScene()
    return folder
  }

  @Test(arguments: ["sparse", "dense"], ["f32", "byte"])
  func anEditFailsInOneLine(mode: String, precision: String) throws {
    let folder = try folder(times: 1e30)
    let before = folder.contents
    let run = try Program.run(
      [
        "edit", "a.png", "b.png", "-o", "c.png", "--model", "model", "--mode", mode,
        "--precision", precision, "--progress", "none",
      ], in: folder)
    #expect(run.status == 65, "\(run.errors)")
    #expect(run.errorLines.count == 1, "\(run.errors)")
    // The model, the step, the layer, and what to do.
    #expect(run.errors.hasPrefix("tessera: model: step 1 of 10 gives numbers"), "\(run.errors)")
    #expect(run.errors.contains("from layer "), "\(run.errors)")
    #expect(folder.contents == before)
  }

  @Test(arguments: ["serial", "patch", "displaced", "async", "parareal", "chords"])
  func everySchemeFailsAlike(scheme: String) throws {
    let folder = try folder(times: 1e30)
    let run = try Program.run(
      [
        "regenerate", "a.png", "-o", "c.png", "--model", "model", "--scheme", scheme, "--steps",
        "4",
        "--workers", "2", "--progress", "none",
      ], in: folder)
    #expect(run.status == 65, "\(run.errors)")
    #expect(run.errorLines.count == 1 && run.errors.contains("not finite"), "\(run.errors)")
  }

  @Test func aForwardPassFailsInOneLine() throws {
    let folder = try folder(times: 1e30)
    let run = try Program.run(
      [
        "forward", "model", "--input", Program.fixture("plain-rgb") + "/io.safetensors", "-o",
        "out",
      ], in: folder)
    #expect(run.status == 65 && run.errorLines.count == 1, "\(run.errors)")
    #expect(run.errors.contains("one evaluation gives numbers that are not finite from layer"))
    #expect(!folder.contents.contains("out"))
  }

  /// A factor, and whether the model is sound.
  @Test(arguments: [(1, true), (1e30, false)] as [(Float, Bool)])
  func aCheckTriesTheModel(factor: Float, isSound: Bool) throws {
    let folder = try folder(times: factor)
    let run = try Program.run(["models", "check", "model", "--json"], in: folder)
    #expect(run.status == (isSound ? 0 : 65), "\(run.errors)")
    #expect(run.json["sound"] as? Bool == isSound)
    let trial = try #require(run.json["trial"] as? [String: Any])
    #expect(trial["finite"] as? Bool == isSound && trial["size"] as? Int == 64)
    #expect((trial["layer"] is NSNull) == isSound && (trial["minimum"] is NSNull) != isSound)
    let text = try Program.run(["models", "check", "model"], in: folder).output
    #expect(text.contains(isSound ? ": finite, " : ": not finite from layer "), "\(text)")
  }

  @Test func aFileWithoutTensorsIsNoModel() throws {
    let folder = try ScratchFolder()
    var kit = try ModelKit()
    kit.tensors = []
    try kit.write(folder)
    let run = try Program.run(["models", "check", "model", "--json"], in: folder)
    #expect(run.status == 65 && run.json["sound"] as? Bool == false)
    #expect(run.json["trial"] is NSNull)
    let faults = run.json["faults"] as? [[String: String]] ?? []
    #expect(faults.map { $0["problem"] } == ["holds no tensor"])
  }

  /// The same bytes called whole numbers.
  @Test func wholeNumbersAreNoWeights() throws {
    let folder = try ScratchFolder()
    try ModelKit().write(folder)
    let bytes = try folder.bytes("model/" + ModelKit.weights)
    let count = Int(bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
    let header = String(decoding: bytes[8..<8 + count], as: UTF8.self)
      .replacingOccurrences(of: "\"F32\"", with: "\"I32\"")
    try folder.write("model/" + ModelKit.weights, bytes[..<8] + header.utf8 + bytes[(8 + count)...])
    let run = try Program.run(["models", "check", "model", "--json"], in: folder)
    #expect(run.status == 65 && run.json["sound"] as? Bool == false)
    let faults = run.json["faults"] as? [[String: String]] ?? []
    #expect(faults.allSatisfy { $0["problem"]?.contains("stored as I32") == true })
    #expect(faults.count == run.json["tensors"] as? Int)
  }

  /// No conversion of a float that can trap is left in the rooms of the program: the compiler names each
  /// of them in what it tells debuggers, unless it knows that the number fits.
  @Test func noConversionCanTrap() throws {
    let trap = "Swift runtime failure: "
    var namesTraps = false
    for (room, objects) in try Self.objects() {
      try #require(!objects.isEmpty, "\(room) has no object files")
      for object in objects {
        let code = try Data(contentsOf: object, options: .alwaysMapped)
        // That other traps are named shows that there are such names at all.
        namesTraps = namesTraps || code.range(of: Data((trap + "arithmetic overflow").utf8)) != nil
        for type in ["Float", "Double"] {
          let name = Data("\(trap)\(type) value cannot be converted to ".utf8)
          #expect(
            code.range(of: name) == nil,
            "\(room), \(object.lastPathComponent): use `init(saturating:)` or `init(exactly:)`")
        }
      }
    }
    #expect(namesTraps)
  }

  /// The compiled files of every room that has Swift.
  private static func objects() throws -> [(room: String, objects: [URL])] {
    let files = FileManager.default
    let built = URL(filePath: Program.path).resolvingSymlinksInPath().deletingLastPathComponent()
    let sources = Program.repository + "/Sources"
    return try files.contentsOfDirectory(atPath: sources).filter { room in
      let names = files.enumerator(atPath: sources + "/" + room)?.compactMap { $0 as? String } ?? []
      return names.contains { $0.hasSuffix(".swift") }
    }.map { room in
      let folder = built.appending(path: "\(room).build")
      let found = try files.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      return (room, found.filter { $0.pathExtension == "o" })
    }
  }
}
