import ArgumentParser

/// The program: parses flags, runs one command, turns errors into one line and an exit code.
@main
struct Tessera: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tessera",
    abstract:
      "Paint on a picture in the terminal; a diffusion model computes only what you touched.",
    version: "0.1.0",
    subcommands: [Paint.self, Edit.self, Forward.self, Bench.self],
    defaultSubcommand: Paint.self)

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as CommandError {
      error.report()
    } catch {
      if let known = CommandError(error) { known.report() }
      exit(withError: error)
    }
  }
}
