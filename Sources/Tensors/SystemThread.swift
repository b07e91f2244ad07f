import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Fewer threads than a run takes could be started: there is no room for a stack, or a limit is met.
package struct ThreadError: Error, Equatable {
  /// Threads asked for.
  package let wished: Int
  /// Threads that could run at a time, one at least.
  package let possible: Int

  /// States how many there were to be, and how many there can be.
  package init(wished: Int, possible: Int) {
    self.wished = wished
    self.possible = possible
  }
}

/// Threads of the system, whose start may fail; Foundation's `Thread` fails in silence.
package enum SystemThread {
  /// Bytes of address space that a thread takes beside what it allocates.
  package static let stackBytes = 8 << 20

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Runs `body` on a thread of its own.
  ///
  /// - Parameter name: at most 15 bytes, as debuggers show it.
  /// - Returns: false where no thread can be started, and `body` is never run.
  package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return false }
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackBytes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let held = Unmanaged.passRetained(
      Body { [name] in
        ck_name_thread(name)
        body()
      })
    var thread = pthread_t()
    let status = pthread_create(
      &thread, &attributes,
      { held in
        if let held { Unmanaged<Body>.fromOpaque(held).takeRetainedValue().run() }
        return nil
      }, held.toOpaque())
    if status != 0 { held.release() }
    return status == 0
  }
}
