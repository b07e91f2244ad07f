import ArgumentParser
import Foundation
import Tensors

/// `tessera bench attention`: self-attention by number of tokens.
struct BenchAttention: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attention", abstract: "Time self-attention over different numbers of tokens.")

  @Option(help: "Numbers of tokens, multiples of 128, separated by commas.")
  var tokens = "1024,4096,16384"
  @Option(help: "Channels of all heads together.") var channels = 64
  @Option(help: "Heads that share the channels.") var heads = 1
  @Option(help: "Timed runs; medians are reported.") var runs = 5
  @Option(help: "Threads that compute (default: one a core).") var workers: Int?
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    if !(1...1000).contains(runs) { throw ValidationError("--runs takes 1 to 1000") }
    if let workers, !(1...256).contains(workers) {
      throw ValidationError("--workers takes 1 to 256")
    }
    guard (1...4096).contains(channels), heads > 0, channels % heads == 0 else {
      throw ValidationError("--channels takes 1 to 4096, and --heads a divisor of it")
    }
    _ = try counts()
  }

  private func counts() throws -> [Int] {
    try tokens.split(separator: ",").map { item in
      guard let count = Int(item), count > 0, count <= 1 << 20, count % 128 == 0 else {
        throw ValidationError("--tokens takes multiples of 128 up to 1048576, not '\(item)'")
      }
      return count
    }
  }

  func run() throws {
    let pool = try WorkerPool.exactly(workers ?? WorkerPool.machineCount)
    let report = AttentionReport(
      kernels: Kernels.current.name, workers: pool.count, channels: channels, heads: heads,
      attentions: try counts().map {
        AttentionReport.Attention(tokens: $0, seconds: time($0, pool))
      })
    if json { try Output.json(report) } else { Output.text(report.text) }
  }

  private func time(_ tokens: Int, _ pool: WorkerPool) -> Double {
    var random = SplitMix(seed: 5)
    let shape = MapShape(height: tokens / 32, width: 32, channels: channels)
    let maps = (0..<3).map { _ in
      FeatureMap(shape, planes: (0..<tokens * channels).map { _ in Float(random.normal()) })
    }
    return Stopwatch.median(runs) {
      _ = attend(
        queries: maps[0], keys: Source(maps[1]), values: Source(maps[2]), heads: heads,
        workers: pool)
    }
  }
}

/// What `bench attention` found.
private struct AttentionReport: Encodable {
  struct Attention: Encodable {
    var tokens: Int
    var seconds: Double
  }
  var schemaVersion = 1
  var kernels: String
  var workers: Int
  var channels: Int
  var heads: Int
  var attentions: [Attention]

  var text: String {
    let lines = attentions.map { attention in
      let flops = 4 * Double(attention.tokens) * Double(attention.tokens) * Double(channels)
      return String(
        format: "%7d tokens %10.2f ms  %7.1f GFLOP/s", attention.tokens, 1000 * attention.seconds,
        flops / attention.seconds / 1e9)
    }
    return
      (["\(channels) channels, \(heads) heads, \(workers) workers, \(kernels) kernels"] + lines)
      .joined(separator: "\n")
  }
}
