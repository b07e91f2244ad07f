import ArgumentParser

/// `tessera bench`: measurements that live apart from tests.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the engine on this machine.",
    subcommands: [
      BenchNetwork.self, BenchEdit.self, BenchAttention.self, BenchParallel.self, BenchUI.self,
    ])
}
