import Exemplars
import Raster

/// What texture for a hole is woven on: the hole itself, and beside it what it is made from.
///
/// The hole and a rim around it come first; below lie the picture, where it shows the material itself, and
/// the swatch, repeated a little beyond its sides, which fit together.
struct MaterialSheet {
  /// Pixels around the hole that are woven too and then left out, so that what lies there says nothing.
  static let rim = 12
  /// Sizes are multiples of this, so that halves of the sheet begin on whole pixels.
  private static let grid = 8
  /// Pixels by which a swatch is repeated beyond its sides.
  private static let wrap = 8
  /// Longer side of a hole up to which it is one piece of the swatch, in pixels.
  private static let onePiece = 112
  /// Sides of the pieces that a larger hole begins as, and of those from the picture itself, in pixels.
  private static let (piece, ownPiece) = (80, 32)
  /// Share of the places that show the material from which its pieces come: those whose lightness is
  /// nearest to that around the hole.
  private static let nearest = 0.4
  /// Places that are tried for a piece of the picture itself.
  private static let tries = 12
  /// How much the picture's own texture is preferred: 8 levels of 255 in each of a patch's bytes.
  private static let preference: Int32 = 8 * 8 * 147

  private(set) var sheet: TextureSheet
  /// The hole's first column and row in the picture, less the rim.
  let origin: (x: Int, y: Int)
  /// Columns and rows of the hole with its rim.
  private let size: (width: Int, height: Int)
  /// Where pieces of the picture itself may have their middle.
  private var ownPlaces: [Int] = []
  private var swatch: (width: Int, height: Int, row: Int)?
  private let isRegular: Bool
  private let seed: UInt32

  /// Lays out a sheet.
  ///
  /// - Parameters:
  ///   - hole: what is to be filled; at least one pixel.
  ///   - shows: where the picture shows the material itself.
  ///   - lightness: mean luma around the hole, 0...255.
  ///   - swatch: what the rest is made from; nothing where nil.
  ///   - isRegular: whether the material has a pattern that pieces would break.
  init?(
    _ picture: RGBBytes, hole: [Bool], shows: [Bool]?, lightness: Float, swatch: Swatch?,
    isRegular: Bool, seed: UInt64
  ) {
    self.isRegular = isRegular
    self.seed = UInt32(truncatingIfNeeded: seed ^ seed >> 32)
    guard let box = Self.box(of: hole, width: picture.width) else { return nil }
    origin = (box.x.lowerBound - Self.rim, box.y.lowerBound - Self.rim)
    size = (box.x.count + 2 * Self.rim, box.y.count + 2 * Self.rim)
    let top = Self.whole(size.height)
    let ownHeight = shows == nil ? 0 : Self.whole(picture.height)
    let swatchHeight = swatch.map { Self.whole($0.picture.height + 2 * Self.wrap) } ?? 0
    let width = Self.whole(
      max(
        size.width, shows == nil ? 0 : picture.width,
        swatch.map { $0.picture.width + 2 * Self.wrap } ?? 0))
    let height = top + ownHeight + swatchHeight
    sheet = TextureSheet(
      picture: RGBBytes(
        width: width, height: height, bytes: [UInt8](repeating: 0, count: 3 * width * height)),
      hole: [Bool](repeating: false, count: width * height),
      bonuses: [Int32](repeating: -1, count: width * height))
    if let shows {
      let row = sheet.picture.width * top
      lay(picture, shows, from: top, preference: swatch == nil ? 0 : Self.preference)
      ownPlaces = Self.places(shows, of: picture, like: lightness).map { pixel in
        row + pixel / picture.width * sheet.picture.width + pixel % picture.width
      }
    }
    if let swatch { lay(swatch.picture, from: top + ownHeight) }
    layHole(hole, of: picture, shows: shows)
  }

