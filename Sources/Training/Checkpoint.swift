import Basics
import Foundation
import NN
import Tensors

/// What of a training run survives its process: one safetensors file with weights, optimiser, average and generator,
/// and the state as JSON in its metadata.
struct Checkpoint {
  /// All that a run changes as it goes.
  struct Parts {
    let model: any EmotionModel
    let optimiser: AdamW
    let average: ExponentialMovingAverage?
    let generator: Generator
  }

  /// Writes a checkpoint atomically.
  ///
  /// - Parameter generators: the states of the generators of ranks 1, 2 and so on
  static func write(
    _ parts: Parts, _ state: TrainingState, generators: [Tensor] = [], identity: String, to url: URL
  ) throws {
    var tensors: [String: Tensor] = ["generator": try parts.generator.state()]
    for (i, state) in generators.enumerated() { tensors["generator.\(i + 1)"] = state }
    for (key, tensor) in parts.model.state() { tensors["model." + key] = tensor }
    for (key, tensor) in parts.optimiser.state() { tensors["optimiser." + key] = tensor }
    for (key, tensor) in try parts.average?.state() ?? [:] { tensors["average." + key] = tensor }
    let json = String(decoding: try JSONEncoder().encode(state), as: UTF8.self)
    try SafeTensors.write(tensors, metadata: ["state": json, "identity": identity], to: url)
  }

  /// Brings the parts back to where a checkpoint left them. Throws for a file that is not one of this run.
  ///
  /// - Returns: the state, and those of the generators of ranks 1, 2 and so on
  static func read(
    _ url: URL, into parts: Parts, identity: String
  ) throws -> (state: TrainingState, generators: [Tensor]) {
    let file = try SafeTensors(url)
    guard let json = file.metadata["state"], let found = file.metadata["identity"] else {
      throw TrainingError.foreignCheckpoint(path: url.path, difference: "it holds no training state")
    }
    guard found == identity else {
      throw TrainingError.foreignCheckpoint(path: url.path, difference: "its recipe or its data differ")
    }
    let state: TrainingState
    do {
      state = try JSONDecoder().decode(TrainingState.self, from: Data(json.utf8))
    } catch {
      throw TrainingError.foreignCheckpoint(
        path: url.path, difference: "its training state can't be read, \(DecodingProblem(error))")
    }
    let tensors = try file.tensors()
    func part(_ prefix: String) -> [String: Tensor] {
      Dictionary(
        uniqueKeysWithValues: tensors.compactMap { key, tensor in
          key.hasPrefix(prefix) ? (String(key.dropFirst(prefix.count)), tensor) : nil
        })
    }
    try parts.model.load(part("model."))
    try parts.optimiser.load(part("optimiser."))
    try parts.average?.load(part("average."))
    if let generator = tensors["generator"] { try parts.generator.restore(generator.clone()) }
    var generators: [Tensor] = []
    while let state = tensors["generator.\(generators.count + 1)"] { generators.append(try state.clone()) }
    return (state, generators)
  }
}
