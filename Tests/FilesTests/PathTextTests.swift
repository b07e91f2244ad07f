import Files
import Testing

@Suite struct PathTextTests {
  /// Names, and their texts as shown.
  static let names: [([UInt8], String)] = [
    (Array("photo.png".utf8), "photo.png"), (Array("é漢🖌".utf8), "é漢🖌"), ([], ""),
    ([0x63, 0x61, 0x66, 0xE9], "caf\u{FFFD}"), ([0xFF, 0xFE], "\u{FFFD}\u{FFFD}"),
    // Cut short, too long a form, a surrogate, past the last character.
    ([0xE2, 0x82], "\u{FFFD}\u{FFFD}"), ([0xC0, 0xAF], "\u{FFFD}\u{FFFD}"),
    ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
    ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
    // A name that holds what stands for the byte E9 itself.
    (Array("\u{10FEE9}".utf8), "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
    ([0xE9, 0xCC, 0x81], "\u{FFFD}\u{301}"),
  ]

  @Test(arguments: names)
  func backAndForth(name: [UInt8], shown: String) {
    let text = PathText.text(of: name)
    #expect(PathText.bytes(of: text) == name)
    #expect(PathText.shown(text) == shown)
    #expect(PathText.withName(text) { String(cString: $0).utf8.count } != nil)
  }

  @Test func anyBytesComeBack() {
    var state: UInt64 = 0x7e55_e7a0
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    var texts: Set<[UInt8]> = []
    var names: Set<[UInt8]> = []
    for _ in 0..<20_000 {
      let lead: [UInt8] = [0x41, 0x80, 0xC3, 0xE2, 0xF4, 0x8F, 0xBA, 0xBB, 0xA9, 0x2F]
      let name = (0..<next() % 9).map { _ in
        next() % 3 == 0 ? UInt8(1 + next() % 255) : lead[Int(next() % UInt64(lead.count))]
      }
      let text = PathText.text(of: name)
      #expect(PathText.bytes(of: text) == name)
      names.insert(name)
      texts.insert(Array(text.utf8))
    }
    #expect(texts.count == names.count, "no two names have one text")
  }

  @Test func whatLooksAlikeIsNotTheSame() {
    #expect("e\u{301}" == "\u{E9}" && !PathText.areSame("e\u{301}", "\u{E9}"))
    #expect(PathText.areSame("\u{E9}", "\u{E9}"))
  }

  /// Paths, and their parts: folder, last part, ending, the path without it.
  @Test(arguments: [
    ("a.png", ".", "a.png", "png", "a"), ("/a", "/", "a", "", "/a"),
    ("x.d/a", "x.d", "a", "", "x.d/a"), ("x/.hidden", "x", ".hidden", "", "x/.hidden"),
    ("x/a.b.PNG", "x", "a.b.PNG", "PNG", "x/a.b"), ("x/", "x", "", "", "x/"),
    // A combining mark behind the slash or the dot.
    ("x/\u{301}a.png", "x", "\u{301}a.png", "png", "x/\u{301}a"),
    ("a.\u{301}", ".", "a.\u{301}", "\u{301}", "a"), ("a.", ".", "a.", "", "a."),
  ])
  func parts(path: String, folder: String, last: String, ending: String, without: String) {
    #expect(path.parentPath == folder)
    #expect(Array(path.lastPathPart.utf8) == Array(last.utf8))
    #expect(path.pathBeforeLastPart + path.lastPathPart == path)
    #expect(path.pathEnding.unicodeScalars.elementsEqual(ending.unicodeScalars))
    #expect(path.withoutPathEnding.unicodeScalars.elementsEqual(without.unicodeScalars))
  }

  @Test func homeFolders() {
    #expect(Surroundings.expandingTilde("~/a") != "~/a")
    #expect(Surroundings.expandingTilde("~/a").hasSuffix("/a"))
    #expect(Surroundings.expandingTilde("~root/a.png") == "/root/a.png")
    for path in ["a~", "./~/a", "~nobody-of-this-name/a", "", "/~"] {
      #expect(Surroundings.expandingTilde(path) == path)
    }
  }
}
