import Testing

/// What the program says to wrong and to asking command lines.
struct UsageTests {
  @Test(arguments: [
    ["edit"], ["edit", "a.png"], ["edit", "a.png", "b.png"],
    ["edit", "a", "b", "-o", "c", "--mode", "quick"],
    ["edit", "a", "b", "-o", "c", "--steps", "0"],
    ["edit", "a", "b", "-o", "c", "--steps", "x"],
    ["edit", "a", "b", "-o", "c", "--strength", "0"],
    ["edit", "a", "b", "-o", "c", "--strength", "1.5"],
    ["edit", "a", "b", "-o", "c", "--feather", "65"],
    ["edit", "a", "b", "-o", "c", "--workers", "0"], ["edit", "a", "b", "-o", "c", "--seed", "-2"],
    ["edit", "a", "b", "-o", "c", "--unheard-of"], ["compare"], ["compare", "a"],
    ["compare", "a", "b", "--grow", "2"], ["compare", "a", "b", "--mask", "m", "--grow", "-1"],
    ["compare", "a", "b", "c"], ["info"], ["info", "a", "b"], ["forward"], ["forward", "m"],
    ["forward", "m", "--input", "i", "-o", "o", "--mode", "sparse"],
    ["forward", "m", "--input", "i", "-o", "o", "--dilation", "-1"],
    ["models", "check"], ["models", "frob"], ["models", "list", "x"],
    ["bench", "network"], ["bench", "frob"],
    ["bench", "network", "--model", "m", "--runs", "0"], ["bench", "attention", "--tokens", "100"],
    ["bench", "attention", "--channels", "10", "--heads", "4"],
    ["bench", "network", "--model", "m", "--edits", "2"], ["--unheard-of"],
  ])
  func refusesAWrongCommandLine(arguments: [String]) throws {
    let folder = try ScratchFolder()
    let run = try Program.run(arguments, in: folder)
    #expect(run.status == 64)
    #expect(run.errors.contains("Usage: tessera"), "\(run.errors)")
    #expect(run.output.isEmpty)
    #expect(folder.contents.isEmpty)
  }

  @Test func refusesAWrongAmountOfMemory() throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    for memory in ["many", "-1G", "", "4X", "9999999999999999999G", "1e3", "G", "0x10"] {
      let run = try Program.run(
        ["edit", "a.png", "b.png", "-o", "c.png", "--memory=\(memory)"], in: folder)
      #expect(run.status == 64, "\(memory): \(run.errors)")
    }
    #expect(folder.contents == ["a.png", "b.png"])
  }

  @Test(arguments: [
    [], ["edit"], ["compare"], ["forward"], ["info"], ["models"], ["models", "list"],
    ["models", "check"], ["bench"], ["bench", "network"],
  ])
  func helps(command: [String]) throws {
    let run = try Program.run(command + ["--help"], in: ScratchFolder())
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
    #expect(
      run.output.contains("USAGE: tessera \(command.joined(separator: " "))"), "\(run.output)")
  }

  @Test func saysItsVersion() throws {
    let run = try Program.run(["--version"], in: ScratchFolder())
    #expect(run.status == 0)
    #expect(run.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil, "\(run.output)")
  }

  /// What is nearly the name of a command is no picture, unless there is one of that name.
  @Test(arguments: [
    ("inof", "info"), ("edits", "edit"), ("compar", "compare"), ("recovre", "recover"),
  ])
  func proposesACommand(typed: String, meant: String) throws {
    let folder = try ScratchFolder()
    for words in [[typed], [typed, "a.png"], [typed, "a.png", "--json"]] {
      let run = try Program.run(words, in: folder)
      #expect(run.status == 64)
      #expect(
        run.errors
          == "tessera: '\(typed)' is no command, and no file of that name is here; did you "
          + "mean \(meant)?\n")
    }
    try folder.write(typed, "x".utf8)
    let run = try Program.run([typed], in: folder)
    #expect(run.status == 65 && run.errors.hasPrefix("tessera: \(typed): "), "\(run.errors)")
  }

  @Test(arguments: ["-5", "x", "1.5", "18446744073709551616", ""])
  func saysTheRangeOfSeeds(seed: String) throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let run = try Program.run(
      ["edit", "a.png", "b.png", "-o", "c.png", "--seed", seed], in: folder)
    #expect(run.status == 64)
    #expect(run.errors.contains("0 to 18446744073709551615, or -1"), "\(run.errors)")
  }

  @Test(arguments: ["bogus", "", "AVX2"])
  func refusesUnknownKernels(name: String) throws {
    let folder = try ScratchFolder()
    try folder.saveScene()
    let run = try Program.run(
      ["edit", "a.png", "b.png", "-o", "c.png", "--steps", "1"], in: folder,
      environment: ["TESSERA_KERNELS": name])
    #expect(run.status == 64 && run.errorLines.count == 1, "\(run.errors)")
    #expect(run.errors.hasPrefix("tessera: TESSERA_KERNELS: '\(name)' is none of "))
    let plain = try Program.run(
      ["edit", "a.png", "b.png", "-o", "c.png", "--steps", "1"], in: folder,
      environment: ["TESSERA_KERNELS": "plain"])
    #expect(plain.status == 0, "\(plain.errors)")
  }
}
