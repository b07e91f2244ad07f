/// When each tile of a canvas changed last, counted in changes, so that only those are drawn again.
struct ChangeLog: Sendable {
  /// How many changes there were.
  private(set) var count = 0
  private var newest: [Int: Int] = [:]

  /// Notes one change of some tiles.
  mutating func note(_ tiles: some Sequence<Int>) {
    count += 1
    for tile in tiles { newest[tile] = count }
  }

  /// The tiles that changed after the first `count` changes, in no order.
  ///
  /// - Complexity: the tiles that ever changed.
  func tiles(since count: Int) -> [Int] {
    count == self.count ? [] : newest.filter { $0.value > count }.map(\.key)
  }
}
