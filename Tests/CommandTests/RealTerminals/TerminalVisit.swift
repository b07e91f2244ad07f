import Foundation
import Glibc
import Raster

/// One visit of the program to a real terminal: a script runs inside, and says in files how far it is.
final class TerminalVisit {
  let folder: ScratchFolder
  let display: VirtualDisplay

  /// What runs inside. `probe` asks the terminal for all it tells of its state and keeps the answers;
  /// only the cursor is left where it was. Line feeds from the first line on stop where a margin is.
  private static let functions = #"""
    exec 2>errors
    unset COLORTERM
    probe() {
      stty raw -echo min 0 time 3
      printf '\033[6n\033P$qr\033\\\033P$qm\033\\\033P$q q\033\\\033P$qs\033\\'
      for mode in 1 5 6 7 12 25 69 1000 1002 1003 1004 1005 1006 1015 1016 1049 2004 2026; do
        printf '\033[?%s$p' $mode
      done
      printf '\033[4$p\033[20$p\033[?u\033]4;1;?\033\\'
      printf '\0337\033[H'
      line=1
      while [ $line -lt "${LINES_HERE:-24}" ]; do printf '\n'; line=$((line + 1)); done
      printf '\033[6n\0338\033[c'
      : > answers
      tries=0
      while ! grep -q 'c$' answers && [ $tries -lt 20 ]; do
        cat >> answers
        tries=$((tries + 1))
      done
      stty sane
      mv answers "$1"
    }
    visit() { sh -c 'echo $$ > pid.part; mv pid.part pid; exec env --default-signal "$T" a.png'; }
    LINES_HERE=$(stty size | cut -d ' ' -f 1)
    set -m
    """#

  init(_ terminal: RealTerminal, script: String) throws {
    folder = try ScratchFolder()
    display = try VirtualDisplay(in: folder)
    try folder.save(Self.picture(), "a.png")
    try folder.write("run.sh", (Self.functions + "\n" + script).utf8)
    // Without this, screen leaves its window's programs running and its second screen unused.
    try folder.write("screenrc", "startup_message off\nautodetach off\naltscreen on\n".utf8)
    var variables: [String: String] = ["SHELL": "/bin/sh", "TMUX_TMPDIR": folder.home]
    variables["SCREENDIR"] = folder.home + "/screens"
    try FileManager.default.createDirectory(
      atPath: folder.home + "/screens", withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    if terminal.isWayland { try startCompositor(&variables) }
    try display.start(terminal.command + terminal.inside, variables)
  }

  private func startCompositor(_ variables: inout [String: String]) throws {
    try display.start([
      "weston", "--backend=x11-backend.so", "--use-pixman", "--shell=kiosk-shell.so",
      "--width=\(VirtualDisplay.width)", "--height=\(VirtualDisplay.height)",
      "--socket=private", "--no-config",
    ])
    variables["WAYLAND_DISPLAY"] = "private"
    let socket = folder.home + "/private"
    _ = VirtualDisplay.wait { FileManager.default.fileExists(atPath: socket) }
  }

  /// Squares of random greys, seeded: something to see in every part of a cell.
  private static func picture() -> RGBA8 {
    let (width, height, side) = (960, 640, 5)
    var picture = RGBA8(width: width, height: height, filledWith: (0, 0, 0, 255))
    var random: UInt64 = 1
    for top in stride(from: 0, to: height, by: side) {
      for left in stride(from: 0, to: width, by: side) {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let level = UInt8(truncatingIfNeeded: random >> 56)
        for y in top..<min(height, top + side) {
          for x in left..<min(width, left + side) {
            let at = picture.offset(x: x, y: y)
            for channel in 0..<3 { picture.samples[at + channel] = level }
          }
        }
      }
    }
    return picture
  }

  /// Waits for a file of the script and returns its text; nil where it does not come.
  func text(_ name: String, seconds: Double = 30) -> String? {
    let path = folder / name
    guard
      VirtualDisplay.wait(
        seconds: seconds, until: { FileManager.default.fileExists(atPath: path) })
    else { return nil }
    return String(decoding: (try? folder.bytes(name)) ?? [], as: UTF8.self)
  }

  /// Waits until the program runs and has drawn its palette; the number of its process.
  func programIsThere() -> pid_t? {
    guard
      let number = text("pid").flatMap({ pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
      )
    else { return nil }
    display.focus()
    return VirtualDisplay.wait(until: { showsPalette }) ? number : nil
  }

  /// A swatch that is not among the 256 colours, and the one among them that is shown for it.
  private static let swatch = (direct: 0xC83E2C, palette: [0xD75F00, 0xD70000, 0xD75F5F, 0xAF5F00])

  /// Where the swatch is shown, and whether in its own colour.
  private func swatch(in shot: Screenshot) -> (rows: Range<Int>, isDirect: Bool)? {
    for wanted in [Self.swatch.direct] + Self.swatch.palette {
      if let rows = shot.rows(of: wanted) { return (rows, wanted == Self.swatch.direct) }
    }
    return nil
  }

  var showsPalette: Bool { display.screenshot().flatMap(swatch) != nil }

  var showsDirectColor: Bool { display.screenshot().flatMap(swatch)?.isDirect ?? false }

  /// Types a command line and Enter.
  func enter(_ line: String) {
    display.type(line)
    display.press("Return")
  }

  /// Parts of a cell, from top to bottom, that the picture is made of.
  func parts() -> Int? {
    guard let shot = display.screenshot(), let rows = swatch(in: shot)?.rows else { return nil }
    return shot.parts(ofCellsLike: rows)
  }

  /// The same, once it is what it should be or has had the time to become so.
  func parts(until wanted: Int) -> Int? {
    _ = VirtualDisplay.wait(seconds: 5, until: { parts() == wanted })
    return parts()
  }

  /// Whether a line drawn with the mouse is in the mask.
  func drawsWithTheMouse() -> Bool {
    display.drag(from: (250, 250), to: (300, 280))
    enter(":export mask mask.png")
    guard text("mask.png", seconds: 10) != nil,
      let mask = try? Picture.read(folder / "mask.png").rgba8
    else { return false }
    return stride(from: 0, to: mask.samples.count, by: 4).contains { mask.samples[$0] > 0 }
  }
}