  /// Where a pixel of the hole begins; nil where anything does.
  func start(_ x: Int, _ y: Int) -> (x: Int, y: Int)? {
    if !ownPlaces.isEmpty, let place = ownPlace(x, y) { return place }
    guard let swatch else { return nil }
    let isOne = isRegular || max(size.width, size.height) <= Self.onePiece + 2 * Self.rim
    let piece = isOne ? 0 : piece(x, y)
    let random = MatchField.hash(seed ^ piece)
    let (right, down) = (
      Int(random % UInt32(swatch.width)), Int(random >> 12 % UInt32(swatch.height))
    )
    return (
      Self.wrap + (x + right) % swatch.width,
      swatch.row + Self.wrap + (y + down) % swatch.height
    )
  }

  /// The number of the piece around a pixel: that of the nearest of points that are strewn over a grid, so
  /// that the seams between pieces are no grid.
  private func piece(_ x: Int, _ y: Int) -> UInt32 {
    let side = Self.piece
    var (nearest, least) = (UInt32(0), Int.max)
    for row in y / side - 1...y / side + 1 {
      for column in x / side - 1...x / side + 1 {
        let number = MatchField.hash(seed ^ Self.number(column, row))
        let right = column * side + Int(number % UInt32(side)) - x
        let down = row * side + Int(number >> 16 % UInt32(side)) - y
        if right * right + down * down < least {
          (nearest, least) = (number, right * right + down * down)
        }
      }
    }
    return nearest
  }

  /// The picture with what was woven in its hole.
  func taken(_ woven: RGBBytes, into picture: RGBBytes, hole: [Bool]) -> RGBBytes {
    var result = picture
    for pixel in hole.indices where hole[pixel] {
      let (x, y) = (pixel % picture.width - origin.x, pixel / picture.width - origin.y)
      let from = 3 * (y * woven.width + x)
      for channel in 0..<3 { result.bytes[3 * pixel + channel] = woven.bytes[from + channel] }
    }
    return result
  }

  /// The place in the picture from which the piece around a pixel comes, as far as it shows the material.
  private func ownPlace(_ x: Int, _ y: Int) -> (x: Int, y: Int)? {
    let piece = Self.ownPiece
    let (column, row) = (x / piece, y / piece)
    let (across, down) = (x % piece - piece / 2, y % piece - piece / 2)
    var random = MatchField.hash(seed ^ Self.number(column, row))
    var found: (x: Int, y: Int)?
    for _ in 0..<Self.tries {
      random = MatchField.hash(random &+ 0x9e37_79b9)
      let center = ownPlaces[Int(random % UInt32(ownPlaces.count))]
      let (centerX, centerY) = (
        center % sheet.picture.width, center / sheet.picture.width
      )
      if isSource(centerX + across, centerY + down) {
        found = found ?? (centerX + across, centerY + down)
      }
      let reach = piece / 2
      let isWhole = [(-reach, -reach), (reach, -reach), (-reach, reach), (reach, reach)].allSatisfy
      {
        isSource(centerX + $0.0, centerY + $0.1)
      }
      if isWhole { return (centerX + across, centerY + down) }
    }
    return found
  }

  private func isSource(_ x: Int, _ y: Int) -> Bool {
    guard x >= 0, y >= 0, x < sheet.picture.width, y < sheet.picture.height else { return false }
    return sheet.bonuses[y * sheet.picture.width + x] >= 0
  }

