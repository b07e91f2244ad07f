import Raster
import Testing

/// Pictures as models see them.
@Suite struct OpaqueTests {
  @Test func opaquePicturesAreThemselves() {
    var bitmap: RGBA8 = randomBitmap(width: 9, height: 7, seed: 3)
    for at in stride(from: 3, to: bitmap.samples.count, by: 4) { bitmap.samples[at] = 255 }
    let picture = Picture(pixels: .eight(bitmap))
    #expect(!picture.hasTransparency && picture.opaque == picture)
  }

  /// Hidden colours change nothing; the place continues what is around it, seen colours stay.
  @Test(arguments: [0, 77, 255] as [UInt8])
  func hiddenColoursAreNotSeen(hidden: UInt8) {
    var bitmap = RGBA8(width: 12, height: 8, filledWith: (40, 90, 200, 255))
    for y in 2..<6 {
      for x in 3..<9 {
        let at = bitmap.offset(x: x, y: y)
        bitmap.samples.replaceSubrange(at..<at + 4, with: [hidden, hidden, 255 - hidden, 0])
      }
    }
    bitmap.samples.replaceSubrange(0..<4, with: [40, 90, 200, 1])
    for picture in [Picture(pixels: .eight(bitmap)), Picture(pixels: .sixteen(bitmap.rgba16))] {
      #expect(picture.hasTransparency)
      #expect(
        picture.opaque.rgba8 == RGBA8(width: 12, height: 8, filledWith: (40, 90, 200, 255)))
    }
  }

  @Test func nothingSeenIsGrey() {
    let bitmap = RGBA8(width: 3, height: 2, filledWith: (255, 0, 9, 0))
    #expect(
      Picture(pixels: .eight(bitmap)).opaque.rgba8
        == RGBA8(width: 3, height: 2, filledWith: (127, 127, 127, 255)))
  }

  /// Behind paint on transparency lies the paint's own colour.
  @Test func aCopyShowsWhatLiesBehind() {
    let below = RGBA8(width: 2, height: 1, samples: [1, 2, 3, 0, 4, 5, 6, 9])
    let above = Picture(pixels: .eight(RGBA8(width: 2, height: 1, filledWith: (70, 80, 90, 255))))
    for picture in [Picture(pixels: .eight(below)), Picture(pixels: .sixteen(below.rgba16))] {
      #expect(picture.opaque(showing: above).rgba8.samples == [70, 80, 90, 255, 4, 5, 6, 255])
    }
    #expect(above.opaque(showing: Picture(pixels: .eight(below))) == above)
  }
}
