import CFiles
package import Glibc

/// What a file has beside its bytes: owner, group, mode, access list and extended attributes.
package enum FileAttributes {
  /// Gives a new file what an old one has.
  ///
  /// Where the group cannot be kept, it may do no more than everybody may.
  /// - Parameters:
  ///   - path: the old file, without links.
  ///   - status: what stat(2) says of it.
  ///   - descriptor: the new one, open for writing.
  /// - Returns: what could not be kept, as `owner` or `access list`; empty where all was.
  package static func carry(from path: String, _ status: stat, to descriptor: Int32) -> [String] {
    var losses: [String] = []
    var fresh = Glibc.stat()
    guard fstat(descriptor, &fresh) == 0 else { return ["mode"] }
    // Owner before mode, because a change of owner clears the set-id bits.
    let losesOwner =
      fresh.st_uid != status.st_uid && fchown(descriptor, status.st_uid, ~0) != 0
    if losesOwner { losses.append("owner") }
    let losesGroup =
      fresh.st_gid != status.st_gid && fchown(descriptor, ~0, status.st_gid) != 0
    if losesGroup { losses.append("group") }
    var mode = status.st_mode & (losesOwner ? 0o3777 : 0o7777)
    if losesGroup { mode = mode & 0o5707 | (mode & 0o007) << 3 }
    if fchmod(descriptor, mode) != 0 { losses.append("mode") }
    return losses + extended(from: path, to: descriptor, withList: !losesGroup)
  }

  private static let list = "system.posix_acl_access"

  private static func extended(
    from path: String, to descriptor: Int32, withList: Bool
  ) -> [String] {
    var losses: [String] = []
    let names = names(of: path)
    // A new file may have got a list from its folder that the old one does not have.
    if !names.contains(list) { cfiles_remove_attribute(descriptor, list) }
    for name in names {
      if name == list, !withList {
        cfiles_remove_attribute(descriptor, list)
        losses.append("access list")
        continue
      }
      guard
        let value = value(
          name,
          { file, size in
            PathText.withName(path) { cfiles_attribute($0, name, file, size) } ?? -1
          }), value != self.value(name, { cfiles_open_attribute(descriptor, name, $0, $1) })
      else { continue }
      if cfiles_set_attribute(descriptor, name, value, value.count) != 0 {
        losses.append(name == list ? "access list" : "attribute \(name)")
      }
    }
    return losses
  }

  private static func names(of path: String) -> [String] {
    let bytes = value("names") { buffer, size in
      PathText.withName(path) { cfiles_attribute_names($0, buffer, size) } ?? -1
    }
    return (bytes ?? []).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// What a call fills a buffer with whose size it tells; nil where it fails.
  private static func value(
    _ name: String, _ call: (UnsafeMutablePointer<CChar>?, Int) -> Int
  ) -> [UInt8]? {
    let size = call(nil, 0)
    guard size >= 0 else { return nil }
    var buffer = [CChar](repeating: 0, count: size)
    let count = buffer.withUnsafeMutableBufferPointer { call($0.baseAddress, size) }
    return count < 0 ? nil : buffer.prefix(count).map(UInt8.init(bitPattern:))
  }
}
