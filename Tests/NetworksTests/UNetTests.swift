import Networks
import Tensors
import Testing

/// Every published fixture, evaluated densely, against the output diffusers computed.
@Suite struct UNetTests {
  @Test(arguments: ["plain-rgb", "attention-heads", "ddpm-style", "paint-7ch"])
  func matchesDiffusers(_ name: String) throws {
    let fixture = try NetworkFixture(name)
    for (input, output) in [("sample", "output"), ("edited", "edited_output")] {
      let error = relativeError(
        try fixture.dense(input, workers: 2), try fixture.io.tensor(output).floats())
      #expect(error < 1e-4, "\(name) \(input): \(error)")
      #expect(error < 2e-5, "\(name) \(input): \(error) is far above rounding")
    }
  }

  @Test(arguments: ["ddpm-style", "attention-heads"])
  func doesNotDependOnWorkers(_ name: String) throws {
    let fixture = try NetworkFixture(name)
    let alone = try fixture.dense("sample", workers: 1)
    for workers in [2, 3, 5] {
      #expect(try fixture.dense("sample", workers: workers) == alone)
    }
  }

  @Test func stopsOnceCancelled() throws {
    let fixture = try NetworkFixture("plain-rgb")
    let cancellation = Cancellation()
    let pass = DensePass(workers: WorkerPool(count: 1), cancellation: cancellation)
    let input = pass.input(try fixture.input("sample"))
    #expect(throws: Never.self) { try fixture.network(pass, input, timestep: 1) }
    cancellation.cancel()
    #expect(throws: CancellationError.self) { try fixture.network(pass, input, timestep: 1) }
  }
}
