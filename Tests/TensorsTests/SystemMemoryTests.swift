import Foundation
import Testing

import Tensors

/// What can be had, from trees of files as systems have them.
struct SystemMemoryTests {
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let files: [String: String]
    /// In MiB.
    let available: Int
  }

  static let meminfo = "MemTotal:       8388608 kB\nMemFree: 1 kB\nMemAvailable:   4194304 kB\n"
  static let v1 = "4:memory:/a/b\n1:cpu:/\n0::/\n"

  static let cases: [Case] = [
    Case(
      testDescription: "a machine without groups",
      files: ["proc/meminfo": meminfo], available: 4096),
    Case(
      testDescription: "an old kernel, which does not say what is available",
      files: ["proc/meminfo": "MemTotal:  2097152 kB\n"], available: 2048),
    Case(testDescription: "a system that says nothing", files: [:], available: 1024),
    Case(
      testDescription: "the second version, less files that can go",
      files: [
        "proc/meminfo": meminfo, "proc/self/cgroup": "0::/app\n",
        "sys/fs/cgroup/app/memory.max": "1073741824\n",
        "sys/fs/cgroup/app/memory.current": "536870912\n",
        "sys/fs/cgroup/app/memory.stat": "anon 1\ninactive_file 268435456\n",
      ], available: 768),
    Case(
      testDescription: "memory.high is a limit too",
      files: [
        "proc/meminfo": meminfo, "proc/self/cgroup": "0::/app\n",
        "sys/fs/cgroup/app/memory.max": "max\n",
        "sys/fs/cgroup/app/memory.high": "209715200\n",
      ], available: 200),
    Case(
      testDescription: "a group around counts, its own has no limit",
      files: [
        "proc/meminfo": meminfo, "proc/self/cgroup": "0::/slice/app\n",
        "sys/fs/cgroup/slice/app/memory.max": "max\n",
        "sys/fs/cgroup/slice/memory.max": "314572800\n",
        "sys/fs/cgroup/slice/memory.current": "104857600\n",
      ], available: 200),
    Case(
      testDescription: "the first version",
      files: [
        "proc/meminfo": meminfo, "proc/self/cgroup": v1,
        "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "1572864000\n",
        "sys/fs/cgroup/memory/a/b/memory.usage_in_bytes": "524288000\n",
        "sys/fs/cgroup/memory/a/b/memory.stat": "cache 5\ntotal_inactive_file 104857600\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      ], available: 1100),
    Case(
      testDescription: "inside a container, where the mount is the group",
      files: [
        "proc/meminfo": meminfo, "proc/self/cgroup": v1,
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "524288000\n",
      ], available: 500),
    Case(
      testDescription: "a group that is full",
      files: [
        "proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n",
        "sys/fs/cgroup/memory.max": "1048576\n", "sys/fs/cgroup/memory.current": "2097152\n",
      ], available: 0),
    Case(
      testDescription: "ulimit -v, less what is mapped",
      files: [
        "proc/meminfo": meminfo,
        "proc/self/limits":
          "Max data size             unlimited            unlimited            bytes\n"
          + "Max address space         2147483648           unlimited            bytes\n",
        "proc/self/status": "VmSize:\t  524288 kB\nVmData:\t 1 kB\n",
      ], available: 1536),
    Case(
      testDescription: "nonsense",
      files: [
        "proc/meminfo": "MemAvailable\n:\nMemTotal: many kB\nMemAvailable: 1048576 kB",
        "proc/self/cgroup": "\n0\n0:\n:::::\n0::/../..\n7:memory\n",
        "sys/fs/cgroup/memory.max": "-5x\n",
      ], available: 1024),
  ]

  @Test(arguments: cases)
  func availableIsTheLeast(of system: Case) throws {
    let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    for (name, text) in system.files {
      let file = root.appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    let room = SystemMemory(root: root.path).room
    #expect(room.bytes >> 20 == system.available)
    let names = system.files.keys.joined()
    #expect(room.bound != .limit || names.contains("proc/self/limits"))
    #expect(room.bound != .group || names.contains("sys/fs/cgroup"))
  }

  /// What is advised is a limit that can be had, or none.
  @Test(arguments: [
    (90, 200, Optional(100)), (90, 100, 100), (90, 99, nil), (99, 200, 110), (89, 200, 100),
  ])
  func advisesWhatCanBeHad(needed: Int, ceiling: Int, advice: Int?) {
    let ledger = MemoryLedger(
      limit: 50 << 20, ceiling: MemoryRoom(bytes: ceiling << 20, bound: .limit)
    ) { _, _ in 10 << 20 }
    let error = #expect(throws: MemoryError.self) {
      try ledger.admit((needed - 10) << 20, "all of it")
    }
    #expect(error?.needed == needed << 20 && error?.sufficient == advice.map { $0 << 20 })
    #expect(throws: Never.self) { try ledger.admit(40 << 20, "a part of it") }
  }

  @Test func thisProcessIsInMemory() {
    #expect(SystemMemory.resident > 1 << 20)
    #expect(SystemMemory().available > 0)
  }
}

/// Buffers that lie unused are what can be given up.
@Suite(.serialized)
struct BufferPoolTests {
  @Test func unusedBuffersGoWhereBlocksExceedTheBound() {
    let pool = BufferPool.shared
    defer { pool.bound(.max) }
    let before = pool.use.held
    // Sizes that nothing else asks for.
    let sizes = (1...8).map { 3_000_000 + 4096 * $0 }
    do {
      let buffers = sizes.map { Buffer(byteCount: $0) }
      #expect(pool.use.held == before + sizes.reduce(0, +))
      withExtendedLifetime(buffers) {}
    }
    #expect(pool.use.held == before && pool.use.unused >= sizes.reduce(0, +))
    pool.bound(before + 10_000_000)
    #expect(pool.use.unused <= 10_000_000)
    let large = Buffer(byteCount: 9_000_000)
    #expect(pool.use.unused <= 1_000_000)
    pool.bound(0)
    #expect(pool.use.unused == 0)
    withExtendedLifetime(large) {}
  }
}
