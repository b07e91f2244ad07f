import Diffusion
import Networks
import PatchParallel
import Tensors
import Testing

@Suite struct StripSchemeTests {
  /// Networks with sizes that divide evenly, and that end in broken tiles and uneven strips.
  static let scenes: [(String, Int, Int)] = [
    ("paint-7ch", 64, 64), ("paint-7ch", 48, 72), ("plain-rgb", 40, 88), ("ddpm-style", 64, 64),
    ("ddpm-style", 40, 56),
  ]

  @Test(arguments: scenes)
  func patchIsSerialForAnyNumberOfStrips(fixture: String, width: Int, height: Int) throws {
    let scene = try Scene(fixture, width: width, height: height, steps: 2)
    let serial = try scene.serial()
    for (count, threads) in [(1, 1), (2, 2), (2, 1), (3, 2), (5, 5), (8, 3), (99, 1)] {
      let strips = try scene.sample(StripScheme(count: count), workers: threads)
      #expect(strips == serial, "\(count) strips on \(threads) threads")
    }
  }

  @Test(arguments: scenes.suffix(3), [2, 5])
  func warmUpForAllStepsIsSerial(scene: (String, Int, Int), count: Int) throws {
    let scene = try Scene(scene.0, width: scene.1, height: scene.2, steps: 3)
    let strips = try scene.sample(StripScheme(count: count, warmUp: 3))
    #expect(strips == (try scene.serial()))
  }

  @Test(arguments: NormMode.allCases)
  func oneDisplacedStripIsSerial(norm: NormMode) throws {
    let scene = try Scene("ddpm-style", width: 64, height: 64, steps: 3)
    var scheme = StripScheme(count: 1, warmUp: 1)
    scheme.policy.norm = norm
    #expect(try scene.sample(scheme) == (try scene.serial()))
  }

  @Test(arguments: scenes.suffix(2), [nil, 0.3])
  func displacedStripsOnOneThreadAreThoseOfMany(scene: (String, Int, Int), fraction: Double?)
    throws
  {
    let scene = try Scene(scene.0, width: scene.1, height: scene.2, steps: 3)
    for norm in NormMode.allCases {
      var scheme = StripScheme(count: 3, warmUp: 1)
      scheme.policy.norm = norm
      scheme.policy.fraction = fraction
      let threaded = try scene.sample(scheme, workers: 3)
      scheme.threads = 1
      #expect(try scene.sample(scheme, workers: 1) == threaded)
      #expect(threaded != (try scene.serial()))
      #expect(relativeError(threaded, try scene.serial()) < 0.3)
    }
  }

  @Test(arguments: scenes)
  func partialWithAllOfTwoStripsIsDisplaced(fixture: String, width: Int, height: Int) throws {
    let scene = try Scene(fixture, width: width, height: height, steps: 4)
    var scheme = StripScheme(count: 2, warmUp: 1)
    let displaced = try scene.sample(scheme)
    scheme.policy.fraction = 1
    #expect(try scene.sample(scheme) == displaced)
  }
}
