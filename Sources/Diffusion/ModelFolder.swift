package import Networks
package import Tensors

/// A network's files: its configuration, read, and its weights, not yet opened.
package struct NetworkFolder: Equatable, Sendable {
  /// The folder that the model is known by.
  package let path: String
  /// The network's shape.
  package let configuration: UNetConfiguration
  /// The safetensors file.
  package let weightsPath: String

  /// Reads the network's configuration from a model folder or from a folder with a network alone.
  ///
  /// - Throws: `ModelError`; the weights are not opened, only known to be there.
  package static func load(_ path: String) throws(ModelError) -> NetworkFolder {
    try NetworkFolder(ModelFiles(path: path))
  }

  init(_ files: ModelFiles) throws(ModelError) {
    path = files.root
    weightsPath = files.weights
    let text = try configurationText(files.networkConfiguration)
    configuration = try modelErrors { () throws(ConfigurationError) in
      try UNetConfiguration(json: text, file: files.networkConfiguration)
    }
  }

  /// Opens the weights.
  package func openWeights() throws(ModelError) -> SafetensorsFile {
    do throws(SafetensorsError) {
      return try SafetensorsFile(path: weightsPath)
    } catch { throw ModelError(error) }
  }
}

/// A diffusion model as a folder: network, noise schedule and what family of edits it is made for.
///
/// Loading reads the configuration files only, which takes about a millisecond; weights are opened
/// on demand.
package struct ModelFolder: Equatable, Sendable {
  /// What a model's channels mean, and so how an edit is made with it.
  package enum Family: Equatable, Sendable {
    /// 3 in, 3 out: the noised picture itself is denoised.
    case sdedit
    /// 7 in, 3 out: the residual to a hint is denoised; channels are residual (3), mask, hint (3).
    case paint(ResidualTransform)
  }

  /// Configuration and weights of the U-Net.
  package let network: NetworkFolder
  /// Noise schedule and prediction type.
  package let scheduler: SchedulerConfiguration
  /// How edits are made with it.
  package let family: Family
  /// Strengths of the `NoisePyramid` that a Paint model starts from, 0...2; zero for white noise.
  package let noisePyramid: SIMD3<Float>
  /// Sampler steps where the user names none.
  package let defaultSteps: Int

  /// The folder that the model is known by.
  package var path: String { network.path }

  /// Reads and validates the configuration files of a model.
  ///
  /// - Parameter path: the folder, or a file of a model in it.
  /// - Throws: `ModelError` with the file, what is wrong, and the cure.
  package static func load(_ path: String) throws(ModelError) -> ModelFolder {
    let files = try ModelFiles(path: path)
    let network = try NetworkFolder(files)
    guard let schedulerFile = files.schedulerConfiguration else {
      throw ModelError(
        file: files.root + "/scheduler/scheduler_config.json", what: "no such file",
        cure: "download the whole model folder, with its noise schedule", isMissing: true)
    }
    let schedulerText = try configurationText(schedulerFile)
    let indexText = try files.index.map { path throws(ModelError) in try configurationText(path) }
    return try modelErrors { () throws(ConfigurationError) in
      let scheduler = try SchedulerConfiguration(json: schedulerText, file: schedulerFile)
      let index = try ConfigurationReader(
        json: indexText ?? Array("{}".utf8), file: files.index ?? files.root + "/model_index.json")
      let family = try family(network.configuration, files.networkConfiguration, index)
      let usual = family == .sdedit ? 20 : 8
      let steps = try index.int(
        "default_steps", 1...scheduler.schedule.count,
        default: min(usual, scheduler.schedule.count))
      return ModelFolder(
        network: network, scheduler: scheduler, family: family,
        noisePyramid: try noisePyramid(index), defaultSteps: steps)
    }
  }

  /// Opens the weights.
  package func openWeights() throws(ModelError) -> SafetensorsFile { try network.openWeights() }

  /// The network without its weights, for what its shape alone decides.
  package func outline() throws -> UNet { try UNetOutline(network.configuration).network }

  /// Builds the network from the weights, where there is memory to read them.
  ///
  /// - Throws: `ModelError`; `WeightsError`; `MemoryError` before anything is read.
  package func openNetwork(within memory: MemoryLedger) throws -> UNet {
    let weights = try openWeights()
    try memory.admit(weights.bytesToRead, "reading the model's weights")
    return try UNet(network.configuration, weights: weights)
  }

  /// Reads `noise_pyramid`, three numbers, one for each channel of the residual.
  private static func noisePyramid(
    _ index: ConfigurationReader
  ) throws(ConfigurationError) -> SIMD3<Float> {
    let (field, supported) = ("noise_pyramid", "3 numbers of 0 to 2")
    if index.isNull(field) { return .zero }
    let numbers = try index.list(field, limit: 3, supported, default: []) { value in
      value.double.flatMap { (0...2).contains($0) ? Float($0) : nil }
    }
    guard numbers.count == 3 else { throw index.refusal(field, supported) }
    return SIMD3(numbers[0], numbers[1], numbers[2])
  }

  private static func family(
    _ network: UNetConfiguration, _ file: String, _ index: ConfigurationReader
  ) throws(ConfigurationError) -> Family {
    switch (network.inChannels, network.outChannels) {
    case (3, 3): return .sdedit
    case (7, 3): return .paint(try ResidualTransform(index))
    default:
      throw ConfigurationError(
        file: file, field: "in_channels, out_channels",
        value: "\(network.inChannels), \(network.outChannels)",
        supported: "3, 3 (SDEdit) and 7, 3 (Paint)")
    }
  }
}

