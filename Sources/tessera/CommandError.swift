import Diffusion
import Foundation
import Networks
import PatchParallel
import Raster
import Tensors
import Terminal

/// What ends a command early: one line for people and the exit code for scripts.
struct CommandError: Error {
  /// Causes by exit code, after sysexits.h.
  enum Cause: Int32 {
    case difference = 1
    case usage = 64
    case badData = 65
    case noInput = 66
    case unavailable = 69
    case `internal` = 70
    case cannotCreate = 73
    case io = 74
    case busy = 75
    case interrupted = 130
  }

  let cause: Cause
  /// What, where and what to do next, without a trailing full stop.
  let message: String

  init(_ cause: Cause, _ message: String) {
    self.cause = cause
    self.message = message
  }

  /// The cause and message of an error of one of our rooms; nil for one that is not ours.
  init?(_ error: any Error) {
    switch error {
    case let error as SafetensorsError:
      self.init(Cause(error), error.description)
    case let error as ModelError:
      self.init(
        error.lacksMemory ? .unavailable : error.isMissing ? .noInput : .badData, error.description)
    case let error as PictureError:
      self.init(Cause(rawValue: error.exitCode) ?? .internal, error.description)
    case let error as NotFiniteError: self.init(.badData, error.description)
    case let error as StepsError: self.init(.usage, error.description)
    case let error as SchemeError: self.init(.usage, error.description)
    case let error as ConfigurationError: self.init(.badData, error.description)
    case let error as WeightsError: self.init(.badData, error.description)
    case let error as MemoryError:
      self.init(.unavailable, error.words)
    case let error as ThreadError:
      let cure =
        error.possible > 1
        ? "--workers \(error.possible) makes do with fewer" : "allow it more memory (ulimit -v)"
      self.init(
        .unavailable, "only \(error.possible) of \(error.wished) threads can run here; \(cure)")
    case let error as TerminalError:
      self.init(Cause(rawValue: error.exitCode) ?? .internal, error.description)
    case is CancellationError: self.init(.interrupted, "interrupted")
    default: return nil
    }
  }

  /// Prints the line to standard error and ends the process.
  func report() -> Never {
    // Whatever a file's name or a tensor's holds, it stays one line.
    StandardStream.errors.write("tessera: \(message.printable)\n")
    exit(cause.rawValue)
  }
}

extension CommandError.Cause {
  fileprivate init(_ error: SafetensorsError) {
    switch error.kind {
    case .missing: self = .noInput
    case .noMemory: self = .unavailable
    default: self = .badData
    }
  }
}

extension MemoryError {
  /// What takes how much, how much there is, and what to do.
  var words: String {
    let need = "\(subject) takes \(needed.inMemoryUnits) of memory"
    switch kind {
    case .allowed(let limit, let ceiling):
      let allowed = "\(need), and \(limit.inMemoryUnits) may be taken"
      if let sufficient { return "\(allowed); --memory \(sufficient >> 20)M allows it" }
      return "\(allowed), of the \(ceiling.bytes.inMemoryUnits) that can be had; "
        + ceiling.bound.remedy
    case .left(let room):
      return "\(need) more, and \(room.usable.inMemoryUnits) can be had; \(room.bound.remedy)"
    }
  }
}
