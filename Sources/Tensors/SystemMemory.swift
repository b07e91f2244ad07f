import CKernels
import Files

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Memory that a process can still have, and what bounds it.
package struct MemoryRoom: Sendable, Equatable {
  /// Where there is no more.
  package enum Bound: Sendable {
    /// The machine has no more that is free.
    case machine
    /// `ulimit` allows no more.
    case limit
    /// A control group allows no more.
    case group

    /// What to do about it, an imperative clause.
    package var remedy: String {
      switch self {
      case .machine: "close other programs"
      case .limit: "raise the limit of ulimit -v"
      case .group: "raise the memory limit of its control group"
      }
    }
  }

  /// Bytes that nobody asks for beforehand: of buffers, messages, and what the heap cannot reuse.
  private static let reserve = 8 << 20

  /// Bytes.
  package let bytes: Int
  /// What keeps it from being more.
  package let bound: Bound

  /// Puts the two together.
  package init(bytes: Int, bound: Bound) { (self.bytes, self.bound) = (bytes, bound) }

  /// Bytes of it that may be asked for.
  package var usable: Int { max(0, bytes - Self.reserve) }
}

/// How much memory this process has and may still take.
///
/// A machine's memory is bounded by what is free, by control groups of either version (a container
/// sees the machine's memory and is ended at its group's limit) and by `ulimit`.
package struct SystemMemory: Sendable {
  /// Where `/proc` and `/sys` are; tests name folders of their own.
  private let root: String

  /// Reads below `root`, which ends without a slash.
  package init(root: String = "") { self.root = root }

  /// Bytes of this process that are in memory now; 0 where the system does not say.
  package static var resident: Int {
    let fields = text("/proc/self/statm").split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }

  /// Bytes that this process could still take before something ends it.
  package var available: Int { room.bytes }

  /// The same, with what bounds it.
  package var room: MemoryRoom {
    let bounds: [(Int?, MemoryRoom.Bound)] =
      [(machine, .machine), (addressSpace, .limit)] + groups.map { ($0, .group) }
    return bounds.compactMap { bytes, bound in bytes.map { MemoryRoom(bytes: $0, bound: bound) } }
      .min { $0.bytes < $1.bytes } ?? MemoryRoom(bytes: 1 << 30, bound: .machine)
  }

  /// Sees that the process could still take so many bytes, and a little more for all that is small.
  ///
  /// - Parameter subject: what takes them, as "comparing pictures of 640x480 pixels".
  /// - Throws: `MemoryError` where it could not.
  package static func admit(_ bytes: Int, _ subject: @autoclosure () -> String)
    throws(MemoryError)
  {
    let room = SystemMemory().room
    guard bytes > room.usable else { return }
    throw MemoryError(lacking: bytes, room, subject: subject())
  }

  /// Sees to it that threads do not reserve address space for themselves where that is bounded.
  ///
  /// Each would set 64 MiB aside for what it allocates, of which it needs next to nothing. To be
  /// called before the first thread is started.
  package static func keepAddressSpace() {
    let limits = Self.text("/proc/self/limits").lines
    guard let line = limits.first(where: { $0.hasPrefix("Max address space") }) else { return }
    if line.split(separator: " ").dropFirst(3).first != "unlimited" { ck_share_heap() }
  }

  /// What the kernel counts as available on the whole machine.
  private var machine: Int? {
    let fields = lines(of: "/proc/meminfo", separator: ":")
    return (fields["MemAvailable"] ?? fields["MemTotal"]).map { $0 << 10 }
  }

  /// What `ulimit -v` and `ulimit -d` leave.
  private var addressSpace: Int? {
    let used = lines(of: "/proc/self/status", separator: ":")
    return [("Max address space", "VmSize"), ("Max data size", "VmData")].compactMap {
      limit, field -> Int? in
      guard
        let line = Self.text(root + "/proc/self/limits").lines.first(where: { $0.hasPrefix(limit) }
        ),
        let soft = line.dropFirst(limit.count).split(separator: " ").first.flatMap({ Int($0) })
      else { return nil }
      return max(0, soft - (used[field] ?? 0) << 10)
    }.min()
  }

  /// What the limits of the control groups leave that the process is in, from its own to the root.
  private var groups: [Int] {
    Self.text(root + "/proc/self/cgroup").lines.flatMap { line -> [Int] in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return [] }
      if parts[0] == "0", parts[1].isEmpty {
        return ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].flatMap { mount in
          walk(mount, String(parts[2])) { group in
            let limits = ["memory.max", "memory.high"].compactMap { number("\(group)/\($0)") }
            return left(
              limits.min(), used: number("\(group)/memory.current"),
              reclaimable: lines(of: "\(group)/memory.stat", separator: " ")["inactive_file"])
          }
        }
      }
      guard parts[1].split(separator: ",").contains("memory") else { return [] }
      return walk("/sys/fs/cgroup/memory", String(parts[2])) { group in
        let stat = lines(of: "\(group)/memory.stat", separator: " ")
        return left(
          number("\(group)/memory.limit_in_bytes"),
          used: number("\(group)/memory.usage_in_bytes"),
          reclaimable: stat["total_inactive_file"] ?? stat["inactive_file"])
      }
    }
  }

  /// What is said at a group and all around it; inside a container its path may not be there, and
  /// the mount itself is the group.
  private func walk(_ mount: String, _ path: String, _ read: (String) -> Int?) -> [Int] {
    var parts = path.split(separator: "/")
    var found: [Int] = []
    while true {
      if let bytes = read(([mount[...]] + parts).joined(separator: "/")) { found.append(bytes) }
      guard parts.popLast() != nil else { return found }
    }
  }

  private func left(_ limit: Int?, used: Int?, reclaimable: Int?) -> Int? {
    limit.map { max(0, $0 - max(0, (used ?? 0) - (reclaimable ?? 0))) }
  }

  /// The number a file holds; nil for "max" and where there is none.
  private func number(_ path: String) -> Int? {
    Self.text(root + path).lines.first.flatMap { Int($0) }
  }

  /// The numbers of lines such as "MemTotal:  1024 kB", by name.
  private func lines(of path: String, separator: Character) -> [String: Int] {
    var numbers: [String: Int] = [:]
    for line in Self.text(root + path).lines {
      let parts = line.split(separator: separator, maxSplits: 1)
      guard parts.count == 2,
        let value = parts[1].split(whereSeparator: \.isWhitespace).first.flatMap({ Int($0) })
      else { continue }
      numbers[String(parts[0])] = value
    }
    return numbers
  }

  /// The first 64 KiB of a file; nothing where it cannot be read.
  private static func text(_ path: String) -> String {
    let file = FileSystem.open(path, O_RDONLY)
    guard file >= 0 else { return "" }
    defer { close(file) }
    return PathText.text(of: FileSystem.read(file, limit: 1 << 16) ?? [])
  }
}

extension String {
  fileprivate var lines: [Substring] { split(separator: "\n") }
}