  /// Puts the picture itself on the sheet, as a source where it shows the material.
  private mutating func lay(
    _ picture: RGBBytes, _ shows: [Bool], from row: Int, preference: Int32
  ) {
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        let (from, to) = (y * picture.width + x, (row + y) * sheet.picture.width + x)
        for channel in 0..<3 {
          sheet.picture.bytes[3 * to + channel] = picture.bytes[3 * from + channel]
        }
        if shows[from] { sheet.bonuses[to] = preference }
      }
    }
  }

  /// The marked pixels of a picture whose surroundings have nearly some lightness.
  private static func places(
    _ shows: [Bool], of picture: RGBBytes, like lightness: Float
  ) -> [Int] {
    let pixels = shows.indices.filter { shows[$0] }
    guard !pixels.isEmpty else { return [] }
    let light = picture.light(radius: 8)
    let gaps = pixels.map { abs(Float(light[$0]) - lightness) }
    let limit = gaps.sorted()[Int(saturating: nearest * Double(gaps.count - 1))]
    return zip(pixels, gaps).compactMap { $1 <= limit ? $0 : nil }
  }

  /// Puts a swatch on the sheet.
  private mutating func lay(_ swatch: RGBBytes, from row: Int) {
    let (width, height) = (swatch.width, swatch.height)
    for y in 0..<height + 2 * Self.wrap {
      for x in 0..<width + 2 * Self.wrap {
        let from = (y + height - Self.wrap) % height * width + (x + width - Self.wrap) % width
        let to = (row + y) * sheet.picture.width + x
        for channel in 0..<3 {
          sheet.picture.bytes[3 * to + channel] = swatch.bytes[3 * from + channel]
        }
        sheet.bonuses[to] = 0
      }
    }
    self.swatch = (width, height, row)
  }

  /// Marks the hole and its rim, less what the rim shows of the material itself.
  private mutating func layHole(_ hole: [Bool], of picture: RGBBytes, shows: [Bool]?) {
    var near = [Bool](repeating: false, count: size.width * size.height)
    for pixel in hole.indices where hole[pixel] {
      let (x, y) = (pixel % picture.width - origin.x, pixel / picture.width - origin.y)
      near[y * size.width + x] = true
    }
    near = Self.grown(near, width: size.width, by: Self.rim)
    for y in 0..<size.height {
      for x in 0..<size.width where near[y * size.width + x] {
        let to = y * sheet.picture.width + x
        let (column, row) = (x + origin.x, y + origin.y)
        let isInside =
          column >= 0 && row >= 0 && column < picture.width && row < picture.height
        let from = isInside ? row * picture.width + column : 0
        if isInside, let shows, shows[from] {
          for channel in 0..<3 {
            sheet.picture.bytes[3 * to + channel] = picture.bytes[3 * from + channel]
          }
        } else {
          sheet.hole[to] = true
        }
      }
    }
  }

  private static func whole(_ length: Int) -> Int { (length + grid - 1) / grid * grid }

  private static func number(_ column: Int, _ row: Int) -> UInt32 {
    MatchField.hash(UInt32(truncatingIfNeeded: 7919 * row + column + 1))
  }

  /// The smallest box of all marks; nil where there is none.
  static func box(of marks: [Bool], width: Int) -> (x: Range<Int>, y: Range<Int>)? {
    var (left, right, top, bottom) = (Int.max, -1, Int.max, -1)
    for pixel in marks.indices where marks[pixel] {
      let (x, y) = (pixel % width, pixel / width)
      (left, right) = (min(left, x), max(right, x))
      (top, bottom) = (min(top, y), max(bottom, y))
    }
    return bottom < 0 ? nil : (left..<right + 1, top..<bottom + 1)
  }

  /// Everything within `radius` rows and columns of a mark.
  private static func grown(_ marks: [Bool], width: Int, by radius: Int) -> [Bool] {
    func spread(_ marks: [Bool], lines: Int, line: Int, step: Int, length: Int) -> [Bool] {
      var result = marks
      for number in 0..<lines {
        var left = 0
        // Forward, then backward, a mark counts for `radius` places.
        for way in [0, 1] {
          left = 0
          for k in 0..<length {
            let at = number * line + (way == 0 ? k : length - 1 - k) * step
            if marks[at] { left = radius + 1 }
            if left > 0 {
              result[at] = true
              left -= 1
            }
          }
        }
      }
      return result
    }
    let height = marks.count / width
    let along = spread(marks, lines: height, line: width, step: 1, length: width)
    return spread(along, lines: width, line: 1, step: width, length: height)
  }
}
