import Diffusion
import Testing

struct TimestepsTests {
  typealias Spacing = SchedulerConfiguration.Spacing

  /// Spacing, steps, offset, timesteps of 1000 as diffusers gives them.
  static let cases: [(Spacing, Int, Int, [Int])] = [
    (.leading, 3, 0, [666, 333, 0]),
    (.leading, 5, 0, [800, 600, 400, 200, 0]),
    (.leading, 4, 1, [751, 501, 251, 1]),
    (.linspace, 1, 0, [0]),
    (.linspace, 5, 0, [999, 749, 500, 250, 0]),
    (.trailing, 3, 0, [999, 666, 332]),
    (.trailing, 5, 0, [999, 799, 599, 399, 199]),
    (.trailing, 8, 7, [999, 874, 749, 624, 499, 374, 249, 124]),
  ]

  @Test(arguments: cases)
  func matchesDiffusers(spacing: Spacing, steps: Int, offset: Int, expected: [Int]) {
    #expect(Timesteps.spaced(spacing, steps: steps, of: 1000, offset: offset) == expected)
  }

  /// A running checksum of the timesteps for every number of steps from 1 to 1000, made from
  /// diffusers' own lists (less the timestep -1 that it appends to some trailing ones).
  @Test(arguments: [
    (Spacing.leading, 982_922_305), (.linspace, 147_056_070), (.trailing, 58_489_285),
  ])
  func matchesDiffusersForAllSteps(spacing: Spacing, checksum: Int) {
    var sum = 0
    for steps in 1...1000 {
      let timesteps = Timesteps.spaced(spacing, steps: steps, of: 1000)
      #expect(timesteps.count == steps)
      let weighted = timesteps.enumerated().reduce(0) { $0 + ($1.offset + 1) * $1.element }
      sum = (sum * 31 + weighted) % 1_000_000_007
    }
    #expect(sum == checksum)
  }

  @Test func staysInsideTheSchedule() {
    #expect(Timesteps.spaced(.leading, steps: 1000, of: 1000, offset: 1).first == 999)
  }
}
