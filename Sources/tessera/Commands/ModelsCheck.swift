import Files
import ArgumentParser
import Diffusion
import Foundation
import Networks
import Raster
import SIGE
import Tensors

/// `tessera models check`: everything that is wrong with a model, and what it would cost to run.
struct ModelsCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Look at every number of a model, try it once, and say what it costs.",
    discussion: """
      All faults are reported, and the exit status is 65 if there is one. A model without faults is \
      evaluated on a little noise, as a whole and sparsely, and must give finite results. A folder that holds a \
      network alone, without a noise schedule, has no family; forward and bench network take it.
      """)

  @Argument(help: "Model folder.") var folder: String
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let network = try NetworkFolder.load(folder)
    let report = try ModelReport(network)
    if json { try Output.json(report) } else { Output.text(report.text) }
    if !report.faults.isEmpty {
      let count = report.faults.count
      throw CommandError(
        .badData,
        "\(network.path): \(count) fault\(count == 1 ? "" : "s") found; download the model again")
    }
  }
}

/// What `models check` found.
private struct ModelReport: Encodable {
  /// What one evaluation at a size costs.
  struct Cost: Encodable {
    var size: Int
    var macs: Int
    var cacheBytesByte: Int
    var cacheBytesHalf: Int
    var cacheBytesFull: Int
  }

  /// What one small evaluation gave.
  struct Trial: Encodable {
    var size: Int
    var timestep: Int
    var finite: Bool
    var minimum: Nullable<Double>
    var maximum: Nullable<Double>
    /// The first layer whose output is not finite.
    var layer: Nullable<String>
    /// Whether only what is computed from a cache is not.
    var sparse: Bool

    init(_ trial: TrialEvaluation) {
      (size, timestep, finite) = (trial.side, trial.timestep, trial.isFinite)
      minimum = Nullable(trial.range.map { Double($0.lowerBound) })
      maximum = Nullable(trial.range.map { Double($0.upperBound) })
      layer = Nullable(trial.layer)
      sparse = trial.isSparse
    }

    var line: String {
      let result =
        if let low = minimum.value, let high = maximum.value {
          String(format: "finite, %.4g to %.4g", low, high)
        } else {
          (sparse ? "sparse, not finite" : "not finite")
            + (layer.value.map { " from layer \($0) on" } ?? "")
        }
      return "trial       \(size)x\(size) noise at timestep \(timestep): \(result)"
    }
  }

  struct Fault: Encodable {
    var file: String
    var problem: String
    var cure: String
  }

  var schemaVersion = 1
  var path: String
  var sound: Bool
  var family: Nullable<String>
  var prediction: Nullable<String>
  var schedule: Nullable<String>
  var zeroTerminalSNR: Nullable<Bool>
  var spacing: Nullable<String>
  var steps: Nullable<Int>
  var noisePyramid: Nullable<[Float]>
  var inChannels: Int
  var outChannels: Int
  var levels: Int
  var parameters: Int
  var tensors: Int
  var dtypes: [String]
  var weightBytes: Int
  var costs: [Cost]
  var trial: Nullable<Trial>
  var unusedTensors: [String]
  var faults: [Fault]

  private enum CodingKeys: String, CodingKey {
    case schemaVersion, path, sound, family, prediction, schedule
    case zeroTerminalSNR = "zeroTerminalSnr"
    case spacing, steps, noisePyramid, inChannels, outChannels, levels, parameters, tensors, dtypes
    case weightBytes, costs, trial, unusedTensors, faults
  }

