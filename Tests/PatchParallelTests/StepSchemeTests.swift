import Diffusion
import PatchParallel
import Tensors
import Testing

/// Schemes that are parallel over steps: SRDS and CHORDS.
@Suite struct StepSchemeTests {
  @Test(arguments: [1, 2, 3, 5, 7, 8, 9])
  func allIterationsAreSerial(steps: Int) throws {
    let scene = try Scene("plain-rgb", width: 16, height: 24, steps: steps)
    var scheme = PararealScheme()
    scheme.tolerance = 0
    #expect(relativeError(try scene.sample(scheme), try scene.serial()) < 1e-5)
  }

  @Test func iterationsComeNearerToSerial() throws {
    let scene = try Scene("plain-rgb", width: 16, height: 24, steps: 16)
    let serial = try scene.serial()
    let errors = try (0...4).map { count in
      var scheme = PararealScheme()
      scheme.tolerance = 0
      scheme.iterations = count
      return relativeError(try scene.sample(scheme), serial)
    }
    #expect(errors == errors.sorted(by: >))
    #expect(errors[4] < 1e-5 && errors[0] > 1e-3)
  }

  @Test func stopsWhereTheResultStandsStill() throws {
    let scene = try Scene("plain-rgb", width: 16, height: 24, steps: 16)
    let plan = PararealPlan(steps: 16)
    var iterations: [Int] = []
    for tolerance in [1e9, 2, 0.2, 0] {
      var scheme = PararealScheme()
      scheme.tolerance = tolerance
      let outcome = try scheme.outcome(scene.run, plan, workers: WorkerPool(count: 3))
      iterations.append(outcome.iterations)
    }
    #expect(iterations.first == 1 && iterations.last == 4)
    #expect(iterations == iterations.sorted())
  }

  /// kB + M - k, and N where k = M (Selvam et al. 2024).
  @Test(arguments: [4, 9, 16, 25, 100])
  func pipelinedCriticalPathIsThePapers(steps: Int) {
    let side = (1...steps).first { $0 * $0 == steps } ?? 0
    for iterations in 0...side {
      let plan = PararealPlan(steps: steps, iterations: iterations)
      #expect(plan.blocks == side)
      let path = plan.graph.criticalPath(to: plan.results[iterations])
      #expect(path == Double(iterations * side + side - iterations))
      // With a worker for every block the pipeline is as fast as with any number.
      let makespan = plan.graph.makespan(to: plan.results[iterations], workers: 2 * side)
      #expect(makespan == path)
    }
  }

  @Test(arguments: 1...30)
  func blocksCoverAllSteps(steps: Int) {
    let plan = PararealPlan(steps: steps)
    #expect(plan.bounds.first == 0 && plan.bounds.last == steps)
    #expect(zip(plan.bounds, plan.bounds.dropFirst()).allSatisfy { $0 < $1 })
    #expect(plan.graph.criticalPath(to: plan.results[plan.blocks]) == Double(steps))
  }

  @Test(arguments: [PararealScheme() as any SamplingScheme, ChordsScheme(count: 3)])
  func bytesDoNotDependOnWorkers(scheme: any SamplingScheme) throws {
    let scene = try Scene("paint-7ch", width: 16, height: 24, steps: 9)
    let alone = try scene.sample(scheme, workers: 1)
    for workers in [2, 5] { #expect(try scene.sample(scheme, workers: workers) == alone) }
  }

  @Test(arguments: [1, 2, 3, 4, 6, 8])
  func chordsRoundsAreThePapers(workers: Int) {
    for steps in [1, 2, 8, 25, 50] {
      let plan = ChordsPlan(steps: steps, workers: workers)
      #expect(plan.starts.count <= min(workers, steps) && plan.starts[0] == 0)
      for (worker, start) in plan.starts.enumerated() {
        let path = plan.graph.criticalPath(to: plan.results[worker])
        #expect(path == Double(worker + steps - start))
      }
    }
  }

  @Test func publishedStartsForFiftySteps() {
    #expect(ChordsPlan.starts(workers: 4, steps: 50) == [0, 8, 16, 32])
    #expect(ChordsPlan.starts(workers: 6, steps: 50) == [0, 3, 6, 12, 24, 36])
    #expect(ChordsPlan.starts(workers: 8, steps: 50) == [0, 2, 4, 8, 16, 24, 32, 40])
  }

  @Test func theHindmostOfTheChordsIsSerial() throws {
    let scene = try Scene("plain-rgb", width: 16, height: 24, steps: 12)
    var scheme = ChordsScheme(count: 4)
    let fastest = try scene.sample(scheme)
    scheme.tolerance = 0
    let serial = try scene.serial()
    #expect(try scene.sample(scheme) == serial)
    #expect(fastest != serial)
    scheme.tolerance = 1e9
    let second = try scene.sample(scheme)
    #expect(relativeError(second, serial) < relativeError(fastest, serial))
  }

  @Test func graphsRunOnFewerWorkersThanTheyAreWide() {
    var graph = TaskGraph()
    let first = graph.append(needing: [])
    let middle = (0..<4).map { _ in graph.append(needing: [first]) }
    let aside = graph.append(needing: [first])
    let last = graph.append(needing: middle, cost: 2)
    #expect(graph.needed(for: last) == [first] + middle + [last])
    #expect(graph.criticalPath(to: last) == 4)
    #expect(graph.makespan(to: last, workers: 2) == 5)
    #expect(graph.makespan(to: last, workers: 4) == 4)
    #expect(graph.makespan(to: aside, workers: 1, seconds: 3) == 6)
  }
}
