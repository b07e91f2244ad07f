import ArgumentParser

@main
struct Tessera: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tessera", abstract: "Edit pictures with a diffusion model in the terminal.")
}
