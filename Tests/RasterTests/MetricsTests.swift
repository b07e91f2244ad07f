import Glibc
import Raster
import Testing

@Suite struct MetricsTests {
  private func eight(_ bitmap: RGBA8) -> Picture { Picture(pixels: .eight(bitmap)) }

  @Test func equalPictures() throws {
    let picture = eight(randomBitmap(width: 20, height: 15, seed: 1))
    let d = try PictureDifference(picture, picture)
    #expect(d.psnr == .infinity && d.maximumError == 0 && d.differingBytes == 0)
    #expect(abs((d.ssim ?? 0) - 1) < 1e-12 && d.pixels == 300)
  }

  @Test func knownDifferences() throws {
    let a = RGBA8(width: 10, height: 10, filledWith: (100, 100, 100, 255))
    var b = a
    b.samples[0] = 110
    b.samples[7] = 55  // alpha counts as a byte and as an error, not as colour
    let d = try PictureDifference(eight(a), eight(b))
    #expect(d.differingBytes == 2 && d.maximumError == 200.0 / 255)
    let expected = 10 * log10(255.0 * 255 / (100.0 / 300))
    #expect(abs((d.psnr ?? 0) - expected) < 1e-9)
    #expect(d.ssim == nil, "no window of 11x11 fits")
  }

  @Test func sixteenBitBytesCountSingly() throws {
    let a = RGBA16(width: 1, height: 1, samples: [0x1234, 0x1234, 0x1234, 0xFFFF])
    let b = RGBA16(width: 1, height: 1, samples: [0x1235, 0x5534, 0x0000, 0xFFFF])
    let d = try PictureDifference(
      Picture(pixels: .sixteen(a)), Picture(pixels: .sixteen(b)))
    #expect(d.differingBytes == 1 + 1 + 2)
    #expect(d.maximumError == Double(0x4300) / 65535)
    let mixed = try PictureDifference(Picture(pixels: .sixteen(a.rgba8.rgba16)), eight(a.rgba8))
    #expect(mixed.differingBytes == 0)
  }

  @Test func flatPicturesFollowTheFormula() throws {
    let a = RGBA8(width: 16, height: 16, filledWith: (100, 100, 100, 255))
    let b = RGBA8(width: 16, height: 16, filledWith: (120, 120, 120, 255))
    let c1 = (0.01 * 255) * (0.01 * 255)
    let expected = (2 * 100 * 120 + c1) / (100 * 100 + 120 * 120 + c1)
    #expect(abs((try PictureDifference(eight(a), eight(b)).ssim ?? 0) - expected) < 1e-9)
  }

  @Test func regionsDivideThePicture() throws {
    let a: RGBA8 = randomBitmap(width: 24, height: 20, seed: 2)
    var b = a
    b.samples[b.offset(x: 3, y: 3)] ^= 0x80
    b.samples[b.offset(x: 20, y: 12)] ^= 0x01
    var mask = Mask(width: 24, height: 20)
    mask.values[3 * 24 + 3] = 1
    let inside = try PictureDifference(eight(a), eight(b), in: .inside(mask))
    let outside = try PictureDifference(eight(a), eight(b), in: .outside(mask))
    #expect(inside.pixels == 1 && inside.differingBytes == 1)
    #expect(inside.maximumError == 128.0 / 255 && inside.ssim == nil)
    #expect(outside.pixels == 479 && outside.differingBytes == 1)
    #expect(outside.maximumError == 1.0 / 255 && outside.ssim != nil)
    let nowhere = try PictureDifference(
      eight(a), eight(b), in: .inside(Mask(width: 24, height: 20)))
    #expect(nowhere.pixels == 0 && nowhere.psnr == nil && nowhere.ssim == nil)
  }

  /// Rows, strips of columns and depths are put together as the plain formulas have it.
  @Test(arguments: [(17, 14), (11, 11), (4111, 12), (40, 90)], [0, 1, 2])
  func agreesWithTheDefinitions(size: (width: Int, height: Int), deep: Int) throws {
    let (width, height) = size
    let a: RGBA8 = randomBitmap(width: width, height: height, seed: 5)
    var b = a
    for i in stride(from: 0, to: b.samples.count, by: 7) { b.samples[i] /= 2 }
    var mask = Mask(width: width, height: height)
    for i in stride(from: 0, to: mask.values.count, by: 3) { mask.values[i] = 1 }
    // 16 bits of either or both are the same numbers at 257 times the scale.
    let first = Picture(pixels: deep > 0 ? .sixteen(a.rgba16) : .eight(a))
    let second = Picture(pixels: deep > 1 ? .sixteen(b.rgba16) : .eight(b))
    for (region, counts) in [
      (PictureDifference.Region.whole, { (_: Int) in true }),
      (.inside(mask), { $0 % 3 == 0 }), (.outside(mask), { $0 % 3 != 0 }),
    ] {
      let found = try PictureDifference(first, second, in: region)
      let slow = slowDifference(a, b, counts)
      #expect(found.pixels == slow.pixels)
      #expect(found.differingBytes == slow.bytes * (deep > 0 ? 2 : 1))
      #expect(found.maximumError == Double(slow.maximum) / 255)
      #expect(abs((found.psnr ?? 0) - slow.psnr) < 1e-9)
      let similarity = slowSimilarity(a, b, counts)
      #expect(similarity.isNaN ? found.ssim == nil : abs((found.ssim ?? 0) - similarity) < 1e-9)
    }
  }

