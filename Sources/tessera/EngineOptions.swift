import ArgumentParser
import Networks
import SIGE
import Tensors

extension ActivationCache.Precision: ExpressibleByArgument {}

/// Flags every command that computes has in common.
struct EngineOptions: ParsableArguments {
  @Option(help: "Threads that compute (default: one a core).") var workers: Int?
  @Option(help: "Width of cached activations: byte, half, or f32 for float32 throughout.")
  var precision = ActivationCache.Precision.byte

  @Option(help: "Memory for caches, such as 4G or 800M (default: half of the machine's).")
  var memory: String?

  func validate() throws {
    if let workers, !(1...256).contains(workers) {
      throw ValidationError("--workers takes 1 to 256")
    }
  }

  /// Bytes that caches may take; nil for the default.
  func memoryLimit() throws -> Int? {
    guard let memory else { return nil }
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    let unit = memory.last.flatMap { units[Character($0.uppercased())] }
    let digits = unit == nil ? memory : String(memory.dropLast())
    guard let number = Int(digits), number >= 0, number < 1 << 30 else {
      throw CommandError(.usage, "--memory takes bytes or a number with K, M or G, not '\(memory)'")
    }
    return number * (unit ?? 1)
  }

  /// The worker threads asked for.
  func pool() -> WorkerPool { WorkerPool(count: workers ?? WorkerPool.machineCount) }
}
