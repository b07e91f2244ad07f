import Foundation
import Glibc

/// Starts programs that start others which outlive them, or may.
///
/// Not by `Process`: those inherit the descriptor by which that sees its child's end.
enum Spawning {
  /// Starts a program found in the variables' PATH with nothing to read, its output in a file or
  /// nowhere; returns the number of its process, which the caller has to wait for.
  static func start(
    _ words: [String], _ variables: [String: String], output: String = "/dev/null"
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    // Nor may a child hold what other tests wait on; closing what is not open does no harm.
    for descriptor: Int32 in 3..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }
    // What runs inside must not inherit the signals that a thread of the test blocks.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
    let arguments = (["env"] + words).map { strdup($0) } + [nil]
    let texts = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in arguments + texts { free(text) } }
    var child: pid_t = 0
    guard posix_spawn(&child, "/usr/bin/env", &actions, &attributes, arguments, texts) == 0 else {
      throw POSIXError(.ECHILD)
    }
    return child
  }

  /// Starts a program and waits for its end.
  static func run(
    _ words: [String], _ variables: [String: String], output: String = "/dev/null"
  ) throws {
    var status: Int32 = 0
    let child = try start(words, variables, output: output)
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
  }

  /// Ends a program that `start` started, by force where it takes longer than three seconds.
  static func end(_ child: pid_t) {
    var status: Int32 = 0
    kill(child, SIGTERM)
    for _ in 0..<300 {
      if waitpid(child, &status, WNOHANG) != 0 { return }
      usleep(10_000)
    }
    kill(child, SIGKILL)
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
  }
}
