import Foundation
import Glibc

/// The built program, run as a process of its own as a user or a script would.
enum Program {
  /// What a run left behind.
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String

    /// Standard error without the line break at its end, split into lines.
    var errorLines: [Substring] {
      errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast(
        errors.hasSuffix("\n") ? 1 : 0)
    }

    /// The members of the one JSON object on standard output; empty where there is none.
    var json: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(output.utf8))) as? [String: Any] ?? [:]
    }
  }

  /// The program lies where the test bundle was built.
  static let path: String = {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = max(0, readlink("/proc/self/exe", &buffer, buffer.count))
    let own = String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return URL(filePath: own).deletingLastPathComponent().appending(path: "tessera").path
  }()

  /// The repository's folder.
  static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  static let bundledModel = repository + "/Assets/models/paint-base"

  static func fixture(_ name: String) -> String { "\(repository)/Tests/Fixtures/\(name)" }

  /// Starts the program with its streams going to files of `folder`.
  ///
  /// `shell` is a line of sh that runs the program as "$@", for limits and redirections.
  static func start(
    _ arguments: [String], in folder: ScratchFolder, shell: String? = nil,
    environment: [String: String] = [:]
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: shell == nil ? path : "/bin/sh")
    process.arguments = (shell.map { ["-c", $0, "sh", path] } ?? []) + arguments
    process.environment = [
      "PATH": "/usr/bin:/bin", "HOME": folder.home, "TESSERA_ASSETS": repository + "/Assets",
    ].merging(environment) { $1 }
    process.currentDirectoryURL = URL(filePath: folder.path)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try folder.stream("stdout")
    process.standardError = try folder.stream("stderr")
    // A child inherits the thread's blocked signals, and pools of threads block most of them.
    var (none, blocked) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &blocked)
    defer { pthread_sigmask(SIG_SETMASK, &blocked, nil) }
    try process.run()
    return process
  }

  /// What `info` reads of how a picture was made.
  static func generation(of file: String, in folder: ScratchFolder) throws -> [String: Any]? {
    try run(["info", file, "--json"], in: folder).json["generation"] as? [String: Any]
  }

  /// Runs the program to its end.
  static func run(
    _ arguments: [String], in folder: ScratchFolder, shell: String? = nil,
    environment: [String: String] = [:]
  ) throws -> Outcome {
    let process = try start(arguments, in: folder, shell: shell, environment: environment)
    process.waitUntilExit()
    return Outcome(
      status: process.terminationReason == .exit ? process.terminationStatus : -1,
      output: folder.streamText("stdout"), errors: folder.streamText("stderr"))
  }
}

/// A folder of its own for a test, removed with the value that names it.
final class ScratchFolder {
  /// Where tests put their files and the program runs.
  let path: String
  /// Where the program finds its own folders, apart from the files.
  let home: String
  private let streams: String

  init() throws {
    let root = NSTemporaryDirectory() + "tessera-\(UUID().uuidString)"
    path = root + "/files"
    streams = root + "/streams"
    home = root + "/home"
    for folder in [path, streams, home] {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
  }

  deinit {
    try? FileManager.default.removeItem(
      at: URL(filePath: path).deletingLastPathComponent())
  }

  /// Paths of everything in the folder, sorted.
  var contents: [String] {
    (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).sorted()
  }

  static func / (folder: ScratchFolder, name: String) -> String { "\(folder.path)/\(name)" }

  /// Writes a file, making the folders on the way.
  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws {
    let url = URL(filePath: self / name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(filePath: self / name)))
  }

  fileprivate func stream(_ name: String) throws -> FileHandle {
    let file = "\(streams)/\(name)"
    try Data().write(to: URL(filePath: file))
    return try FileHandle(forWritingTo: URL(filePath: file))
  }

  /// What the program has written so far.
  func streamText(_ name: String) -> String {
    let data = FileManager.default.contents(atPath: "\(streams)/\(name)") ?? Data()
    return String(decoding: data, as: UTF8.self)
  }
}
