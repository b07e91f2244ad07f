import Foundation
import Glibc

/// An X server without a screen, for one test, and what is to be seen and typed on it.
///
/// Everything that it starts ends with it.
final class VirtualDisplay {
  static let (width, height) = (900, 640)
  /// Programs that every test of a real terminal needs.
  static let tools = ["Xvfb", "xdotool", "import"]

  static func isInstalled(_ program: String) -> Bool {
    ["/usr/bin", "/bin", "/usr/local/bin"].contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
  }

  private let folder: ScratchFolder
  private let name: String
  private var children: [pid_t] = []

  /// Takes the first free number from 40 on; throws where the server does not start.
  init(in folder: ScratchFolder) throws {
    self.folder = folder
    let number = (40..<50).first { !FileManager.default.fileExists(atPath: "/tmp/.X\($0)-lock") }
    guard let number else { throw POSIXError(.EADDRINUSE) }
    name = ":\(number)"
    let size = "\(Self.width)x\(Self.height)x24"
    try start(["Xvfb", name, "-screen", "0", size, "-nolisten", "tcp"])
    let socket = "/tmp/.X11-unix/X\(number)"
    guard Self.wait(until: { FileManager.default.fileExists(atPath: socket) }) else {
      throw POSIXError(.ETIMEDOUT)
    }
  }

  deinit {
    for child in children.reversed() { Spawning.end(child) }
  }

  /// Whether a condition comes true before the time is up.
  static func wait(seconds: Double = 30, until isTrue: () -> Bool) -> Bool {
    let limit = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < limit {
      if isTrue() { return true }
      usleep(30_000)
    }
    return isTrue()
  }

  private var variables: [String: String] {
    [
      "PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": folder.home, "LANG": "C.UTF-8",
      "DISPLAY": name, "XDG_RUNTIME_DIR": folder.home, "LIBGL_ALWAYS_SOFTWARE": "1",
      "T": Program.path, "TESSERA_ASSETS": folder.home,
    ]
  }

  /// Starts a program on the display, in the test's folder; it ends with this value.
  func start(_ words: [String], _ more: [String: String] = [:]) throws {
    let all = variables.merging(more) { $1 }
    children.append(try Spawning.start(["-C", folder.path] + words, all))
  }

  private func run(_ words: [String]) {
    try? Spawning.run(["-C", folder.path] + words, variables)
  }

  /// Types text into the window under the pointer.
  func type(_ text: String) { run(["xdotool", "type", "--delay", "15", text]) }

  /// Presses keys by X's names: `Return`, `Escape`.
  func press(_ keys: String...) { run(["xdotool", "key", "--delay", "15"] + keys) }

  /// Gives the window under a place the keys.
  func focus() {
    run(["xdotool", "mousemove", "300", "200", "getmouselocation", "windowfocus"])
  }

  /// Draws a line with the left button.
  func drag(from: (x: Int, y: Int), to: (x: Int, y: Int)) {
    run([
      "xdotool", "mousemove", "\(from.x)", "\(from.y)", "sleep", "0.05", "mousedown", "1",
      "mousemove", "\(to.x)", "\(to.y)", "sleep", "0.05", "mouseup", "1",
    ])
  }

  /// What the whole display shows; nil where it could not be read.
  func screenshot() -> Screenshot? {
    run(["import", "-window", "root", "-depth", "8", "rgb:shot.part"])
    guard let bytes = try? folder.bytes("shot.part"), bytes.count == Self.width * Self.height * 3
    else { return nil }
    return Screenshot(bytes: bytes)
  }
}

/// Pixels of the display, red, green and blue.
struct Screenshot {
  let bytes: [UInt8]

  private func color(_ x: Int, _ y: Int) -> Int {
    let at = (y * VirtualDisplay.width + x) * 3
    return Int(bytes[at]) << 16 | Int(bytes[at + 1]) << 8 | Int(bytes[at + 2])
  }

  /// The rows from the first to the last, in the upper part, that have a colour in several places, as
  /// 0xRRGGBB; nil where there is none.
  func rows(of wanted: Int) -> Range<Int>? {
    let rows = (0..<VirtualDisplay.height / 4).filter { y in
      (0..<VirtualDisplay.width).count { color($0, y) == wanted } > 3
    }
    guard let first = rows.first, let last = rows.last else { return nil }
    return first..<last + 1
  }

  /// In how many parts the cells of a picture are divided from top to bottom: at how many heights of
  /// a cell colours change often; each row is one where a picture has been sent as such. `cell` are the
  /// rows of any cell.
  func parts(ofCellsLike cell: Range<Int>) -> Int {
    var sums = [Int](repeating: 0, count: cell.count)
    for y in 130..<330 {
      for x in stride(from: 60, to: 450, by: 3) {
        let (a, b) = (color(x, y - 1), color(x, y))
        let isFar = stride(from: 0, through: 16, by: 8).contains {
          abs((a >> $0 & 255) - (b >> $0 & 255)) > 30
        }
        if isFar { sums[(y - cell.lowerBound) % cell.count] += 1 }
      }
    }
    let most = sums.max() ?? 0
    let edges = sums.map { $0 * 6 > most }
    let count = edges.count { $0 }
    if count > cell.count / 2 { return cell.count }
    // A font's blocks may have soft edges, which are two rows high.
    return edges.indices.count { edges[$0] && !edges[($0 + 1) % edges.count] }
  }
}
