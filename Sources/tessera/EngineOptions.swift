import ArgumentParser
import Networks
import SIGE
import Tensors

extension ActivationCache.Precision: ExpressibleByArgument {}

/// Flags every command that computes has in common.
struct EngineOptions: ParsableArguments {
  @Option(help: "Threads that compute (default: one a core).") var workers: Int?
  @Option(help: "Width of cached activations: half or full.") var cache =
    ActivationCache.Precision.half

  func validate() throws {
    if let workers, !(1...256).contains(workers) {
      throw ValidationError("--workers takes 1 to 256")
    }
  }

  /// The worker threads asked for.
  func pool() -> WorkerPool { WorkerPool(count: workers ?? WorkerPool.machineCount) }
}
