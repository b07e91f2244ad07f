import Networks
import Tensors

/// Adds up the memory of a dense or baseline evaluation without computing anything.
///
/// A pass rather than a sum over the recorded calls: maps are held exactly as long as those of the
/// real passes, since the network is the same code, and a list does not say how long that is.
final class FootprintPass: Pass {
  /// A map that counts as held while someone refers to it.
  final class Map {
    let shape: MapShape
    private let account: Account
    private let bytes: Int

    init(_ shape: MapShape, _ account: Account) {
      self.shape = shape
      self.account = account
      bytes = FootprintPass.bytes(shape)
      account.take(bytes)
    }

    deinit { account.give(bytes) }
  }

  /// What is held, and the most that was.
  final class Account {
    private var held = 0
    private(set) var peak = 0

    func take(_ bytes: Int) {
      held += bytes
      peak = max(peak, held)
    }

    func give(_ bytes: Int) { held -= bytes }

    /// Counts what is taken for the moment only.
    func touch(_ bytes: Int) { peak = max(peak, held + bytes) }
  }

  private let workers: Int
  private let account = Account()
  /// Bytes of weights that are still to be packed.
  private(set) var packing = 0

  init(workers: Int) { self.workers = workers }

  /// The most that maps and scratch came to at a time.
  var peak: Int { account.peak }

  func input(_ shape: MapShape) -> Map { Map(shape, account) }

  private static func bytes(_ shape: MapShape) -> Int { 64 * shape.tileCount * shape.stride }

  func run(_ call: Call<Map>) throws -> Map {
    let result = Map(call.shape(\.shape), account)
    switch call {
    case .convolve(let call):
      if let shortcut = call.residual?.layer?.convolution {
        packing += shortcut.bytesToPack(for: result.shape)
      }
      packing += call.layer.convolution.bytesToPack(for: result.shape)
      account.touch(
        call.layer.convolution.scratchBound(
          result.shape,
          pixelwise: call.operand.isPixelwise ? call.operand.maps[0].shape.stride : 0,
          workers: workers))
    case .attend(let call):
      account.touch(
        attentionScratch(
          result.shape, tokens: call.memory.count(\.shape), heads: call.layer.heads,
          workers: workers))
    }
    return result
  }
}

extension Network {
  /// Bytes that an evaluation on `height` x `width` pixels takes while it runs: the maps that are
  /// held at a time and scratch for `workers`, without what a baseline pass keeps, and weights that
  /// are packed when first used.
  ///
  /// - Precondition: `sizeMultiple` divides both sides.
  /// - Complexity: O(number of layers).
  package func footprint(height: Int, width: Int, workers: Int) -> (running: Int, packing: Int) {
    let pass = FootprintPass(workers: workers)
    let input = MapShape(height: height, width: width, channels: inputChannels)
    _ = try? self(pass, pass.input(input), timestep: 0)
    return (pass.peak, pass.packing)
  }
}
