package import ArgumentParser
import Files
import Glibc
import Raster
import Tensors

/// The program: parses flags, runs one command, turns errors into one line and an exit code.
package struct Tessera: ParsableCommand {
  /// The program's version, as files and `--version` tell it.
  static let version = "0.1.0"

  package static let configuration = CommandConfiguration(
    commandName: "tessera",
    abstract:
      "Paint on a picture in the terminal; a diffusion model computes only what you touched.",
    version: version,
    subcommands: [
      Paint.self, Edit.self, Regenerate.self, Compare.self, Forward.self, Info.self, Recover.self,
      Config.self, Manual.self, Models.self,
      Bench.self,
    ],
    defaultSubcommand: Paint.self)

  /// A command with the defaults of its flags.
  package init() {}

  /// Runs the command that the process was started with, to the end of the process.
  package static func main() {
    StandardStream.secure()
    SystemMemory.keepAddressSpace()
    // A file-size limit shall fail the write, which cleans up, rather than end the process.
    signal(SIGXFSZ, SIG_IGN)
    do {
      let arguments = Surroundings.arguments
      var command = try parsed(arguments)
      if let name = Kernels.refusedName {
        let names = Kernels.names.joined(separator: ", ")
        throw CommandError(
          .usage, "TESSERA_KERNELS: '\(name)' is none of \(names), which run here; unset it")
      }
      try command.run()
    } catch let error as CommandError {
      error.report()
    } catch {
      if let known = CommandError(error) { known.report() }
      let isUsage = exitCode(for: error) != .failure || error is ExitCode
      if isUsage { end(with: error) }
      CommandError(.internal, "internal error: \(error); please report it").report()
    }
  }

  /// The command that some arguments are of.
  ///
  /// - Throws: what the parser throws; `CommandError` where the first is nearly the name of a command,
  ///   and of no file.
  private static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
    let names = configuration.subcommands.map { $0._commandName }
    if let first = arguments.first, !first.hasPrefix("-"), !names.contains(first),
      first != "help", !FileSystem.exists(first),
      let near = names.first(where: { first.isNearly($0) })
    {
      throw CommandError(
        .usage, "'\(first)' is no command, and no file of that name is here; did you mean \(near)?")
    }
    return try parseAsRoot(arguments)
  }

  /// Ends with the argument parser's words: help and the like on standard output, complaints about
  /// the command line on standard error.
  private static func end(with error: any Error) -> Never {
    let code = exitCode(for: error)
    var text = fullMessage(for: error)
    // Arguments that are quoted stay on one line.
    for argument in Surroundings.arguments.flatMap({
      [$0] + $0.split(separator: "=").map(String.init)
    })
    where argument.printable != argument {
      text = text.replacing(argument, with: argument.printable)
    }
    switch (text.isEmpty, code == .success) {
    case (true, _): break
    case (false, true): Output.text(text)
    case (false, false): Output.note(text)
    }
    Glibc.exit(code.rawValue)
  }
}

extension String {
  /// Whether one letter more, less, other, or changed for the next makes the one name the other.
  fileprivate func isNearly(_ name: String) -> Bool {
    let (a, b) = (Array(unicodeScalars), Array(name.unicodeScalars))
    guard abs(a.count - b.count) <= 1, max(a.count, b.count) > 2 else { return false }
    let start = zip(a, b).prefix { $0 == $1 }.count
    let (restA, restB) = (a[start...], b[start...])
    return restA.dropFirst() == restB || restA == restB.dropFirst()
      || restA.dropFirst() == restB.dropFirst()
      || Array(restA.prefix(2).reversed()) == Array(restB.prefix(2))
        && restA.dropFirst(2) == restB.dropFirst(2)
  }
}
