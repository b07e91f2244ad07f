import Diffusion
import Files
import Glibc
import Raster
import Synchronization

/// A model's name and the SHA-256 of its weights, found when first asked for.
///
/// Reading the weights takes a moment, so digests are kept in the cache folder by path, size and
/// time of change; a file that changes is read again.
final class ModelIdentity: Sendable {
  private let load: @Sendable () throws -> ModelFolder
  private let known = Mutex<ModelNote??>(nil)

  /// Makes the identity of the model that `load` finds; it is called at most once.
  init(_ load: @escaping @Sendable () throws -> ModelFolder) { self.load = load }

  /// Name and digest; nil where the model cannot be read any more. May read the weights.
  var note: ModelNote? {
    known.withLock { known in
      if let known { return known }
      let found = (try? load()).map {
        ModelNote(
          name: $0.path.lastPathPart,
          sha256: Self.digest(ofFile: $0.network.weightsPath))
      }
      known = .some(found)
      return found
    }
  }

  private static func digest(ofFile path: String) -> String? {
    guard let status = FileSystem.status(path) else { return nil }
    let time = status.st_mtim
    let key = "\(status.st_size) \(time.tv_sec).\(time.tv_nsec) \(path)"
    let cache = UserFolder.cache.made().map { $0 + "/model-digests" }
    let bytes = cache.flatMap { FileSystem.contents($0, limit: 1 << 20) } ?? []
    let lines = String(decoding: bytes, as: UTF8.self)
    for line in lines.split(separator: "\n") where line.dropFirst(65) == key {
      return String(line.prefix(64))
    }
    guard let digest = SHA256.hex(ofFile: path) else { return nil }
    // Other paths stay; an older line of this one goes.
    let others = lines.split(separator: "\n").filter { !$0.hasSuffix(" " + path) }.suffix(63)
    let text = (others.map(String.init) + ["\(digest) \(key)"]).joined(separator: "\n") + "\n"
    if let cache { _ = try? AtomicFile.write(Array(text.utf8), to: cache, overwrite: true) }
    return digest
  }
}
