import Editor
import Raster
import Testing

/// Painting on transparency, and seeing it.
@Suite struct AlphaTests {
  /// Grey on the left, nothing on the right, 8x4 pixels; a red pen of one pixel in the corner.
  private func state() -> EditorState {
    var picture = Drawn.picture(String(repeating: "........\n", count: 4))
    for pixel in 0..<32 where pixel % 8 >= 4 {
      picture.samples.replaceSubrange(4 * pixel..<4 * pixel + 4, with: [9, 200, 77, 0])
    }
    var state = EditorState(picture: picture, name: "sprite.png")
    state.type("n:size 1<Enter>:color #ff0000<Enter>HHHHKKKK")
    return state
  }

  private func pixel(_ picture: RGBA8, _ x: Int, _ y: Int) -> [UInt8] {
    let at = picture.offset(x: x, y: y)
    return Array(picture.samples[at..<at + 4])
  }

  @Test func paintMakesOpaque() {
    var state = state()
    state.type(":go 6 1<Enter>.:go 1 1<Enter>.")
    #expect(pixel(state.canvas.edited, 6, 1) == [255, 0, 0, 255])
    #expect(pixel(state.canvas.edited, 1, 1) == [255, 0, 0, 255])
    #expect(pixel(state.canvas.edited, 5, 1) == [9, 200, 77, 0])
    #expect(pixel(state.canvas.original, 6, 1) == [9, 200, 77, 0])
    // The eraser brings the very bytes back, and undo too.
    let painted = state.canvas.edited
    state.type("e:size 1<Enter>:go 6 1<Enter>.")
    #expect(pixel(state.canvas.edited, 6, 1) == [9, 200, 77, 0])
    state.type("u")
    #expect(state.canvas.edited == painted)
  }

  @Test func aSettingKeepsAlpha() {
    var state = state()
    state.type(":set alpha=keep<Enter>:go 6 1<Enter>.")
    #expect(pixel(state.canvas.edited, 6, 1) == [255, 0, 0, 0])
    #expect(state.message?.text.contains("alpha=keep") == true)
    state.type("u:set alpha=paint<Enter>.")
    #expect(pixel(state.canvas.edited, 6, 1) == [255, 0, 0, 255])
    state.type(":alpha none<Enter>")
    #expect(state.message?.isError == true)
  }

  /// Half a stroke over what is half there: straight alpha, "over".
  @Test(arguments: [
    (below: 0, old: 100, alpha: 128, color: 255), (below: 255, old: 100, alpha: 255, color: 178),
    (below: 128, old: 100, alpha: 192, color: 203),
  ])
  func strokesCoverAsMuchAsTheySay(below: Int, old: Int, alpha: Int, color: Int) {
    let old = UInt8(old)
    let picture = RGBA8(width: 9, height: 9, filledWith: (old, old, old, UInt8(below)))
    var canvas = Canvas(picture: picture)
    canvas.beginStroke("brush", ink: .color(.white), opacity: 0.5)
    canvas.mark(.rectangle(Point(x: 2, y: 2), Point(x: 5, y: 5), border: nil))
    canvas.endStroke()
    let made = pixel(canvas.edited, 3, 3)
    #expect(made.map { abs(Int($0) - color) }.prefix(3).max() ?? 9 <= 1, "\(made)")
    #expect(abs(Int(made[3]) - alpha) <= 1, "\(made)")
    #expect(pixel(canvas.edited, 7, 7) == pixel(picture, 7, 7))
  }

  /// Cloning nothing paints nothing; the background continues what is seen.
  @Test func otherToolsSeeNoHiddenColours() {
    var state = state()
    state.type(":source 6 2<Enter>:size 1<Enter>:go 1 2<Enter>.")
    #expect(pixel(state.canvas.edited, 1, 2) == [128, 128, 128, 255])
    state.type("E:size 1<Enter>:go 4 1<Enter>.")
    #expect(pixel(state.canvas.edited, 4, 1) == [128, 128, 128, 255])
  }

  // MARK: The chequerboard

  /// Transparent places are a chequerboard of two greys, with characters and as pixels alike.
  @Test(arguments: [nil, .kitty, .sixel] as [TerminalFacts.Graphics?])
  func transparencyIsAChequerboard(graphics: TerminalFacts.Graphics?) throws {
    var picture = RGBA8(width: 64, height: 48, filledWith: (200, 30, 30, 255))
    for pixel in 0..<64 * 48 where pixel % 64 >= 32 {
      picture.samples.replaceSubrange(4 * pixel..<4 * pixel + 4, with: [0, 255, 0, 0])
    }
    var state = EditorState(picture: picture, name: "sprite.png", columns: 80, rows: 24)
    var facts = TerminalFacts()
    facts.graphics = graphics
    (facts.cellWidth, facts.cellHeight) = (8, 16)
    _ = state.handle(.tick(milliseconds: 1000))
    _ = state.handle(.terminal(facts))
    let screen = Editor.draw(state)
    var counts: [Color: Int] = [:]
    if graphics == nil {
      for cell in screen.cells {
        for color in [cell.foreground, cell.background] { counts[color, default: 0] += 1 }
      }
    } else {
      for color in try #require(screen.pictures.first).tiles.flatMap(\.colors) {
        counts[color, default: 0] += 1
      }
    }
    let (dark, light) = (counts[Color(96, 96, 96)] ?? 0, counts[Color(150, 150, 150)] ?? 0)
    #expect(dark > 100 && light > 100)
    #expect(max(dark, light) < 2 * min(dark, light))
    #expect(counts[Color(0, 255, 0)] == nil)
    #expect(counts[Color(200, 30, 30)] ?? 0 > 100)
  }
}
