package import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The C kernels of one instruction set, chosen once a process.
///
/// Sendable because the table holds only constants.
package struct Kernels: @unchecked Sendable {
  /// The kernels in use: the fastest this CPU runs, or what `TESSERA_KERNELS` names.
  package static let current: Kernels = {
    if let name = getenv("TESSERA_KERNELS"), let forced = Kernels(named: String(cString: name)) {
      return forced
    }
    guard let best = ck_select(nil) else { preconditionFailure("plain kernels run anywhere") }
    return Kernels(table: best.pointee)
  }()

  /// The name in `TESSERA_KERNELS` where this CPU has no such kernels, and the fastest are in use.
  package static var refusedName: String? {
    guard let name = getenv("TESSERA_KERNELS").map({ String(cString: $0) }) else { return nil }
    return Kernels(named: name) == nil ? name : nil
  }

  /// The names of all kernels that this CPU runs, fastest first.
  package static var names: [String] {
    ["avx512", "avx2", "plain"].filter { Kernels(named: $0) != nil }
  }

  /// Function pointers of this instruction set; see CKernels.h for their contracts.
  package let table: ck_kernels

  private init(table: ck_kernels) { self.table = table }

  /// The kernels called `name` ("avx512", "avx2" or "plain"); nil if this CPU cannot run them.
  package init?(named name: String) {
    guard let found = ck_select(name) else { return nil }
    self.init(table: found.pointee)
  }

  /// The instruction set's name.
  package var name: String { String(cString: table.name) }
  /// Output channels of a full panel of packed weights.
  package var panelWidth: Int { 2 * Int(table.lanes) }

  /// The panels that cover `channels` (a multiple of 16): first channel, width and vectors of each.
  package func panels(covering channels: Int) -> [Panel] {
    stride(from: 0, to: channels, by: panelWidth).map { first in
      let width = min(panelWidth, channels - first)
      return Panel(first: first, width: width, vectors: width / Int(table.lanes))
    }
  }
}

/// A group of adjacent output channels whose weights are packed together.
package struct Panel: Sendable, Equatable {
  /// First output channel.
  package let first: Int
  /// Output channels.
  package let width: Int
  /// Vectors that make up the width: 1 or 2.
  package let vectors: Int
}
