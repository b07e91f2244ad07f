import Files
import Glibc

/// A safetensors file, opened read-only and mapped into memory.
///
/// Opening reads and checks the header only; tensors are paged in when they are first used. Weights
/// are therefore neither copied nor held twice.
///
/// ```swift
/// let file = try SafetensorsFile(path: "model.safetensors")
/// let weight = try file.tensor("conv_in.weight").floats()
/// ```
///
/// Reading a mapping past the end of a file that was cut after opening raises SIGBUS. So every
/// access first asks the system for the file's size and modification time and throws
/// `.changed` where they differ. A cut in the microseconds between the question and the read is
/// not caught.
package final class SafetensorsFile: Sendable {
  /// Path as given when the file was opened.
  package let path: String
  /// The free texts of `__metadata__`.
  package let metadata: [String: String]

  private let header: SafetensorsHeader
  private let descriptor: Int32
  private let stamp: FileStamp
  // The mapping is read-only and lives as long as this object.
  nonisolated(unsafe) private let mapping: UnsafeRawBufferPointer
  private let dataStart: Int

  /// Opens a file and checks its header against every rule of the format.
  ///
  /// - Throws: `SafetensorsError`; nothing stays open then.
  /// - Complexity: O(header); the tensors are not touched.
  package init(path: String) throws(SafetensorsError) {
    let opened = try OpenedFile(path: path)
    do throws(SafetensorsError) {
      let mapping = try opened.map()
      do throws(SafetensorsError) {
        (header, dataStart) = try Self.readHeader(mapping, path: path)
      } catch {
        munmap(UnsafeMutableRawPointer(mutating: mapping.baseAddress), mapping.count)
        throw error
      }
      self.path = path
      self.mapping = mapping
      metadata = header.metadata
      descriptor = opened.descriptor
      stamp = opened.stamp
    } catch {
      close(opened.descriptor)
      throw error
    }
  }

  deinit {
    munmap(UnsafeMutableRawPointer(mutating: mapping.baseAddress), mapping.count)
    close(descriptor)
  }

  /// Names of all tensors, sorted.
  package var names: [String] { header.tensors.keys.sorted() }

  /// Number of tensors.
  package var count: Int { header.tensors.count }

  /// Bytes in memory while all tensors are read to floats: the file's pages and the floats.
  package var bytesToRead: Int {
    header.tensors.values.reduce(mapping.count) { $0 + 4 * $1.shape.reduce(1, *) }
  }

  /// Shapes of all tensors by name.
  package var shapes: [String: [Int]] { header.tensors.mapValues(\.shape) }

  /// Whether there is a tensor of this name.
  package func contains(_ name: String) -> Bool { header.tensors[name] != nil }

  /// The tensor of this name, as a view that keeps the file open.
  ///
  /// - Throws: `.noTensor` where there is none.
  package func tensor(_ name: String) throws(SafetensorsError) -> TensorView {
    guard let entry = header.tensors[name] else {
      throw SafetensorsError(file: path, kind: .noTensor(name))
    }
    return TensorView(file: self, name: name, dtype: entry.type, shape: entry.shape, entry.range)
  }

  /// Calls `body` with the stored bytes in `range` of the data section, unless the file changed.
  func withBytes<Result>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Result
  ) throws(SafetensorsError) -> Result {
    guard FileStamp(descriptor: descriptor) == stamp else {
      throw SafetensorsError(file: path, kind: .changed)
    }
    let start = dataStart + range.lowerBound
    return body(UnsafeRawBufferPointer(rebasing: mapping[start..<start + range.count]))
  }

  private static func readHeader(
    _ bytes: UnsafeRawBufferPointer, path: String
  ) throws(SafetensorsError) -> (SafetensorsHeader, dataStart: Int) {
    func fault(_ kind: SafetensorsError.Kind) -> SafetensorsError {
      SafetensorsError(file: path, kind: kind)
    }
    if let foreign = foreignFormat(bytes) { throw fault(foreign) }
    guard bytes.count > 8 else { throw fault(.malformed("only \(bytes.count) bytes long")) }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= SafetensorsHeader.maximumLength else {
      throw fault(.malformed("header of \(length) bytes"))
    }
    let dataStart = 8 + Int(length)
    guard dataStart <= bytes.count else {
      throw fault(.truncated(expected: dataStart, actual: bytes.count))
    }
    let header: SafetensorsHeader
    do throws(HeaderFault) {
      header = try SafetensorsHeader(json: UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]))
    } catch { throw fault(.malformed(error.rule)) }

    // dataLength is a sum of checked ranges, so only this addition can still overflow.
    let (expected, overflow) = dataStart.addingReportingOverflow(header.dataLength)
    guard !overflow, expected <= bytes.count else {
      throw fault(.truncated(expected: overflow ? .max : expected, actual: bytes.count))
    }
    guard expected == bytes.count else {
      throw fault(.malformed("\(bytes.count - expected) bytes after the last tensor"))
    }
    return (header, dataStart)
  }

  /// Recognises by its first bytes what people most often put where weights should be.
  private static func foreignFormat(_ bytes: UnsafeRawBufferPointer) -> SafetensorsError.Kind? {
    if bytes.starts(with: "version https://git-lfs".utf8) { return .lfsPointer }
    if bytes.starts(with: "PK\u{3}\u{4}".utf8) { return .foreign("a PyTorch (zip) archive") }
    if bytes.starts(with: [0x80, 0x02]), bytes.count > 8, bytes[8] != UInt8(ascii: "{") {
      return .foreign("a pickle")
    }
    if bytes.starts(with: "GGUF".utf8) { return .foreign("a GGUF file") }
    if bytes.starts(with: "<!DOCTYPE".utf8) || bytes.starts(with: "<html".utf8) {
      return .foreign("a web page")
    }
    return nil
  }
}

/// Size and time of change of an open file.
private struct FileStamp: Equatable, Sendable {
  var size: Int
  var seconds: Int
  var nanoseconds: Int

  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  init(_ status: stat) {
    size = Int(status.st_size)
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }
}

/// A regular file open for reading, with its stamp at that moment.
private struct OpenedFile {
  var path: String
  var descriptor: Int32
  var stamp: FileStamp

  init(path: String) throws(SafetensorsError) {
    // Not blocking, so that a pipe in place of a file is refused below instead of waited for.
    descriptor = FileSystem.open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else {
      let isMissing = errno == ENOENT || errno == ENOTDIR
      throw SafetensorsError(
        file: path, kind: isMissing ? .missing : .unreadable(systemMessage()))
    }
    self.path = path
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    stamp = FileStamp(status)
    guard isKnown, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      let isFolder = isKnown && status.st_mode & S_IFMT == S_IFDIR
      throw SafetensorsError(
        file: path, kind: isFolder ? .isFolder : .unreadable("not a regular file"))
    }
  }

  func map() throws(SafetensorsError) -> UnsafeRawBufferPointer {
    guard stamp.size > 0 else {
      throw SafetensorsError(file: path, kind: .truncated(expected: 8, actual: 0))
    }
    let address = mmap(nil, stamp.size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw SafetensorsError(
        file: path, kind: errno == ENOMEM ? .noMemory : .unreadable(systemMessage()))
    }
    return UnsafeRawBufferPointer(start: address, count: stamp.size)
  }
}

/// The system's words for the last error.
func systemMessage() -> String { String(cString: strerror(errno)) }
