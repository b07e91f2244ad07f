package import DiffMask
package import Tensors

/// The tiles of one sampler run: what the network reads, and the state that its output moves.
///
/// Tiles lie as in a slab of `tiles`: pixel i of the run is pixel i of the slab. Inside the mask the
/// state is free; outside it follows the closed form sqrt(a) signal + sqrt(1 - a) noise.
package struct SampleState: Sendable {
  /// The tiles held.
  package let tiles: TileSet
  /// Per pixel: whether it is regenerated.
  package let inside: [Bool]
  /// Per pixel: the clean signal (for SDEdit the picture, edited inside the mask; zero for Paint).
  package let signal: [SIMD3<Float>]
  /// Per pixel: what the seed gives, with the model's `NoisePyramid` in it.
  package let noise: [SIMD3<Float>]
  /// Per pixel: x_t.
  package private(set) var state: [SIMD3<Float>]
  /// What the network reads; conditioning channels are filled once.
  package let input: FeatureMap

  /// Makes the state before the first step.
  ///
  /// - Parameter conditioning: further input channels (mask and hint for Paint), per pixel, or empty.
  /// - Precondition: lists hold 16 entries for every tile, or none.
  package init(
    tiles: TileSet, inside: [Bool], signal: [SIMD3<Float>], noise: [SIMD3<Float>],
    conditioning: [SIMD4<Float>]
  ) {
    self.tiles = tiles
    self.inside = inside
    self.signal = signal
    self.noise = noise
    state = [SIMD3<Float>](repeating: .zero, count: noise.count)
    let channels = conditioning.isEmpty ? 3 : 7
    let shape = MapShape(height: tiles.height, width: tiles.width, channels: channels)
    input = FeatureMap(shape, tiles: tiles.count)
    input.floats.update(repeating: 0, count: input.tileCount * input.tileStride)
    for (pixel, values) in conditioning.enumerated() {
      let at = input.floats + pixel * shape.stride
      for channel in 0..<4 { at[3 + channel] = values[channel] }
    }
  }

  /// Sets x_t everywhere to the noised signal, as the first step finds it.
  package mutating func begin(mixture: (signal: Float, noise: Float)) {
    for pixel in state.indices {
      state[pixel] = signal[pixel] * mixture.signal + noise[pixel] * mixture.noise
    }
  }

  /// Puts the state outside the mask back to its closed form and writes the network's input.
  package mutating func prepare(mixture: (signal: Float, noise: Float)) {
    let stride = input.shape.stride
    for pixel in state.indices {
      if !inside[pixel] {
        state[pixel] = signal[pixel] * mixture.signal + noise[pixel] * mixture.noise
      }
      let at = input.floats + pixel * stride
      for channel in 0..<3 { at[channel] = state[pixel][channel] }
    }
  }

  /// One DDIM step where the network computed an output.
  ///
  /// `output` is a slab of `computed`, tiles of the same grid that this run holds too.
  /// - Returns: whether all moved pixels are finite.
  @discardableResult
  package mutating func step(
    _ sampler: DDIM, at timestep: Int, output: FeatureMap, computed: TileSet
  ) -> Bool {
    let stride = output.shape.stride
    let move = sampler.move(at: timestep)
    // A number less itself is 0 unless it is not finite, and so is the sum of all of these.
    var rest = SIMD3<Float>.zero
    for (slot, tile) in computed.active.enumerated() {
      let own = Int(tiles.index[Int(tile)])
      guard own >= 0 else { continue }
      for offset in 0..<16 {
        let value = output.floats + (slot * 16 + offset) * stride
        let pixel = own * 16 + offset
        let moved = move(state[pixel], output: SIMD3(value[0], value[1], value[2]))
        rest += moved - moved
        state[pixel] = moved
      }
    }
    return rest == .zero
  }

  /// Whether x_t holds no infinity and nothing that is not a number.
  ///
  /// - Complexity: O(pixels).
  var isFinite: Bool { state.reduce(SIMD3<Float>.zero) { $0 + ($1 - $1) } == .zero }

  /// Replaces x_t of all pixels.
  ///
  /// - Precondition: there is one entry for every pixel.
  package mutating func restore(_ values: [SIMD3<Float>]) {
    precondition(values.count == state.count)
    state = values
  }

  /// Replaces x_t by that of another run in the tiles of `computed`, which both hold.
  package mutating func adopt(_ other: SampleState, computed: TileSet) {
    for tile in computed.active {
      let (own, theirs) = (Int(tiles.index[Int(tile)]), Int(other.tiles.index[Int(tile)]))
      for offset in 0..<16 { state[own * 16 + offset] = other.state[theirs * 16 + offset] }
    }
  }

  /// x_t of a pixel without what alternates from pixel to pixel both across and down.
  ///
  /// Networks that halve and double their maps leave such chequerboards, photos hardly have any.
  /// Removed is the response to (-1 2 -1) in both directions, over 16; pixels outside the mask
  /// count as 0, beyond the frame its border repeats.
  /// - Precondition: (x, y) lies in the frame.
  package func unchequered(x: Int, y: Int) -> SIMD3<Float> {
    var (own, chequer) = (SIMD3<Float>.zero, SIMD3<Float>.zero)
    for dy in -1...1 {
      for dx in -1...1 {
        let column = min(max(x + dx, 0), tiles.width - 1)
        let row = min(max(y + dy, 0), tiles.height - 1)
        guard let pixel = index(x: column, y: row), inside[pixel] else { continue }
        let weight: Float = (dx == 0 ? 2 : -1) * (dy == 0 ? 2 : -1)
        chequer += weight * state[pixel]
        if dx == 0, dy == 0 { own = state[pixel] }
      }
    }
    return own - chequer / 16
  }

  /// Index of pixel (x, y) of the frame; nil where its tile is not held.
  package func index(x: Int, y: Int) -> Int? {
    let slot = Int(tiles.index[(y / 4) * tiles.tilesX + x / 4])
    return slot < 0 ? nil : slot * 16 + (y % 4) * 4 + x % 4
  }
}
