import Foundation
import Testing

/// The configuration file, the manual page and the shells' completions.
struct ConfigTests {
  private func run(_ arguments: [String], config: String?) throws -> Program.Outcome {
    let folder = try ScratchFolder()
    if let config { try folder.write("tessera/config", Array(config.utf8)) }
    return try Program.run(
      arguments, in: folder, environment: ["XDG_CONFIG_HOME": folder.path])
  }

  @Test func withoutAFileEverythingIsAsUsual() throws {
    let run = try run(["config", "--json"], config: nil)
    #expect(run.status == 0)
    #expect(run.json["exists"] as? Bool == false)
    #expect((run.json["path"] as? String)?.hasSuffix("/files/tessera/config") == true)
    #expect(run.json["metadata"] as? Bool == true)
    #expect((run.json["presets"] as? [String: Any])?["draft"] as? [String] == ["steps 1"])
  }

  /// A name of almost a megabyte is none, and nothing is searched that could be near it.
  @Test func aLongNameCostsLittle() throws {
    let folder = try ScratchFolder()
    let name = String(repeating: "a", count: 900_000)
    try folder.write("tessera/config", Array("[start]\n\(name) = 1\n".utf8))
    let run = try Program.run(
      ["config"], in: folder, shell: "ulimit -t 5; exec \"$@\"",
      environment: ["XDG_CONFIG_HOME": folder.path])
    #expect(run.status == 65, "\(run.errors.suffix(200))")
    #expect(run.errorLines.count == 1)
  }

  @Test func sectionsAreRead() throws {
    let run = try run(
      ["config", "--json"],
      config: """
        # mine
        [program]
        metadata = no
        model = ~/m

        [start]
        live = stroke
        strength = 0.5
        [keys]
        F2 = preset soft
        = = :zoom fit
        Ctrl+Z = none
        [preset soft]
          steps = 6
        strength=0.4
        [preset draft]
        steps = 3
        """)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.json["metadata"] as? Bool == false)
    #expect((run.json["model"] as? String)?.hasSuffix("/m") == true)
    #expect(run.json["start"] as? [String] == ["live stroke", "strength 0.5"])
    #expect(
      run.json["keys"] as? [[String]]
        == [["F2", "preset soft"], ["=", "zoom fit"], ["Ctrl+Z", "none"]])
    let presets = try #require(run.json["presets"] as? [String: [String]])
    #expect(presets["soft"] == ["steps 6", "strength 0.4"])
    #expect(presets["draft"] == ["steps 3"])
  }

  /// What is printed is a file that says the same.
  @Test func whatItPrintsCanBeReadBack() throws {
    let config = "[start]\nsteps = 12\n[keys]\nAlt+x = undo\nSpace = none\n[preset p]\nseed = 4\n"
    let first = try run(["config"], config: config)
    #expect(first.status == 0, "\(first.errors)")
    #expect(
      try run(["config"], config: first.output).output.split(separator: "\n").dropFirst()
        == first.output.split(separator: "\n").dropFirst())
  }

  @Test(arguments: [
    ("steps = 3", 1, "no section yet; write [program], [start], [keys] or [preset NAME] above"),
    ("[paint]", 1, "there is no section [paint]"), ("[preset]", 1, "there is no section [preset]"),
    ("[start]\n\nsteps 3", 3, "'steps 3' is no `name = value`"),
    ("[start]\nsteps = 0", 2, "steps takes a number from 1 to 1000"),
    ("[start]\nstep = 4", 2, "there is no setting step; did you mean steps? there are "),
    ("[start]\nquit = now", 2, "there is no setting quit"),
    ("[preset a]\nstrength = much", 2, "strength takes a number"),
    ("[program]\ncolour = no", 2, "[program] has model = FOLDER and metadata = yes"),
    ("[program]\nmetadata = maybe", 2, "metadata is yes or no, not 'maybe'"),
    ("[keys]\nCtrl+Alt+Q = undo", 2, "'Ctrl+Alt+Q' is no key"),
    ("[keys]\nq = leave", 2, "there is no command leave"),
    ("[keys]\nx = \u{1b}[2J", 2, "there is no command"),
  ])
  func faultsAreToldByLine(config: String, line: Int, text: String) throws {
    for arguments in [["config"], ["edit", "a.png", "b.png", "-o", "c.png"], ["a.png"]] {
      let folder = try ScratchFolder()
      try folder.saveScene()
      try folder.write("tessera/config", Array(config.utf8))
      let run = try Program.run(
        arguments, in: folder, environment: ["XDG_CONFIG_HOME": folder.path])
      #expect(run.status == 65)
      #expect(run.errorLines.count == 1)
      #expect(run.errors.contains("/tessera/config:\(line): \(text)"), "\(run.errors)")
      #expect(!run.errors.contains("\u{1b}"))
    }
  }

  @Test func theManualHasEveryCommandAndFlag() throws {
    let page = try run(["manual"], config: nil).output
    for text in [
      ".TH TESSERA 1", ".SS tessera edit", ".SS tessera recover", ".SS tessera models check",
      ".SS tessera bench edit", "\\-\\-strength STRENGTH", "\\-\\-no\\-metadata", ".SH EXIT STATUS",
    ] { #expect(page.contains(text), "\(text)") }
    // No line of ours is taken for a request that roff does not know.
    let requests: Set = [".TH", ".SH", ".SS", ".TP", ".B", ".I", ".nf", ".fi"]
    for line in page.split(separator: "\n") where line.hasPrefix(".") {
      #expect(requests.contains(line.split(separator: " ").first.map(String.init) ?? ""), "\(line)")
    }
  }

  @Test(arguments: [("bash", "bash -n"), ("zsh", "zsh -n"), ("fish", "fish --no-execute")])
  func completionsAreSound(shell: String, check: String) throws {
    let folder = try ScratchFolder()
    let script = try Program.run(["--generate-completion-script", shell], in: folder)
    #expect(script.status == 0)
    #expect(script.output.contains("recover"))
    try folder.write("script", Array(script.output.utf8))
    let checked = try Program.run(
      [], in: folder, shell: "command -v \(shell) > /dev/null || exit 0; \(check) script")
    #expect(checked.status == 0, "\(checked.errors)")
  }
}
