package import Tensors

/// An architecture with its weights, written once against a `Pass`.
package protocol Network: Sendable {
  /// Channels of the input.
  var inputChannels: Int { get }
  /// What height and width of the input are multiples of.
  var sizeMultiple: Int { get }
  /// Its calls on the smallest input: what reads what does not depend on the size. Passes ask for it
  /// at every evaluation, so a network with many layers keeps it.
  var graph: Graph { get }

  /// Evaluates the network on `sample` at `timestep` with the given pass.
  ///
  /// `sample` has `inputChannels` channels and a height and width that `sizeMultiple` divides.
  /// - Throws: what the pass throws, `CancellationError` above all.
  func callAsFunction<P: Pass>(_ pass: P, _ sample: P.Map, timestep: Double) throws -> P.Map
}

extension Network {
  /// Its calls on `height` x `width` pixels.
  ///
  /// - Precondition: `sizeMultiple` divides both sides.
  /// - Complexity: O(number of layers).
  package func graph(height: Int, width: Int) -> Graph {
    let recorder = Recorder()
    let shape = MapShape(height: height, width: width, channels: inputChannels)
    // Recording throws nothing.
    _ = try? self(recorder, Graph.Node(call: nil, shape: shape), timestep: 0)
    return Graph(recorder.calls)
  }

  /// Its calls on the smallest input, recorded now.
  package var graph: Graph { graph(height: sizeMultiple, width: sizeMultiple) }
}

/// The calls of one evaluation in order, recorded without computing anything.
package struct Graph: Sendable {
  /// What a call reads: an earlier call's result, or the network's input.
  package struct Node: Sendable {
    /// Number of the call; nil for the input.
    package let call: Int?
    /// Size of the map.
    package let shape: MapShape
  }

  /// A recorded call.
  package struct Entry: Sendable {
    /// Layer and operands.
    package let call: Call<Node>
    /// Size of the result.
    package let shape: MapShape
    /// Who reads the result.
    package fileprivate(set) var readers = Readers.samePixel
    /// Whether attention alone reads the result.
    package fileprivate(set) var isAttended = false

    /// Multiply-adds for one pixel of the result.
    package var macsPerPixel: Int { call.work(\.shape).reduce(0) { $0 + $1.macsPerPixel } }
    fileprivate var isAttention: Bool { if case .attend = call { true } else { false } }
    /// Numbers of the calls whose results are read, ascending; the network's input is not among them.
    package var reads: [Int] { Set(call.reads.compactMap(\.map.call)).sorted() }
  }

  /// All calls in order.
  package private(set) var entries: [Entry]
  /// Numbers that layers have, normalisations included, run from 0 to this one, exclusive.
  package let layerCount: Int
  private let places: [Int: Int]

  fileprivate init(_ calls: [Entry]) {
    entries = calls
    places = Dictionary(calls.enumerated().map { ($1.call.id, $0) }) { first, _ in first }
    layerCount = 1 + (calls.flatMap { $0.call.ids }.max() ?? -1)
    let uses = Graph.uses(calls)
    for index in entries.indices {
      entries[index].readers = readers(of: index, uses[index])
      entries[index].isAttended = uses[index].allSatisfy { calls[$0.reader].isAttention }
    }
  }

  /// Number of the layer whose output is the network's result.
  package var outputID: Int { entries.last?.call.id ?? -1 }

  /// Whether attention alone reads the output of layer `id`.
  ///
  /// - Precondition: the layer is called.
  package func isAttended(_ id: Int) -> Bool {
    guard let place = places[id] else { preconditionFailure("layer \(id) is not called") }
    return entries[place].isAttended
  }

  /// Who reads the output of layer `id`.
  ///
  /// - Precondition: the layer is called.
  package func readers(of id: Int) -> Readers {
    guard let place = places[id] else { preconditionFailure("layer \(id) is not called") }
    return entries[place].readers
  }
}

/// Who reads a call's result; so it is known what of it is worth keeping.
package enum Readers: Sendable {
  /// Windows of later convolutions, which reach beyond the tiles of an edit, and statistics, which
  /// follow an accepted edit by what it replaced.
  case windows
  /// The windows of one convolution and nothing else; so it can be computed again around the tiles
  /// of an edit from what is kept.
  case nextConvolution
  /// Readers of the whole map, whatever is edited: attention its keys and values, the last layer its
  /// features where it follows changed statistics everywhere.
  case wholeMap
  /// Only what lies at the same pixel: a sum, a query, a linear map, the network's caller.
  case samePixel
}

extension Graph {
  private typealias Use = (reader: Int, reach: Reach)

  /// For every call who reads its result, and how.
  private static func uses(_ entries: [Entry]) -> [[Use]] {
    var uses = [[Use]](repeating: [], count: entries.count)
    for (index, entry) in entries.enumerated() {
      let isLast = index == entries.count - 1
      for (node, reach) in entry.call.reads {
        guard let call = node.call else { continue }
        uses[call].append((index, isLast ? .whole : reach))
      }
    }
    return uses
  }

  private func readers(of index: Int, _ uses: [Use]) -> Readers {
    if uses.contains(where: { $0.reach == .whole }) { return .wholeMap }
    if uses.allSatisfy({ $0.reach == .pixel }) { return .samePixel }
    return isComputableAgain(index, uses) ? .nextConvolution : .windows
  }

  /// Whether a result can be left out of caches: one convolution reads it, no further than the
  /// neighbouring tiles, and it is a convolution itself of nothing but what is kept.
  private func isComputableAgain(_ index: Int, _ uses: [Use]) -> Bool {
    guard uses.count == 1, case .window(1...4) = uses[0].reach,
      case .convolve(let reader) = entries[uses[0].reader].call, !reader.operand.doubled,
      reader.layer.convolution.step == 1,
      case .convolve(let call) = entries[index].call, call.residual == nil
    else { return false }
    return call.operand.allMaps.allSatisfy { node in
      guard let read = node.call else { return false }
      return entries[read].readers == .windows || entries[read].readers == .wholeMap
    }
  }
}

extension Call {
  /// Numbers of all layers of the call.
  fileprivate var ids: [Int] {
    guard case .convolve(let call) = self else { return [id] }
    return [id] + [call.operand.group?.id, call.residual?.layer?.id].compactMap { $0 }
  }
}

/// Records calls.
private final class Recorder: Pass {
  private(set) var calls: [Graph.Entry] = []

  func run(_ call: Call<Graph.Node>) -> Graph.Node {
    let shape = call.shape(\.shape)
    calls.append(Graph.Entry(call: call, shape: shape))
    return Graph.Node(call: calls.count - 1, shape: shape)
  }
}
