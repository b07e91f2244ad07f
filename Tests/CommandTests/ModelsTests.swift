import Foundation
import Tensors
import Testing

/// `tessera models`: the list, and what a check finds.
struct ModelsTests {
  @Test func listsBundledAndOwnModels() throws {
    let folder = try ScratchFolder()
    try ModelKit().write(folder, "data/tessera/models/small")
    try folder.write("data/tessera/models/broken/readme.txt", "".utf8)
    try folder.write("data/tessera/models/stray.txt", "".utf8)
    let run = try Program.run(
      ["models", "list", "--json"], in: folder, environment: ["XDG_DATA_HOME": folder / "data"])
    #expect(run.status == 0)
    let models = try #require(run.json["models"] as? [[String: Any]])
    #expect(models.map { $0["name"] as? String } == ["paint-base", "broken", "small"])
    #expect(models.map { $0["source"] as? String } == ["bundled", "user", "user"])
    #expect(models[0]["family"] as? String == "paint")
    #expect(models[0]["steps"] as? Int == 2)
    #expect(models[1]["family"] is NSNull)
    #expect((models[1]["problem"] as? String)?.contains("neither") == true)
    #expect(models[2]["family"] as? String == "sdedit")
    #expect(models[2]["problem"] is NSNull)
  }

  @Test func looksInTheHomeFolderByDefault() throws {
    let folder = try ScratchFolder()
    try ModelKit().write(folder, ".local/share/tessera/models/mine")
    for other in [[:], ["XDG_DATA_HOME": ""], ["XDG_DATA_HOME": "relative"]] {
      let environment = other.merging(["HOME": folder.path]) { $1 }
      let run = try Program.run(["models", "list"], in: folder, environment: environment)
      #expect(run.status == 0)
      #expect(run.output.contains("mine  (user)  sdedit"), "\(run.output)")
    }
  }

  @Test func findsTheBundledModelSound() throws {
    let run = try Program.run(
      ["models", "check", Program.bundledModel, "--json"], in: ScratchFolder())
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
    let json = run.json
    #expect(json["sound"] as? Bool == true)
    #expect(json["family"] as? String == "paint")
    #expect(json["prediction"] as? String == "v_prediction")
    #expect(json["schedule"] as? String == "squaredcos_cap_v2")
    #expect(json["zero_terminal_snr"] as? Bool == true)
    #expect(json["spacing"] as? String == "trailing")
    #expect((json["noise_pyramid"] as? [Double])?.count == 3)
    #expect(json["in_channels"] as? Int == 7)
    #expect(json["dtypes"] as? [String] == ["F16"])
    #expect(json["unused_tensors"] as? [String] == [])
    let parameters = try #require(json["parameters"] as? Int)
    #expect(json["weight_bytes"] as? Int == 4 * parameters)
    let costs = try #require(json["costs"] as? [[String: Int]])
    #expect(costs.map { $0["size"] } == [256, 512])
    for key in ["macs", "cache_bytes_half", "cache_bytes_full"] {
      let (small, large) = (costs[0][key] ?? 0, costs[1][key] ?? 0)
      // No attention: four times the pixels are four times the work and the memory.
      #expect(small > 0 && large == 4 * small, "\(key)")
    }
    // Eight steps at 512x512 stay below a gibibyte; what bytes leave out is left out of large maps.
    let bytes = costs.map { $0["cache_bytes_byte"] ?? 0 }
    #expect(bytes[0] > 0 && bytes[1] < 4 * bytes[0] && 8 * bytes[1] < 1 << 30)
  }

  @Test func checksANetworkAlone() throws {
    let run = try Program.run(
      ["models", "check", Program.fixture("attention-heads"), "--json"], in: ScratchFolder())
    #expect(run.status == 0)
    #expect(run.json["family"] is NSNull)
    #expect(run.json["sound"] as? Bool == true)
  }