/// What a full look at a model's weights found.
package struct ModelCheck: Equatable, Sendable {
  /// Faults that keep the model from running, by tensor name; empty for a sound model.
  package var faults: [ModelError] = []
  /// Tensors of the file that the network does not use.
  package var unused: [String] = []
  /// Number of tensors in the file.
  package var tensors = 0
  /// Numbers in all expected tensors together.
  package var parameters = 0
  /// How the expected tensors are stored.
  package var types: Set<StoredType> = []
}

extension NetworkFolder {
  /// Compares the weights with the tensors a network needs, and looks at every number of them.
  ///
  /// - Parameter expected: shape of each tensor by name.
  /// - Returns: all faults found: missing tensors, other shapes, types that are not floats, NaN and
  ///   infinities.
  /// - Throws: `ModelError` where the file as a whole cannot be used, or holds nothing.
  /// - Complexity: reads the whole file once.
  package func check(expected: [String: [Int]]) throws(ModelError) -> ModelCheck {
    let file = try openWeights()
    guard file.count > 0 else {
      throw ModelError(
        file: file.path, what: "holds no tensor", cure: "download the weights again")
    }
    var result = ModelCheck()
    result.tensors = file.count
    result.unused = file.names.filter { expected[$0] == nil }
    for (name, shape) in expected.sorted(by: { $0.key < $1.key }) {
      do throws(SafetensorsError) {
        let tensor = try file.tensor(name)
        result.parameters += tensor.count
        result.types.insert(tensor.dtype)
        if !UNet.serves(tensor.shape, as: shape) {
          throw SafetensorsError(
            file: file.path, kind: .badTensor(name, "has shape \(tensor.shape), not \(shape)"))
        }
        guard UNet.weightTypes.contains(tensor.dtype) else {
          throw SafetensorsError(
            file: file.path,
            kind: .badTensor(
              name, "is stored as \(tensor.dtype.rawValue); F32, F16 and BF16 weights are supported"
            ))
        }
        guard try tensor.isFinite() else {
          throw SafetensorsError(
            file: file.path, kind: .badTensor(name, "holds NaN or infinite numbers"))
        }
      } catch {
        result.faults.append(ModelError(error))
      }
    }
    return result
  }
}

/// Runs `body` and turns its configuration errors into model errors.
private func modelErrors<Result>(
  _ body: () throws(ConfigurationError) -> Result
) throws(ModelError) -> Result {
  do throws(ConfigurationError) { return try body() } catch { throw ModelError(error) }
}
