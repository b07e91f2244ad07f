/// What the patches of a picture with a hole are for, each by its centre's number in the grid of
/// `MatchField`.
struct PatchRoles {
  /// Patches within the picture that do not touch the hole.
  private(set) var sources: [Int32] = []
  /// Patches that touch it.
  private(set) var targets: [Int32] = []
  /// Pixels of the hole.
  private(set) var hole: [Int32] = []
  /// The picture's rows that have targets.
  private(set) var touchedRows = 0..<0
  /// The picture's columns that have targets.
  private(set) var touchedColumns = 0..<0

  /// The roles of all patches.
  ///
  /// - Parameter isHole: one truth value a pixel, row by row.
  /// - Complexity: O(pixels).
  init(hole isHole: [Bool], width: Int) {
    let (margin, height) = (MatchField.radius, isHole.count / width)
    let touched = Self.grown(isHole, width: width, by: margin)
    let innerRows = margin..<max(height - margin, margin)
    let innerColumns = margin..<max(width - margin, margin)
    var (top, bottom, left, right) = (height, 0, width, 0)
    for y in 0..<height {
      for x in 0..<width {
        let place = Int32((y + margin) * (width + 2 * margin) + x + margin)
        if isHole[y * width + x] { hole.append(place) }
        if touched[y * width + x] {
          targets.append(place)
          (top, bottom) = (min(top, y), y + 1)
          (left, right) = (min(left, x), max(right, x + 1))
        } else if innerRows.contains(y), innerColumns.contains(x) {
          sources.append(place)
        }
      }
    }
    if !targets.isEmpty { (touchedRows, touchedColumns) = (top..<bottom, left..<right) }
  }

  /// Marks everything within `radius` rows and columns of a mark.
  private static func grown(_ marks: [Bool], width: Int, by radius: Int) -> [Bool] {
    var along = marks
    let height = marks.count / width
    for pixel in marks.indices where marks[pixel] {
      let x = pixel % width
      for other in max(x - radius, 0)...min(x + radius, width - 1) {
        along[pixel - x + other] = true
      }
    }
    var result = along
    for pixel in along.indices where along[pixel] {
      let y = pixel / width
      for other in max(y - radius, 0)...min(y + radius, height - 1) {
        result[other * width + pixel % width] = true
      }
    }
    return result
  }
}
