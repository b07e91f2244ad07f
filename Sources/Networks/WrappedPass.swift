/// Another pass with something done around each of its calls.
///
/// Calls come in the same order in every evaluation of a network, whatever the pass, so a number of
/// calls stands for a share of the work (`Network.cumulativeMACs`).
package final class WrappedPass<Inner: Pass>: Pass {
  package typealias Map = Inner.Map
  /// Gets a call and what computes it.
  package typealias Wrapping = (_ call: Call<Map>, _ compute: () throws -> Map) throws -> Map

  private let inner: Inner
  private let wrapping: Wrapping

  /// Makes a pass that computes as `inner` does, inside of `wrapping`.
  package init(_ inner: Inner, _ wrapping: @escaping Wrapping) {
    self.inner = inner
    self.wrapping = wrapping
  }

  /// Makes a pass whose `report` gets 1, 2, ... on the calling thread as calls get done.
  package convenience init(_ inner: Inner, report: @escaping (_ done: Int) -> Void) {
    var done = 0
    self.init(inner) { _, compute in
      let map = try compute()
      done += 1
      report(done)
      return map
    }
  }

  package func run(_ call: Call<Map>) throws -> Map {
    try wrapping(call) { try inner.run(call) }
  }
}

/// Ends an evaluation.
private struct NotFinite: Error { var layer: String }

extension UNet {
  /// The name of the first layer whose output is not finite; nil where all outputs are.
  ///
  /// Looking at every map costs time, so it is for evaluations whose result is known to be bad.
  /// - Parameters:
  ///   - pass: computes the evaluation once more.
  ///   - isFinite: whether a map holds no infinity and nothing that is not a number.
  /// - Throws: `CancellationError` from the pass.
  package func firstNotFinite<P: Pass>(
    _ pass: P, _ sample: P.Map, timestep: Double, isFinite: @escaping (P.Map) -> Bool
  ) throws -> String? {
    let embedding = time.projections(at: timestep, of: self)
    guard embedding.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return "time_embedding" }
    let checking = WrappedPass(pass) { call, compute in
      let map = try compute()
      guard isFinite(map) else { throw NotFinite(layer: call.name) }
      return map
    }
    do {
      _ = try self(checking, sample, timestep: timestep)
      return nil
    } catch let failure as NotFinite {
      return failure.layer
    }
  }
}
