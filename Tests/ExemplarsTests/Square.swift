import Exemplars
import Tensors

/// Square pictures with a hole in the middle.
enum Square {
  static let side = 96
  static let workers = WorkerPool(count: 2)
  /// 24 x 24 pixels.
  static let middle = mask { (36..<60).contains($0) && (36..<60).contains($1) }

  static func picture(side: Int = side, _ color: (_ x: Int, _ y: Int) -> [Int]) -> RGBBytes {
    let bytes = (0..<side).flatMap { y in (0..<side).flatMap { color($0, y).map { UInt8($0) } } }
    return RGBBytes(width: side, height: side, bytes: bytes)
  }

  static func mask(side: Int = side, _ isHole: (_ x: Int, _ y: Int) -> Bool) -> [Bool] {
    (0..<side * side).map { isHole($0 % side, $0 / side) }
  }

  /// A number from 0 to `count` - 1 without any pattern.
  static func noise(_ x: Int, _ y: Int, _ count: Int) -> Int {
    Int(MatchField.hash(UInt32(y * side + x)) % UInt32(count))
  }
}
