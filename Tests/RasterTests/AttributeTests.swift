import CFiles
import Files
import Glibc
import Raster
import Testing

/// What a file that is replaced has beside its bytes.
@Suite struct AttributeTests {
  private let folder = TemporaryFolder()

  private func set(_ name: String, _ value: [UInt8], of path: String) -> Bool {
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    return cfiles_set_attribute(descriptor, name, value, value.count) == 0
  }

  private func value(_ name: String, of path: String) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 1000)
    let count = cfiles_attribute(path, name, &buffer, buffer.count)
    return count < 0 ? nil : Array(buffer.prefix(count))
  }

  /// `user::rw-,user:1234:r--,group::r--,mask::r--,other::---` as the kernel has it (acl(5), xattr).
  private static let list: [UInt8] =
    [2, 0, 0, 0] + entry(1, 6) + entry(2, 4, 1234) + entry(4, 4) + entry(16, 4) + entry(32, 0)

  private static func entry(_ tag: UInt8, _ rights: UInt8, _ who: UInt32 = .max) -> [UInt8] {
    [tag, 0, rights, 0] + withUnsafeBytes(of: who.littleEndian) { Array($0) }
  }

  @Test(arguments: [
    ("user.tessera.test", Array("some text".utf8)), ("user.empty", []),
    ("system.posix_acl_access", list),
  ])
  func areKept(name: String, bytes: [UInt8]) throws {
    let path = folder / "a"
    put([1], at: path)
    guard set(name, bytes, of: path) else {
      print("not tested: the file system of /tmp has no \(name)")
      return
    }
    let before = try #require(FileSystem.status(path)).st_mode
    for usesUnnamed in [false, true] {
      let saved = try AtomicFile.write(
        [2], to: path, replacing: .always, calls: FileCalls(usesUnnamed: usesUnnamed))
      #expect(saved.losses == [] && saved.lossText == nil)
      #expect(get(path) == [2] && value(name, of: path) == bytes)
      #expect(FileSystem.status(path)?.st_mode == before)
    }
  }

  /// A folder gives its list to new files; a replaced one keeps having none.
  @Test func nothingIsAdded() throws {
    let path = folder / "a"
    put([1], at: path)
    guard set("system.posix_acl_default", Self.list, of: folder.path) else { return }
    _ = try AtomicFile.write([2], to: path, overwrite: true)
    #expect(value("system.posix_acl_access", of: path) == nil)
  }

  @Test(.enabled(if: geteuid() == 0, "only root may give files away"))
  func ownerAndGroup() throws {
    let path = folder / "a"
    put([1], at: path)
    #expect(chown(path, 1234, 4321) == 0 && chmod(path, 0o4640) == 0)
    let saved = try AtomicFile.write([2], to: path, overwrite: true)
    let status = try #require(FileSystem.status(path))
    #expect(status.st_uid == 1234 && status.st_gid == 4321 && status.st_mode & 0o7777 == 0o4640)
    #expect(saved.losses == [])
  }

  /// What cannot be kept is said, and nobody gets rights that he had not.
  @Test(.enabled(if: geteuid() == 0, "only root may become somebody else"))
  func lossesAreSaid() async throws {
    let folder = TemporaryFolder()
    put([1], at: folder / "a")
    #expect(chmod(folder.path, 0o777) == 0 && chmod(folder / "a", 0o6664) == 0)
    let path = folder / "a"
    await #expect(processExitsWith: .success) { [path = path as String] in
      #expect(setgid(65534) == 0 && setuid(65534) == 0)
      let saved = try AtomicFile.write([2], to: path, overwrite: true)
      #expect(saved.lossText == "could not keep owner, group")
    }
    let status = try #require(FileSystem.status(path))
    #expect(status.st_uid == 65534 && status.st_mode & 0o7777 == 0o644)
  }
}
