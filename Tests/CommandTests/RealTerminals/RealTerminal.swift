import Foundation
import Glibc

/// A terminal as people have it, and what is expected of the program in it.
struct RealTerminal: Sendable {
  /// As the table names it; the versions installed differ.
  let name: String
  /// Programs that have to be installed.
  let needs: [String]
  /// What starts it, up to the command that runs inside.
  let command: [String]
  /// What the command inside is, where it is one word and more follows.
  var inside = ["sh", "run.sh"]
  var isWayland = false
  /// Colours that are kept apart: all, or 256.
  var colors = "24 bit"
  /// Parts of a cell from top to bottom in a reduced view.
  var parts = 2
  /// Whether pictures are shown as such, by sixels or by kitty's protocol.
  var hasPixels = false

  var missing: String? {
    (VirtualDisplay.tools + needs).first { !VirtualDisplay.isInstalled($0) }
  }

  static let xterm = RealTerminal(
    name: "xterm", needs: ["xterm"],
    command: ["xterm", "-geometry", "100x34", "-fa", "DejaVu Sans Mono", "-fs", "9", "-e"])
  static let sixelXterm = RealTerminal(
    name: "xterm -ti vt340", needs: ["xterm"],
    command: [
      "xterm", "-ti", "vt340", "-geometry", "100x34", "-fa", "DejaVu Sans Mono", "-fs", "9", "-e",
    ],
    hasPixels: true)
  static let kitty = RealTerminal(
    name: "kitty", needs: ["kitty"],
    command: [
      "kitty", "--config", "NONE", "-o", "remember_window_size=no", "-o",
      "initial_window_width=100c", "-o", "initial_window_height=34c", "-o", "font_size=10",
    ], parts: 3, hasPixels: true)
  static let foot = RealTerminal(
    name: "foot", needs: ["foot", "weston"],
    command: ["foot", "-o", "main.font=DejaVu Sans Mono:size=9"], isWayland: true, parts: 3,
    hasPixels: true)
  static let konsole = RealTerminal(
    name: "Konsole", needs: ["konsole", "dbus-run-session"],
    command: [
      "dbus-run-session", "konsole", "--hide-menubar", "--hide-tabbar", "--qwindowgeometry",
      "860x620", "-e",
    ], parts: 3, hasPixels: true)
  static let vte = RealTerminal(
    name: "VTE (Xfce, GNOME)", needs: ["xfce4-terminal", "dbus-run-session"],
    command: [
      "dbus-run-session", "xfce4-terminal", "--disable-server", "--hide-menubar",
      "--hide-scrollbar", "--geometry", "84x30", "-x",
    ], parts: 3)
  static let mlterm = RealTerminal(
    name: "mlterm", needs: ["mlterm"], command: ["mlterm", "-g", "84x30", "-e"], colors: "256",
    hasPixels: true)
  static let alacritty = RealTerminal(
    name: "alacritty", needs: ["alacritty"],
    command: [
      "alacritty", "-o", "window.dimensions.columns=84", "-o", "window.dimensions.lines=30", "-e",
    ])
  static let st = RealTerminal(
    name: "st", needs: ["st"],
    command: ["st", "-g", "84x34", "-f", "DejaVu Sans Mono:size=9", "-e"])
  static let tmux = RealTerminal(
    name: "tmux", needs: ["tmux", "xterm"],
    command: xterm.command + [
      "tmux", "-u", "-f", "/dev/null", "-L", "private", "new-session",
    ],
    // The server ends with its terminal.
    inside: ["sh run.sh", ";", "set-option", "destroy-unattached", "on"], colors: "256")
  static let screen = RealTerminal(
    name: "screen", needs: ["screen", "xterm"],
    // What screen shows depends on the description of the terminal around it.
    command: xterm.command.dropLast() + [
      "-tn", "xterm-256color", "-e", "screen", "-U", "-T", "screen-256color", "-c", "screenrc",
    ],
    colors: "256")

  /// In the order of the table.
  static let all = [
    xterm, sixelXterm, kitty, foot, konsole, vte, mlterm, alacritty, st, tmux, screen,
  ]
}

/// The table of what was found, kept in the file that TESSERA_TERMINAL_TABLE names.
enum TerminalTable {
  struct Row {
    var colors = "?"
    var glyphs = "?"
    var pixels = "?"
    var mouse = "?"
    var quit = "?"
    var suspend = "?"
  }

  /// Adds a row, or replaces that of the same terminal; the others' stay.
  static func put(_ row: Row, for terminal: RealTerminal) {
    guard let path = getenv("TESSERA_TERMINAL_TABLE").map({ String(cString: $0) }) else { return }
    let former = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    var lines: [String: String] = [:]
    for line in former.split(separator: "\n").dropFirst(2) {
      let name = line.dropFirst(2).prefix { $0 != "|" }.trimmingCharacters(in: .whitespaces)
      lines[name] = String(line)
    }
    let cells = [row.colors, row.glyphs, row.pixels, row.mouse, row.quit, row.suspend]
    lines[terminal.name] = "| \(terminal.name) | \(cells.joined(separator: " | ")) |"
    let head = [
      "| Terminal | colour | glyphs | pixels | mouse | quit clean | suspend and resume clean |",
      "|---|---|---|---|---|---|---|",
    ]
    let text = head + RealTerminal.all.compactMap { lines[$0.name] }
    try? Data((text.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
  }
}