  @Test func reportsEveryFault() throws {
    let folder = try ScratchFolder()
    var kit = try ModelKit()
    kit.scheduler = #"{"prediction_type": "guess"}"#
    kit.tensors.removeAll { $0.name == "conv_in.bias" }
    if let at = kit.tensors.firstIndex(where: { $0.name == "conv_out.weight" }) {
      kit.tensors[at].values[5] = .nan
    }
    if let at = kit.tensors.firstIndex(where: { $0.name == "conv_out.bias" }) {
      kit.tensors[at].values.append(0)
      kit.tensors[at].shape = [kit.tensors[at].values.count]
    }
    kit.tensors.append(("spare", [2], [1, 2]))
    try kit.write(folder)
    let run = try Program.run(["models", "check", "model", "--json"], in: folder)
    #expect(run.status == 65)
    #expect(run.errors.hasPrefix("tessera: model: 4 faults found"))
    #expect(run.errorLines.count == 1)
    #expect(run.json["sound"] as? Bool == false)
    #expect(run.json["unused_tensors"] as? [String] == ["spare"])
    let faults = try #require(run.json["faults"] as? [[String: String]])
    let expected = [
      ("scheduler_config.json", "prediction_type"), (".safetensors", "no tensor \"conv_in.bias\""),
      (".safetensors", "\"conv_out.bias\" has shape [4], not [3]"),
      (".safetensors", "\"conv_out.weight\" holds NaN"),
    ]
    #expect(faults.count == expected.count)
    for (fault, (file, problem)) in zip(faults, expected) {
      #expect(fault["file"]?.hasSuffix(file) == true, "\(fault)")
      #expect(fault["problem"]?.contains(problem) == true, "\(fault)")
      #expect(fault["cure"]?.isEmpty == false)
    }
    let text = try Program.run(["models", "check", "model"], in: folder)
    #expect(text.status == 65)
    #expect(text.output.split(separator: "\n").count { $0.hasPrefix("fault ") } == 4)
  }

  @Test(arguments: ["", "version https://git-lfs.github.com/spec/v1\n", "PK\u{3}\u{4}1234"])
  func reportsWeightsThatAreNone(contents: String) throws {
    let folder = try ScratchFolder()
    try ModelKit().write(folder)
    try folder.write("model/" + ModelKit.weights, contents.utf8)
    let run = try Program.run(["models", "check", "model", "--json"], in: folder)
    #expect(run.status == 65)
    #expect((run.json["faults"] as? [Any])?.count == 1)
    #expect(run.json["family"] as? String == "sdedit")
  }

  /// Values beyond what a half holds: finite as a whole, and not in an edit, which reads them from its
  /// cache.
  @Test func triesWhatAnEditDoes() throws {
    let (folder, fixture) = (try ScratchFolder(), Program.fixture("attention-heads"))
    let file = try SafetensorsFile(path: fixture + "/diffusion_pytorch_model.safetensors")
    try folder.write(
      "net/config.json", try Data(contentsOf: URL(filePath: fixture + "/config.json")))
    for (factor, isSound) in [(Float(1), true), (1e7, false)] {
      let tensors = try file.names.map { name -> (name: String, shape: [Int], values: [Float]) in
        let tensor = try file.tensor(name)
        let isValue = name.hasSuffix("to_v.weight")
        return (name, tensor.shape, try tensor.floats().map { isValue ? $0 * factor : $0 })
      }
      try folder.write(
        "net/diffusion_pytorch_model.safetensors", Safetensors.encoded(tensors))
      let run = try Program.run(["models", "check", "net", "--json"], in: folder)
      #expect(run.status == (isSound ? 0 : 65), "\(run.errors)")
      let trial = try #require(run.json["trial"] as? [String: Any])
      #expect(trial["sparse"] as? Bool == !isSound && trial["finite"] as? Bool == isSound)
      #expect((trial["layer"] as? String)?.contains("attentions") == (isSound ? nil : true))
    }
  }

  @Test func missesAModelThatIsNotThere() throws {
    let run = try Program.run(["models", "check", "none"], in: ScratchFolder())
    #expect(run.status == 66)
    #expect(run.errors.hasPrefix("tessera: none: no such folder"))
    #expect(run.output.isEmpty)
  }
}
