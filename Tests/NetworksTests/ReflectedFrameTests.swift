import Networks
import Testing

@Suite struct ReflectedFrameTests {
  @Test(arguments: [
    (1, [0, 0, 0, 0, 0]), (2, [0, 1, 0, 1, 0]), (4, [0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2]),
  ])
  func mirrorsWithoutRepeatingTheEdge(length: Int, expected: [Int]) {
    #expect(expected.indices.map { ReflectedFrame.mirrored($0, length) } == expected)
  }

  @Test(arguments: [(1, 8), (7, 8), (8, 8), (9, 16), (16, 16)])
  func roundsUp(side: Int, padded: Int) {
    let frame = ReflectedFrame(height: side, width: 8, multiple: 8)
    #expect(frame.paddedHeight == padded)
    #expect(frame.paddedWidth == 8)
    #expect(ReflectedFrame(height: 8, width: side, multiple: 8).paddedWidth == padded)
  }

  @Test func padsBelowAndToTheRight() {
    let frame = ReflectedFrame(height: 2, width: 3, multiple: 4)
    let planes: [Float] = [1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60]
    let padded = frame.pad(planes, channels: 2)
    let first: [Float] = [1, 2, 3, 2, 4, 5, 6, 5, 1, 2, 3, 2, 4, 5, 6, 5]
    #expect(padded == first + first.map { 10 * $0 })
    #expect(frame.crop(padded, channels: 2) == planes)
  }
}
