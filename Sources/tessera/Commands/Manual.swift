import ArgumentParser
import Foundation

/// `tessera manual`: the manual page, made from the flags themselves so that it is never behind.
struct Manual: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the manual page (tessera manual | man -l -).")

  func run() throws {
    let help = try JSONDecoder().decode(ToolHelp.self, from: Data(Tessera._dumpHelp().utf8))
    Output.text(help.command.page)
  }
}

/// What the argument parser says of a tool: its help, dumped as JSON.
private struct ToolHelp: Decodable {
  var command: CommandHelp
}

private struct CommandHelp: Decodable {
  struct Argument: Decodable {
    struct Name: Decodable {
      var kind: String
      var name: String
    }
    var kind: String
    var abstract: String?
    var defaultValue: String?
    var isOptional: Bool
    var names: [Name]?
    var valueName: String?
    var shouldDisplay: Bool
  }

  var commandName: String
  var abstract: String?
  var discussion: String?
  var arguments: [Argument]?
  var subcommands: [CommandHelp]?
  var shouldDisplay: Bool?

  /// The page in roff's man macros.
  var page: String {
    var lines = [
      ".TH TESSERA 1 \"\" \"tessera \(Tessera.version)\" \"User Commands\"", ".SH NAME",
      Roff.text("tessera - \(abstract ?? "")"), ".SH SYNOPSIS",
    ]
    for command in shown(under: []) {
      lines += [".B " + Roff.text(command.path), command.synopsis]
    }
    lines.insert(".nf", at: lines.count - 2 * shown(under: []).count)
    lines += [".fi", ".SH COMMANDS"]
    for command in shown(under: []) {
      lines += [".SS " + Roff.text(command.path)]
      lines += [command.help.abstract, command.help.discussion].compactMap { $0 }.map(Roff.text)
      lines += (command.help.arguments ?? []).filter(\.shouldDisplay).flatMap(\.lines)
    }
    return (lines + Self.rest).joined(separator: "\n")
  }

  /// The commands that do something, with their whole names.
  private func shown(under path: [String]) -> [(path: String, help: CommandHelp, synopsis: String)]
  {
    let here = path + [commandName]
    let below = (subcommands ?? []).filter { $0.commandName != "help" && $0.shouldDisplay != false }
    guard below.isEmpty else { return below.flatMap { $0.shown(under: here) } }
    let flags = (arguments ?? []).filter { $0.shouldDisplay && $0.kind != "positional" }
    let words = (arguments ?? []).filter { $0.kind == "positional" }.map { argument in
      let name = (argument.valueName ?? "").uppercased()
      return argument.isOptional ? "[\(name)]" : name
    }
    let synopsis = (flags.isEmpty ? [] : ["[OPTIONS]"]) + words
    return [(here.joined(separator: " "), self, "  " + Roff.text(synopsis.joined(separator: " ")))]
  }

  private static let rest = [
    ".SH FILES", ".TP", ".I $XDG_CONFIG_HOME/tessera/config",
    "Keys, presets and settings; `tessera config` shows what is in force.", ".TP",
    ".I $XDG_STATE_HOME/tessera/journal",
    "Unsaved work of sessions that were killed, and what a file held into which a save was cut off.",
    ".TP",
    ".I $XDG_CACHE_HOME/tessera", "Digests of models.", ".SH EXIT STATUS",
    "0 done; 1 a difference was found; 64 usage; 65 bad data; 66 no input; 69 unavailable; "
      + "70 internal; 73 cannot create the output; 74 input or output failed; 75 the picture is "
      + "open elsewhere; 130 interrupted.",
  ]
}

extension CommandHelp.Argument {
  fileprivate var lines: [String] {
    let value = (valueName ?? "").uppercased()
    let spelled = (names ?? []).map { name in
      let dashes = name.kind == "short" ? "-" : "--"
      return dashes + name.name + (kind == "option" ? " " + value : "")
    }
    let name = kind == "positional" ? value : spelled.joined(separator: ", ")
    let usual = defaultValue.map { " (default: \($0))" } ?? ""
    return [".TP", ".B " + Roff.text(name), Roff.text((abstract ?? "") + usual)]
  }
}

private enum Roff {
  /// Text that roff takes for text: no request, no escape, hyphens that can be copied.
  static func text(_ text: String) -> String {
    let safe = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    return safe.hasPrefix(".") || safe.hasPrefix("'") ? "\\&" + safe : safe
  }
}
