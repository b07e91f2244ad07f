import ArgumentParser
import Files
import Glibc

/// The program: parses flags, runs one command, turns errors into one line and an exit code.
@main
struct Tessera: ParsableCommand {
  /// The program's version, as files and `--version` tell it.
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
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

  static func main() {
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
      if isUsage { exit(withError: error) }
      CommandError(.internal, "internal error: \(error); please report it").report()
    }
  }
}