  init(_ network: NetworkFolder) throws {
    var errors: [ModelError] = []
    var model: ModelFolder?
    do throws(ModelError) { model = try ModelFolder.load(network.path) } catch {
      if !(error.isMissing && network.isAlone) { errors.append(error) }
    }
    var check: ModelCheck?
    var names: Set<String> = []
    var isOpen = false
    do throws(ModelError) {
      names = Set(try network.openWeights().names)
      isOpen = true
    } catch {
      if error.lacksMemory { throw error }
      errors.append(error)
    }
    let outline = try UNetOutline(network.configuration, contains: names.contains)
    if isOpen {
      do throws(ModelError) {
        check = try network.check(expected: outline.expectedTensors)
      } catch { errors.append(error) }
    }
    errors += check?.faults ?? []
    let tried = errors.isEmpty ? try Self.trial(network, model) : nil
    if let problem = tried?.problem {
      errors.append(
        ModelError(
          file: network.weightsPath,
          what: problem,
          cure: "download the weights again, or take another model"))
    }
    trial = Nullable(tried.map(Trial.init))
    path = network.path
    sound = errors.isEmpty
    faults = errors.map { Fault(file: $0.file, problem: $0.what, cure: $0.cure) }
    family = Nullable(model?.family.name)
    prediction = Nullable(model?.scheduler.prediction.rawValue)
    schedule = Nullable(model?.scheduler.scheduleName)
    zeroTerminalSNR = Nullable(model.map { $0.scheduler.schedule.alphasCumprod.last == 0 })
    spacing = Nullable(model?.scheduler.spacing.rawValue)
    steps = Nullable(model?.defaultSteps)
    noisePyramid = Nullable(model.map(\.noisePyramid).map { [$0.x, $0.y, $0.z] })
    inChannels = network.configuration.inChannels
    outChannels = network.configuration.outChannels
    levels = network.configuration.levels
    parameters = outline.expectedTensors.values.reduce(0) { $0 + $1.reduce(1, *) }
    tensors = names.count
    dtypes = (check?.types ?? []).map(\.rawValue).sorted()
    weightBytes = 4 * parameters
    unusedTensors = check?.unused ?? []
    costs = [256, 512].map { Self.cost(outline.network, size: $0) }
  }

  /// Evaluates the network once where a run would begin, or late in the usual thousand timesteps.
  private static func trial(_ folder: NetworkFolder, _ model: ModelFolder?) throws
    -> TrialEvaluation
  {
    let network = try ModelLoading.network(of: folder)
    let workers = WorkerPool(count: WorkerPool.machineCount)
    let side = TrialEvaluation.side(of: network)
    let (running, packing) = network.footprint(height: side, width: side, workers: workers.count)
    let cache = network.cacheBytes(height: side, width: side, precision: .byte)
    try SystemMemory.admit(running + packing + cache, "trying the model")
    let timestep = try model.map { try DDIM($0.scheduler, steps: $0.defaultSteps).timesteps.first }
    return try TrialEvaluation(
      of: network, timestep: (timestep ?? nil) ?? 999, workers: workers)
  }

  private static func cost(_ network: UNet, size: Int) -> Cost {
    Cost(
      size: size, macs: network.macs(height: size, width: size),
      cacheBytesByte: network.cacheBytes(height: size, width: size, precision: .byte),
      cacheBytesHalf: network.cacheBytes(height: size, width: size, precision: .half),
      cacheBytesFull: network.cacheBytes(height: size, width: size, precision: .full))
  }

  var text: String {
    func mebibytes(_ bytes: Int) -> String { String(format: "%.1f MiB", Double(bytes) / 1_048_576) }
    var lines = [
      "model       \(path)",
      "family      \(family.value ?? "none: a network without a noise schedule")",
      "channels    \(inChannels) in, \(outChannels) out, \(levels) levels",
      "parameters  \(parameters) in \(tensors) tensors (\(dtypes.joined(separator: ", ")))",
      "weights     \(mebibytes(weightBytes)) in memory",
    ]
    if let prediction = prediction.value, let schedule = schedule.value, let steps = steps.value,
      let spacing = spacing.value
    {
      let end = zeroTerminalSNR.value == true ? ", zero terminal SNR" : ""
      lines.append("sampling    \(prediction), \(schedule)\(end), \(spacing), \(steps) steps")
    }
    if let strengths = noisePyramid.value, strengths.contains(where: { $0 > 0 }) {
      let list = strengths.map(\.description).joined(separator: ", ")
      lines.append("noise       white, with a pyramid of strengths \(list)")
    }
    for cost in costs {
      lines.append(
        "\(cost.size)x\(cost.size)     " + String(format: "%.2f GMACs", Double(cost.macs) / 1e9)
          + ", cache \(mebibytes(cost.cacheBytesByte)) a step, "
          + "\(mebibytes(cost.cacheBytesHalf)) (half), "
          + "\(mebibytes(cost.cacheBytesFull)) (full)")
    }
    if let trial = trial.value { lines.append(trial.line) }
    lines += unusedTensors.map { "unused      \($0)" }
    lines += faults.map { "fault       \($0.file): \($0.problem); \($0.cure)" }
    if sound { lines.append("sound       yes") }
    return lines.map(\.printable).joined(separator: "\n")
  }
}

extension NetworkFolder {
  /// Whether the folder holds nothing but a network: no pipeline around it that would need more.
  fileprivate var isAlone: Bool {
    !FileSystem.exists(path + "/model_index.json")
      && !FileSystem.exists(path + "/unet/config.json")
  }
}
