package import DiffMask

package import Raster
import Synchronization
package import Tensors

/// Hears of a sampler run what its progress does not say; called by any thread.
package protocol RunObserver: Sendable {
  /// Worker `worker` of `count` has done a share of its steps, 0...1.
  func worker(_ worker: Int, of count: Int, did share: Double)

  /// The network's output for tiles of a state that is about to be moved by it.
  ///
  /// `output` is a slab of `computed`, tiles of the same grid that the state holds too.
  func step(_ state: SampleState, at timestep: Int, output: FeatureMap, computed: TileSet)
}

/// What an edit will look like, as far as it is: the clean picture that the present step implies.
package struct EditPreview: Sendable {
  /// Where the pixels belong.
  package let box: PixelRect
  /// The pixels of the box, blended over the picture.
  package let pixels: RGBA8
}

/// Watches one piece of an edit: gathers workers' shares, and makes previews now and then.
final class PieceObserver: RunObserver {
  /// The shortest time between two previews.
  static let interval = Duration.milliseconds(250)

  private struct Contents {
    var shares: [Double] = []
    var pixels: RGBA8
    /// When each part of the picture, told apart by its first tile, was last drawn.
    var drawn: [Int32: ContinuousClock.Instant] = [:]
  }

  private let maker: StateMaker
  private let sampler: DDIM
  private let core: PixelRect
  private let weights: [Float]
  private let original: RGBA8
  private let show: (@Sendable (EditPreview) -> Void)?
  private let contents: Mutex<Contents>

  /// Makes an observer of a piece.
  ///
  /// - Parameters:
  ///   - original: the pixels of `core`, which has `weights`.
  ///   - show: takes previews; none are made where nil.
  init(
    _ maker: StateMaker, _ sampler: DDIM, core: PixelRect, weights: [Float], original: RGBA8,
    show: (@Sendable (EditPreview) -> Void)?
  ) {
    self.maker = maker
    self.sampler = sampler
    self.core = core
    self.weights = weights
    self.original = original
    self.show = show
    contents = Mutex(Contents(pixels: original))
  }

  /// How far each worker is; empty where all work together.
  var shares: [Double] { contents.withLock { $0.shares } }

  func worker(_ worker: Int, of count: Int, did share: Double) {
    contents.withLock { contents in
      if contents.shares.count != count {
        contents.shares = [Double](repeating: 0, count: count)
      }
      contents.shares[worker] = max(contents.shares[worker], share)
    }
  }

  /// - Complexity: O(pixels of `computed`) where a preview is due, else O(1).
  func step(_ state: SampleState, at timestep: Int, output: FeatureMap, computed: TileSet) {
    guard let show, let first = computed.active.first else { return }
    let now = ContinuousClock.now
    let preview: EditPreview? = contents.withLock { contents in
      if let last = contents.drawn[first], now - last < Self.interval { return nil }
      contents.drawn[first] = now
      draw(state, sampler.cleanCoefficients(at: timestep), output, computed, &contents.pixels)
      return EditPreview(box: core, pixels: contents.pixels)
    }
    if let preview { show(preview) }
  }

  private func draw(
    _ state: SampleState, _ clean: DDIM.Coefficients, _ output: FeatureMap, _ computed: TileSet,
    _ pixels: inout RGBA8
  ) {
    let rect = maker.window.rect
    for (slot, tile) in computed.active.enumerated() {
      let own = Int(state.tiles.index[Int(tile)])
      guard own >= 0 else { continue }
      for offset in 0..<16 {
        let column = 4 * (Int(tile) % computed.tilesX) + offset % 4
        let row = 4 * (Int(tile) / computed.tilesX) + offset / 4
        let (x, y) = (rect.x + column - core.x, rect.y + row - core.y)
        guard x >= 0, y >= 0, x < core.width, y < core.height else { continue }
        let weight = weights[y * core.width + x]
        guard weight > 0 else { continue }
        let value = output.floats + (slot * 16 + offset) * output.shape.stride
        let pixel = own * 16 + offset
        let estimate =
          state.state[pixel] * clean.sample + SIMD3(value[0], value[1], value[2]) * clean.output
        let color = maker.color(of: estimate, pixel, x: column, y: row, in: state)
        let at = pixels.offset(x: x, y: y)
        for channel in 0..<3 {
          let old = Float(original.samples[at + channel])
          let new = min(max((color[channel] + 1) / 2, 0), 1) * 255
          pixels.samples[at + channel] = UInt8(saturating: (old + (new - old) * weight).rounded())
        }
      }
    }
  }
}