  /// Sums over all samples of the pixels that count.
  private func slowDifference(_ a: RGBA8, _ b: RGBA8, _ counts: (Int) -> Bool)
    -> (pixels: Int, bytes: Int, maximum: Int, psnr: Double)
  {
    var (pixels, bytes, maximum, squares) = (0, 0, 0, 0)
    for pixel in 0..<a.width * a.height where counts(pixel) {
      pixels += 1
      for channel in 0..<4 {
        let distance = abs(
          Int(a.samples[4 * pixel + channel]) - Int(b.samples[4 * pixel + channel]))
        bytes += distance == 0 ? 0 : 1
        maximum = max(maximum, distance)
        squares += channel < 3 ? distance * distance : 0
      }
    }
    return (
      pixels, bytes, maximum, 10 * log10(255 * 255 * Double(3 * pixels) / Double(squares))
    )
  }

  @Test func similarityAgreesWithTheDefinition() throws {
    let (width, height) = (17, 14)
    let a: RGBA8 = randomBitmap(width: width, height: height, seed: 3)
    var b = a
    for i in stride(from: 0, to: b.samples.count, by: 5) { b.samples[i] /= 2 }
    let slow = slowSimilarity(a, b)
    #expect(abs((try PictureDifference(eight(a), eight(b)).ssim ?? 0) - slow) < 1e-9)
    #expect(slow < 0.99)
  }

  /// Wang's definition, window by window, with sums of centred products.
  private func slowSimilarity(
    _ a: RGBA8, _ b: RGBA8, _ counts: (Int) -> Bool = { _ in true }
  ) -> Double {
    func luma(_ p: RGBA8, _ x: Int, _ y: Int) -> Double {
      let i = p.offset(x: x, y: y)
      return 0.299 * Double(p.samples[i]) + 0.587 * Double(p.samples[i + 1])
        + 0.114 * Double(p.samples[i + 2])
    }
    var values: [Double] = []
    for cy in 5..<a.height - 5 {
      for cx in 5..<a.width - 5 where counts(cy * a.width + cx) {
        var window: [(w: Double, a: Double, b: Double)] = []
        for y in cy - 5...cy + 5 {
          for x in cx - 5...cx + 5 {
            let r = Double((x - cx) * (x - cx) + (y - cy) * (y - cy))
            window.append((exp(-r / 4.5), luma(a, x, y), luma(b, x, y)))
          }
        }
        let total = window.reduce(0) { $0 + $1.w }
        let ma = window.reduce(0) { $0 + $1.w * $1.a } / total
        let mb = window.reduce(0) { $0 + $1.w * $1.b } / total
        let va = window.reduce(0) { $0 + $1.w * ($1.a - ma) * ($1.a - ma) } / total
        let vb = window.reduce(0) { $0 + $1.w * ($1.b - mb) * ($1.b - mb) } / total
        let cov = window.reduce(0) { $0 + $1.w * ($1.a - ma) * ($1.b - mb) } / total
        let (c1, c2) = (2.55 * 2.55, 7.65 * 7.65)
        values.append(
          (2 * ma * mb + c1) * (2 * cov + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2)))
      }
    }
    return values.reduce(0, +) / Double(values.count)
  }

  @Test func sizesMustAgree() {
    let a = eight(RGBA8(width: 4, height: 4, filledWith: (0, 0, 0, 0)))
    let b = eight(RGBA8(width: 4, height: 5, filledWith: (0, 0, 0, 0)))
    #expect(pictureError { () throws(PictureError) in _ = try PictureDifference(a, b) } != nil)
    let mask = Mask(width: 5, height: 4)
    #expect(
      pictureError { () throws(PictureError) in
        _ = try PictureDifference(a, a, in: .inside(mask))
      } != nil)
  }
}
