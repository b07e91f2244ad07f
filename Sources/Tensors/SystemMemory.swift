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
    let numbers = numbers(["MemAvailable", "MemTotal"], of: "/proc/meminfo", separator: ":")
    return (numbers[0] ?? numbers[1]).map { $0 << 10 }
  }

  /// What `ulimit -v` and `ulimit -d` leave.
  private var addressSpace: Int? {
    let limits = Self.text(root + "/proc/self/limits").lines
    let bounds = ["Max address space", "Max data size"].map { name in
      limits.first { $0.hasPrefix(name) }.flatMap { line in
        line.dropFirst(name.count).split(separator: " ").first.flatMap { Int($0) }
      }
    }
    guard bounds.contains(where: { $0 != nil }) else { return nil }
    let used = numbers(["VmSize", "VmData"], of: "/proc/self/status", separator: ":")
    return zip(bounds, used).compactMap { soft, used in
      soft.map { max(0, $0 - (used ?? 0) << 10) }
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
              reclaimable: numbers(
                ["inactive_file"], of: "\(group)/memory.stat", separator: " ")[0])
          }
        }
      }
      guard parts[1].split(separator: ",").contains("memory") else { return [] }
      return walk("/sys/fs/cgroup/memory", String(parts[2])) { group in
        let reclaimable = numbers(
          ["total_inactive_file", "inactive_file"], of: "\(group)/memory.stat", separator: " ")
        return left(
          number("\(group)/memory.limit_in_bytes"),
          used: number("\(group)/memory.usage_in_bytes"),
          reclaimable: reclaimable[0] ?? reclaimable[1])
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

  /// The numbers of those lines such as "MemTotal:  1024 kB" that have some names, in the names' order.
  ///
  /// Every edit asks several times, so nothing else of a file is taken apart.
  private func numbers(_ names: [String], of path: String, separator: Character) -> [Int?] {
    let starts = names.map { Array("\($0)\(separator)".utf8) }
    var numbers = [Int?](repeating: nil, count: names.count)
    for line in Self.bytes(root + path).split(separator: UInt8(ascii: "\n")) {
      for (index, start) in starts.enumerated() where line.starts(with: start) {
        let rest = line.dropFirst(start.count).drop { $0 == 0x20 || $0 == 0x09 }
        let digits = rest.prefix { $0 != 0x20 && $0 != 0x09 }
        numbers[index] = Int(String(decoding: digits, as: UTF8.self))
      }
    }
    return numbers
  }

  /// The first 64 KiB of a file; nothing where it cannot be read.
  private static func text(_ path: String) -> String { PathText.text(of: bytes(path)) }

  private static func bytes(_ path: String) -> [UInt8] {
    let file = FileSystem.open(path, O_RDONLY)
    guard file >= 0 else { return [] }
    defer { close(file) }
    return FileSystem.read(file, limit: 1 << 16) ?? []
  }
}

extension String {
  fileprivate var lines: [Substring] { split(separator: "\n") }
}
