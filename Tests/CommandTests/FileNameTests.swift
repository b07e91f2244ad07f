import Files
import Foundation
import Glibc
import Raster
import Testing

/// Names that are not UTF-8, begin with a dash, or mean a stream or a home folder.
@Suite(.serialized) struct FileNameTests {
  /// `caf` and the byte E9, as Latin-1 has it, and its name in sh.
  private static let latin = PathText.text(of: Array("caf".utf8) + [0xE9] + Array(".png".utf8))
  private static let shell = "\"$(printf 'caf\\351.png')\""

  private func folder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.saveScene()
    return folder
  }

  /// Runs the program by a line of sh.
  private func run(_ line: String, in folder: ScratchFolder) throws -> Program.Outcome {
    try Program.run([], in: folder, shell: line)
  }

  private func names(_ folder: ScratchFolder) -> [String] {
    (FileSystem.names(in: folder.path) ?? []).sorted {
      Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8))
    }
  }

  @Test func namesThatAreNoText() throws {
    let folder = try folder()
    let name = Self.shell
    let made = try run(
      "cp a.png \(name); \"$@\" edit \(name) b.png -o o\(name) --hint-only", in: folder)
    #expect(made.status == 0, "\(made.errors)")
    #expect(
      made.errorLines.count == 1 && made.errors.contains("ocaf\u{FFFD}.png"), "\(made.errors)")
    #expect(names(folder) == ["a.png", "b.png", Self.latin, "o" + Self.latin])
    let told = try run("\"$@\" info \(name)", in: folder)
    #expect(told.status == 0 && told.output.contains("caf\u{FFFD}.png"), "\(told.errors)")
    #expect(try run("\"$@\" compare \(name) a.png --mask \(name)", in: folder).status == 0)
    // A name that only is shown alike is another one.
    let missing = try run("\"$@\" info \"$(printf 'caf\\352.png')\"", in: folder)
    #expect(missing.status == 66, "\(missing.output)")
    // A save through a link reaches the file that the link means.
    let linked = try run(
      "ln -s \(name) link.png; \"$@\" edit a.png b.png -o link.png --hint-only --force", in: folder)
    #expect(linked.status == 0, "\(linked.errors)")
    let isSame =
      FileSystem.contents(folder / Self.latin) == FileSystem.contents(folder / ("o" + Self.latin))
    #expect(isSame)
    #expect(FileSystem.link(folder / "link.png") == Self.latin)
    #expect(names(folder).count == 5)
  }

  /// The folders of the program and of a model.
  @Test func foldersThatAreNoText() throws {
    let folder = try folder()
    let line = """
      h="$(printf 'h\\377')"; mkdir "$h"; cp -r "$TESSERA_ASSETS" "$h/assets"
      export HOME="$PWD/$h" TESSERA_ASSETS="$PWD/$h/assets"
      "$@" models list && "$@" config --path && cd "$h" &&
      "$@" edit ../a.png ../b.png -o '../c.png' --steps 1 --model "$TESSERA_ASSETS/models/paint-base"
      """
    let run = try run(line, in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("paint-base") && run.output.contains("h\u{FFFD}/.config"))
    #expect(try Program.generation(of: "c.png", in: folder) != nil)
  }

  @Test(arguments: ["-x.png", "--mask", "-", "-o"])
  func namesThatBeginWithADash(name: String) throws {
    let folder = try folder()
    try folder.write(name, folder.bytes("a.png"))
    for words in [["info", "./\(name)"], name == "-" ? [] : ["info", "--", name]]
    where !words.isEmpty {
      let run = try Program.run(words, in: folder)
      #expect(run.status == 0 && run.output.contains(name), "\(words) \(run.errors)")
    }
    let out = "./\(name)\(name.hasSuffix(".png") ? "" : ".png")"
    let run = try Program.run(
      ["edit", "a.png", "b.png", "-o", out, "--hint-only", "--force"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(try folder.picture(String(out.dropFirst(2))).width == 96)
  }

  /// Lines of sh and their exit codes.
  @Test(arguments: [
    ("\"$@\" info - <a.png", Int32(0)), ("\"$@\" compare a.png - <a.png", 0),
    ("\"$@\" compare - b.png <a.png", 1), ("\"$@\" compare a.png b.png --mask - <m.png", 0),
    ("\"$@\" compare - - <a.png", 64), ("\"$@\" info - </dev/null", 65),
    ("cat a.png | \"$@\" info -", 0), ("\"$@\" info - <&-", 74), ("\"$@\" -", 64),
    ("\"$@\" edit a.png b.png -o - --json >x", 64), ("\"$@\" edit a.png b.png -o - >/dev/full", 74),
  ])
  func streams(line: String, code: Int32) throws {
    let folder = try folder()
    try Picture(Drawing.mask()).write(to: folder / "m.png", overwrite: false)
    let run = try run(line, in: folder)
    #expect(run.status == code, "\(run.output) \(run.errors)")
    #expect(run.errorLines.count <= 1, "\(run.errors)")
  }

  @Test func aPictureOnStandardOutput() throws {
    let folder = try folder()
    let edit = "\"$@\" edit a.png b.png --steps 1 --seed 3 -o"
    let file = try run("\(edit) c.png", in: folder)
    let stream = try run(
      "cat a.png | \"$@\" edit - b.png --steps 1 --seed 3 -o - >d.png", in: folder)
    #expect(file.status == 0 && stream.status == 0, "\(stream.errors)")
    #expect(try folder.bytes("c.png") == folder.bytes("d.png"))
    #expect(stream.errorLines.count == 1, "what is told goes to standard error")
    let again = try run(
      "cat d.png | \"$@\" regenerate - --steps 1 -o - | \"$@\" info -", in: folder)
    #expect(again.status == 0 && again.output.contains("size         96x64"), "\(again.errors)")
  }

  @Test(.enabled(if: PaintingTerminal.isInstalled, "tmux is not installed"))
  func inASession() throws {
    let folder = try folder()
    try FileManager.default.createDirectory(
      atPath: folder.home + "/pictures", withIntermediateDirectories: true)
    let terminal = try PaintingTerminal(in: folder)
    try terminal.enter("cp a.png \(Self.shell); \"$T\" \(Self.shell)")
    try #require(terminal.wait(for: "SPARSE"), "\(terminal.screen)")
    try terminal.press(".")
    try terminal.enter(":w!")
    #expect(terminal.wait(for: "saved caf"), "\(terminal.screen)")
    #expect(FileSystem.contents(folder / Self.latin) != (try folder.bytes("a.png")))
    try terminal.enter(":w ~/pictures/x")
    #expect(terminal.wait(for: "saved ~/pictures/x.png"), "\(terminal.screen)")
    #expect(FileSystem.exists(folder.home + "/pictures/x.png"))
    try terminal.enter(":export mask -m.png")
    #expect(terminal.wait(for: "saved the mask to -m.png"), "\(terminal.screen)")
    try terminal.enter(":e -m.png")
    #expect(terminal.wait(for: "opened -m.png"), "\(terminal.screen)")
    // Tab brings the name back that cannot be typed, and the folder behind a tilde.
    try terminal.type(":e caf")
    try terminal.press("Tab")
    #expect(terminal.wait(for: ":e caf?.png", seconds: 20), "\(terminal.screen)")
    try terminal.press("Enter")
    #expect(terminal.wait(for: "opened caf", seconds: 20), "\(terminal.screen)")
    try terminal.type(":e ~/pic")
    for completed in [":e ~/pictures/", ":e ~/pictures/x.png"] {
      try terminal.press("Tab")
      #expect(terminal.wait(for: completed, seconds: 20), "\(terminal.screen)")
    }
    try terminal.press("Enter")
    #expect(terminal.wait(for: "opened x.png"), "\(terminal.screen)")
    try terminal.press("q")
    let pictures = names(folder).filter { $0.hasSuffix(".png") }
    #expect(pictures == ["-m.png", "a.png", "b.png", Self.latin])
  }

  /// What was painted on such a picture comes back after a kill.
  @Test(.enabled(if: PaintingTerminal.isInstalled, "tmux is not installed"))
  func itsJournal() throws {
    let folder = try folder()
    let terminal = try PaintingTerminal(in: folder)
    try terminal.enter(
      "cp a.png \(Self.shell); sh -c 'echo $$ > pid; exec \"$T\" \"$1\"' - \(Self.shell)")
    try #require(terminal.wait(for: "SPARSE"), "\(terminal.screen)")
    try terminal.press(".")
    #expect(terminal.wait(for: "unsaved"), "\(terminal.screen)")
    sleep(2)
    let text = String(decoding: try folder.bytes("pid"), as: UTF8.self)
    let pid = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    let second = try run("\"$@\" recover \(Self.shell)", in: folder)
    #expect(second.status == 75, "\(second.errors)")
    #expect(kill(pid, SIGKILL) == 0)
    for _ in 0..<200 where kill(pid, 0) == 0 { usleep(50_000) }
    let list = try run("\"$@\" recover", in: folder)
    #expect(list.output.contains("caf\u{FFFD}.png  of"), "\(list.output) \(list.errors)")
    let restored = try run("\"$@\" recover \(Self.shell)", in: folder)
    #expect(restored.status == 0, "\(restored.errors)")
    let made = PathText.text(of: Array("caf".utf8) + [0xE9] + Array("-recovered.png".utf8))
    #expect(FileSystem.exists(folder / made), "\(names(folder))")
    #expect(try run("\"$@\" recover \(Self.shell) --discard", in: folder).status == 0)
  }
}
