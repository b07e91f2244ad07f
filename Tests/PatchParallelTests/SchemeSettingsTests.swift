import Networks
import PatchParallel
import Testing

@Suite struct SchemeSettingsTests {
  @Test func refusesWhatCannotBe() throws {
    let network = try Scene("paint-7ch", width: 32, height: 32, steps: 1).network
    func message(_ change: (inout SchemeSettings) -> Void) -> String? {
      var settings = SchemeSettings()
      settings.name = .async
      settings.workers = 2
      change(&settings)
      do { _ = try settings.scheme(for: network) } catch { return error.description }
      return nil
    }
    #expect(message { _ in } == nil)
    let cases: [(String, (inout SchemeSettings) -> Void)] = [
      ("0 workers", { $0.workers = 0 }), ("warm-up of 0", { $0.warmUp = 0 }),
      ("fraction of 0.0", { $0.fraction = 0 }), ("fraction of 1.5", { $0.fraction = 1.5 }),
      ("fraction of nan", { $0.fraction = .nan }), ("stride of 3", { $0.stride = 3 }),
      ("999 components", { $0.components = 999 }), ("0 components", { $0.components = 0 }),
      ("stride 2 needs", { $0.stride = 2 }), ("tolerance of -1", { $0.tolerance = -1 }),
      ("tolerance of inf", { $0.tolerance = .infinity }),
    ]
    for (text, change) in cases {
      #expect(message(change)?.contains(text) == true, "\(text)")
    }
  }

  @Test(arguments: SchemeName.allCases)
  func oneStepAndOneWorkerAreSerial(name: SchemeName) throws {
    for (steps, workers) in [(1, 5), (4, 1)] {
      let scene = try Scene("paint-7ch", width: 24, height: 32, steps: steps)
      var settings = SchemeSettings()
      settings.name = name
      settings.workers = workers
      settings.tolerance = 0
      let result = try scene.sample(try settings.scheme(for: scene.network))
      let serial = try scene.serial()
      if name == .parareal {
        #expect(relativeError(result, serial) < 1e-5)
      } else {
        #expect(result == serial, "\(steps) steps, \(workers) workers")
      }
    }
  }

  @Test func partialRefreshesHalosInTurnWithoutAttention() throws {
    var settings = SchemeSettings()
    settings.name = .partial
    for (fixture, fraction, halo) in [("paint-7ch", nil, 0.3), ("ddpm-style", 0.3, 1)] {
      let network = try Scene(fixture, width: 32, height: 32, steps: 1).network
      let scheme = try settings.scheme(for: network) as? StripScheme
      #expect(scheme?.policy.fraction == fraction)
      #expect(scheme?.policy.haloFraction == halo)
    }
  }
}
