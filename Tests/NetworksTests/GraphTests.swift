import Networks
import Tensors
import Testing

/// What a recorded list of calls says of a network.
@Suite struct GraphTests {
  /// By the ends of layers' names; what is kept of an evaluation follows from it.
  @Test(arguments: ["plain-rgb", "attention-heads", "ddpm-style", "paint-7ch"])
  func readersFollowFromTheCalls(name: String) throws {
    let graph = try NetworkFixture(name).network.graph
    let names = graph.entries.map(\.call.name)
    let last = try #require(graph.entries.dropLast().last?.call.name)
    for entry in graph.entries {
      let name = entry.call.name
      let expected: Readers =
        if name == "conv_out" || name.hasSuffix(".to_q") || name.contains(#/attentions\.\d$/#) {
          .samePixel
        } else if name == last || name.hasSuffix(".to_k") || name.hasSuffix(".to_v") {
          .wholeMap
        } else if name.hasSuffix(".conv1") {
          .nextConvolution
        } else {
          .windows
        }
      #expect(entry.readers == expected, "\(name)")
      #expect(graph.readers(of: entry.call.id) == expected)
      #expect(graph.isAttended(entry.call.id) == name.contains(#/to_[qkv]$|conv_out/#))
    }
    #expect(names.first == "conv_in" && names.last == "conv_out")
    #expect(Set(graph.entries.map(\.call.id)).count == names.count)
    #expect(graph.entries.allSatisfy { $0.call.id < graph.layerCount })
  }

  /// The structure does not depend on the size; shapes follow it.
  @Test func shapesFollowTheInput() throws {
    let network = try NetworkFixture("ddpm-style").network
    let (small, large) = (network.graph, network.graph(height: 40, width: 72))
    #expect(small.entries.map(\.call.name) == large.entries.map(\.call.name))
    #expect(small.entries.map(\.reads) == large.entries.map(\.reads))
    #expect(large.entries.last?.shape == MapShape(height: 40, width: 72, channels: 3))
    for (index, entry) in large.entries.enumerated() {
      #expect(entry.reads.allSatisfy { $0 < index })
      #expect(entry.shape.channels == small.entries[index].shape.channels)
    }
  }
}
