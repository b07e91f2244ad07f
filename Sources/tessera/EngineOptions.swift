import ArgumentParser
import Foundation
import Raster
import SIGE
import Tensors

extension ActivationCache.Precision: ExpressibleByArgument {}

/// Flags every command that computes has in common.
struct EngineOptions: ParsableArguments {
  @Option(help: "Threads that compute (default: one a core).") var workers: Int?
  @Option(help: "Width of cached activations: byte, half, or f32 for float32 throughout.")
  var precision = ActivationCache.Precision.byte

  func validate() throws {
    if let workers, !(1...256).contains(workers) {
      throw ValidationError("--workers takes 1 to 256")
    }
  }

  /// The worker threads asked for.
  ///
  /// - Throws: `ThreadError` where not as many can be started.
  func pool() throws(ThreadError) -> WorkerPool {
    try WorkerPool.exactly(workers ?? WorkerPool.machineCount)
  }
}

/// How much memory a command may take that edits pictures.
struct MemoryOptions: ParsableArguments {
  @Option(
    help: """
      Memory that the program may take, such as 4G or 800M (default: half of what can be had: what \
      is free, or less where a control group or ulimit says so). What is kept depends on it, results \
      do not.
      """)
  var memory: String?

  /// The account of what the process holds, against the limit asked for.
  ///
  /// A limit above what can be had is lowered to that, and a note says so.
  /// - Throws: `CommandError` where the limit cannot be read.
  func ledger() throws -> MemoryLedger {
    let room = SystemMemory().room
    let available = room.bytes
    guard let memory else { return MemoryLedger(limit: available / 2, ceiling: room) }
    let asked = try bytes(memory)
    if asked > available {
      Output.note("--memory \(memory.printable): only \(available.inMemoryUnits) can be had here")
    }
    return MemoryLedger(limit: min(asked, available), ceiling: room)
  }

  private func bytes(_ text: String) throws -> Int {
    let units: [Character: Double] = ["K": 0x1p10, "M": 0x1p20, "G": 0x1p30, "T": 0x1p40]
    let unit = text.last.flatMap { units[Character($0.uppercased())] }
    let digits = unit == nil ? text : String(text.dropLast())
    guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
      let number = Double(digits), let bytes = Int(exactly: (number * (unit ?? 1)).rounded()),
      bytes < 1 << 50
    else {
      throw CommandError(
        .usage, "--memory takes bytes or a number with K, M, G or T, not '\(text)'")
    }
    return bytes
  }
}

extension Int {
  /// Bytes as people read them, as "1.4 GiB", rounded up.
  var inMemoryUnits: String {
    let mebibytes = (self + (1 << 20) - 1) >> 20
    return mebibytes < 1000
      ? "\(mebibytes) MiB"
      : String(format: "%.1f GiB", (Double(mebibytes) / 102.4).rounded(.up) / 10)
  }
}
