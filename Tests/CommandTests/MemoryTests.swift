import Foundation
import Glibc
import Raster
import Testing

/// What the program may take in memory is what it takes, and what it makes does not depend on it.
@Suite(.serialized)
struct MemoryTests {
  /// A picture that is one window of 512x512 pixels, with a stroke on it.
  private static func folder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    let scene = Drawing.scene(width: 512, height: 512)
    try Picture(pixels: .eight(scene)).write(to: folder / "a.png", overwrite: false)
    try Picture(pixels: .eight(Drawing.painted(scene))).write(
      to: folder / "b.png", overwrite: false)
    return folder
  }

  private static func edit(_ folder: ScratchFolder, _ flags: [String]) -> [String] {
    ["edit", folder / "a.png", folder / "b.png", "-o", folder / "c.png", "--force", "--seed", "1"]
      + ["--steps", "2", "--workers", "2"] + flags
  }

  /// Bytes that the message names which says that memory does not suffice, where it does for the
  /// weights.
  private static func needed(_ flags: [String], in folder: ScratchFolder) throws -> Int {
    let run = try Program.run(edit(folder, flags + ["--memory", "250M"]), in: folder)
    #expect(run.status == 69, "\(run.errors)")
    #expect(run.errorLines.count == 1 && !folder.contents.contains("c.png"))
    let number = run.errors.split(separator: "--memory ").last?.prefix { $0.isNumber }
    return try #require(number.flatMap { Int($0) }) << 20
  }

  static let modes: [[String]] = [
    ["--mode", "sparse"], ["--mode", "dense"], ["--mode", "dense", "--scheme", "displaced"],
    ["--mode", "dense", "--scheme", "async"],
  ]

  /// With as little as it says it takes, it takes no more than 300 MB beyond that.
  @Test(arguments: modes)
  func boundsTheProcess(flags: [String]) throws {
    let folder = try Self.folder()
    let least = try Self.needed(flags, in: folder)
    #expect(least > 400 << 20)
    for limit in [least, 2 * least] {
      let peak = try Self.peak(Self.edit(folder, flags + ["--memory", "\(limit)"]), in: folder)
      #expect(peak <= limit + 300_000_000, "\(peak >> 20) MiB of \(limit >> 20)")
    }
  }

  /// Bytes that a run that succeeds holds at most.
  private static func peak(_ words: [String], in folder: ScratchFolder) throws -> Int {
    let child = try Spawning.start(
      [Program.path] + words,
      ["HOME": folder.home, "TESSERA_ASSETS": Program.repository + "/Assets"])
    var (status, usage) = (Int32(0), rusage())
    while wait4(child, &status, 0, &usage) < 0, errno == EINTR {}
    #expect(status == 0)
    return Int(usage.ru_maxrss) << 10
  }

  /// What needs no model is bounded too: here by many pieces of a picture that is painted all over.
  @Test(arguments: ["--hint-only", "--no-model"])
  func boundsWhatNeedsNoModel(flag: String) throws {
    let folder = try ScratchFolder()
    let scene = Drawing.scene(width: 2400, height: 1800)
    try folder.save(scene, "a.png")
    try folder.save(RGBA8(width: 2400, height: 1800, filledWith: (90, 20, 40, 255)), "b.png")
    let words = ["edit", "a.png", "b.png", "-o", "c.png", "--force", "--no-texture", flag]
    let refused = try Program.run(words + ["--memory", "100M"], in: folder)
    #expect(refused.status == 69 && !folder.contents.contains("c.png"), "\(refused.errors)")
    let number = refused.errors.split(separator: "--memory ").last?.prefix { $0.isNumber }
    let least = try #require(number.flatMap { Int($0) }) << 20
    let places = words.map { $0.hasSuffix(".png") ? folder / $0 : $0 }
    let peak = try Self.peak(places + ["--memory", "\(least)"], in: folder)
    #expect(peak <= least + 30_000_000, "\(peak >> 20) MiB of \(least >> 20)")
  }

  @Test func bytesDoNotDependOnTheLimit() throws {
    let folder = try Self.folder()
    let least = try Self.needed([], in: folder)
    var seen: Set<[UInt8]> = []
    for memory in ["\(least)", "1.5G", "3G"] {
      let run = try Program.run(Self.edit(folder, ["--memory", memory]), in: folder)
      #expect(run.status == 0, "\(run.errors)")
      seen.insert(try folder.bytes("c.png"))
    }
    #expect(seen.count == 1)
  }

  /// Half of what `ulimit -v` leaves is what may be taken, or less where there is less; more than is
  /// left is not.
  @Test func ulimitIsALimit() throws {
    let folder = try Self.folder()
    let words = Self.edit(folder, [])
    let tight = try Program.run(words, in: folder, shell: #"ulimit -v 1200000; exec "$@""#)
    #expect(tight.status == 69 && tight.errors.contains("may be taken"), "\(tight.errors)")
    let wide = try Program.run(words, in: folder, shell: #"ulimit -v 3000000; exec "$@""#)
    #expect(wide.status == 0, "\(wide.errors)")
    let asked = try Program.run(
      Self.edit(folder, ["--memory", "100G"]), in: folder,
      shell: #"ulimit -v 3000000; exec "$@""#)
    #expect(asked.status == 0 && asked.errors.contains("can be had here"), "\(asked.errors)")
  }

  /// A control group ends what takes more than it allows, so nothing may.
  @Test func controlGroupsAreLimits() throws {
    let folder = try Self.folder()
    let name = "tessera-test-\(getpid())"
    let places = [
      ("/sys/fs/cgroup/memory/\(name)", "memory.limit_in_bytes"),
      ("/sys/fs/cgroup/\(name)", "memory.max"),
    ]
    for (group, file) in places {
      guard mkdir(group, 0o755) == 0 else { continue }
      defer { rmdir(group) }
      let setUp = "echo 1600M > \(group)/\(file) 2>/dev/null || exit 99; echo $$ > "
      let run = try Program.run(
        Self.edit(folder, []), in: folder, shell: "\(setUp)\(group)/cgroup.procs; exec \"$@\"")
      guard run.status != 99 else { continue }
      #expect(run.status == 0, "\(run.errors)")
      let tight = try Program.run(
        Self.edit(folder, []), in: folder,
        shell: "echo 600M > \(group)/\(file); echo $$ > \(group)/cgroup.procs; exec \"$@\"")
      #expect(tight.status == 69 && tight.errors.contains("may be taken"), "\(tight.errors)")
      return
    }
    print("skipped: no control group can be made here")
  }
}
