package import ArgumentParser
import Files
import Glibc
import Raster

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
      Config.self, Manual.self, Models.self, MaterialsList.self,
      Bench.self,
    ],
    defaultSubcommand: Paint.self)

  /// A command with the defaults of its flags.
  package init() {}

  /// Runs the command that the process was started with, to the end of the process.
  package static func main() {
    StandardStream.secure()
    // A file-size limit shall fail the write, which cleans up, rather than end the process.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot(Surroundings.arguments)
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
