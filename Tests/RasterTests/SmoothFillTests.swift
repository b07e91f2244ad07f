import Raster
import Testing

/// A picture of one channel, its mask, and the largest error after filling it.
private func worstError(
  width: Int, height: Int, _ truth: (Int, Int) -> Float, hole: (Int, Int) -> Bool
) -> Float {
  let places = (0..<(width * height)).map { ($0 % width, $0 / width) }
  let mask = places.map { hole($0.0, $0.1) }
  var pixels = zip(places, mask).map { place, isHole in isHole ? 77 : truth(place.0, place.1) }
  SmoothFill.fill(&pixels, mask: mask, width: width, height: height, channels: 1)
  return zip(places, pixels).map { place, value in abs(truth(place.0, place.1) - value) }.max() ?? 0
}

struct SmoothFillTests {
  @Test(arguments: [(5, 5), (64, 48), (257, 130), (300, 300)])
  func continuesAPlane(width: Int, height: Int) {
    let error = worstError(
      width: width, height: height,
      { x, y in Float(x) / Float(width) - 2 * Float(y) / Float(height) },
      hole: { x, y in x > 0 && x < width - 1 && y > 0 && y < height - 1 })
    #expect(error < 0.03)
  }

  @Test func continuesAHarmonicSaddle() {
    // x^2 - y^2 is the mean of its four neighbours at every pixel.
    let error = worstError(
      width: 100, height: 100,
      { x, y in Float((x - 50) * (x - 50) - (y - 50) * (y - 50)) / 2500 },
      hole: { x, y in (x - 50) * (x - 50) + (y - 45) * (y - 45) < 900 })
    #expect(error < 0.02)
  }

  @Test(arguments: [
    [0, 0, 3, 3], [60, 40, 64, 48], [0, 0, 63, 48], [5, 0, 6, 48], [10, 10, 11, 11],
  ])
  func keepsAConstantToTheEdge(box: [Int]) {
    let error = worstError(
      width: 64, height: 48, { _, _ in 0.5 },
      hole: { x, y in (box[0]..<box[2]).contains(x) && (box[1]..<box[3]).contains(y) })
    #expect(error < 1e-5)
  }

  @Test func touchesNothingOutsideTheMaskAndStaysInRange() {
    var generator = SeededGenerator(state: 3)
    let (width, height) = (71, 53)
    let original = (0..<(width * height * 3)).map { _ in Float.random(in: -1...1, using: &generator)
    }
    let mask = (0..<(width * height)).map { _ in Int.random(in: 0..<3, using: &generator) > 0 }
    var filled = original
    SmoothFill.fill(&filled, mask: mask, width: width, height: height)
    for index in original.indices {
      if mask[index / 3] {
        #expect(abs(filled[index]) <= 1)
      } else {
        #expect(filled[index] == original[index])
      }
    }
    #expect(filled != original)
  }

  @Test(arguments: [true, false])
  func leavesWholeHolesAndWholePicturesAlone(isHole: Bool) {
    var pixels: [Float] = [1, 2, 3, 4, 5, 6]
    SmoothFill.fill(
      &pixels, mask: [isHole, isHole], width: 2, height: 1)
    #expect(pixels == [1, 2, 3, 4, 5, 6])
  }
}
