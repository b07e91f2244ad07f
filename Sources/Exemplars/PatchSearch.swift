/// One target's part of a round, over buffers that outlive it.
struct PatchSearch: @unchecked Sendable {
  typealias Match = MatchField.Match

  let distance: @convention(c) (UnsafePointer<UInt8>?, UnsafePointer<UInt8>?, Int) -> Int32
  let picture, filled: UnsafeBufferPointer<UInt8>
  let guide: UnsafeBufferPointer<SIMD4<UInt8>>
  let allowances: UnsafeBufferPointer<Int32>
  let stride, rows: Int

  /// How much the patch around `target` differs from that around `source`, less its allowance.
  func cost(_ target: Int, _ source: Int) -> Int32 {
    guidance(target, source) - allowances[source] + patches(target, source)
  }

  private func guidance(_ target: Int, _ source: Int) -> Int32 {
    let wanted = guide[target]
    let gaps =
      SIMD4<Int32>(truncatingIfNeeded: wanted)
      &- SIMD4<Int32>(truncatingIfNeeded: guide[source])
    return Int32(wanted.w) * (gaps.x * gaps.x + gaps.y * gaps.y + gaps.z * gaps.z)
  }

  private func patches(_ target: Int, _ source: Int) -> Int32 {
    let corner = MatchField.radius * (stride + 1)
    guard let filled = filled.baseAddress, let picture = picture.baseAddress else { return 0 }
    return distance(filled + 3 * (target - corner), picture + 3 * (source - corner), 3 * stride)
  }

  /// Takes `source` where it is one and nearer.
  private func offer(_ source: Int, _ target: Int, _ found: inout Match) {
    guard source >= 0, source < allowances.count, source != found.place else { return }
    let allowance = allowances[source]
    guard allowance >= 0 else { return }
    let least = guidance(target, source) - allowance
    guard least < found.cost else { return }
    let cost = least + patches(target, source)
    if cost < found.cost { found = Match(place: Int32(source), cost: cost) }
  }

  /// Tries what neighbours `jump` pixels away had found.
  func propagate(_ before: MatchRows, _ target: Int, _ jump: Int, _ found: inout Match) {
    func offer(_ dy: Int, _ dx: Int) {
      let offset = jump * (dy * stride + dx)
      let match = Int(before[target + offset].place)
      if match >= 0 { self.offer(match - offset, target, &found) }
    }
    offer(0, -1)
    offer(0, 1)
    offer(-1, 0)
    offer(1, 0)
    offer(-1, -1)
    offer(1, 1)
    offer(-1, 1)
    offer(1, -1)
  }

  /// Tries random places around the match, within halved reaches.
  func scatter(_ target: Int, _ salt: UInt32, _ found: inout Match) {
    var random = MatchField.hash(UInt32(truncatingIfNeeded: target) ^ salt)
    // A whole number below `span`, by a multiplication instead of a division.
    func draw(_ span: Int) -> Int {
      random = MatchField.hash(random &+ 0x9e37_79b9)
      return Int((UInt64(random) * UInt64(span)) >> 32)
    }
    var reach = max(stride, rows)
    var (column, row) = (Int(found.place) % stride, Int(found.place) / stride)
    while reach > 0 {
      let x = column + draw(2 * reach + 1) - reach
      let y = row + draw(2 * reach + 1) - reach
      if x >= 0, x < stride {
        let before = found.place
        offer(y * stride + x, target, &found)
        if found.place != before { (column, row) = (x, y) }
      }
      reach /= 2
    }
  }
}
