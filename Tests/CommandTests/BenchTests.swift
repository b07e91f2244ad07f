import Foundation
import Testing

/// `tessera bench`: what it reports, not how fast the machine is.
@Suite struct BenchTests {
  @Test func profilesAccountForAllWork() throws {
    let folder = try ScratchFolder()
    let run = try Program.run(
      [
        "bench", "network", "--model", Program.fixture("attention-heads"), "--size", "32",
        "--runs", "1", "--edits", "0.05", "--profile", "--json",
      ], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let report = run.json
    let edit = try #require((report["edits"] as? [[String: Any]])?.first)
    for (profile, macs) in [
      (report["profile"], report["macs_dense"]), (edit["profile"], edit["macs_executed"]),
    ] {
      let layers = try #require((profile as? [String: Any])?["layers"] as? [[String: Any]])
      #expect(layers.first?["name"] as? String == "conv_in")
      #expect(layers.last?["name"] as? String == "conv_out")
      #expect(layers.compactMap { $0["macs"] as? Int }.reduce(0, +) == macs as? Int)
      #expect(abs(layers.compactMap { $0["share"] as? Double }.reduce(0, +) - 1) < 1e-6)
    }
  }

  @Test func timesAttention() throws {
    let run = try Program.run(
      ["bench", "attention", "--tokens", "128,256", "--heads", "4", "--runs", "1", "--json"],
      in: ScratchFolder())
    #expect(run.status == 0, "\(run.errors)")
    let attentions = try #require(run.json["attentions"] as? [[String: Any]])
    #expect(attentions.map { $0["tokens"] as? Int } == [128, 256])
  }

  /// Keys are answered and runs cancelled in a pseudo terminal.
  @Test(arguments: ["cells", "kitty", "sixel"]) func timesThePaintingProgram(graphics: String)
    throws
  {
    let folder = try ScratchFolder()
    try folder.save(Drawing.scene(), "a.png")
    let run = try Program.run(
      [
        "bench", "ui", "a.png", "--keys", "3", "--cancels", "2", "--graphics", graphics, "--json",
      ], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    for part in ["idle", "generating", "painting", "cancelling"] {
      let times = try #require(run.json[part] as? [String: Any])
      let (median, largest) = (times["median_ms"] as? Double, times["largest_ms"] as? Double)
      // What never came is told as ten seconds.
      #expect(0 < median ?? 0 && median ?? 0 <= largest ?? 0 && largest ?? 10_000 < 10_000)
    }
  }
}
