import Basics
import Foundation
import NN
import Tensors

/// What processes that train together do together. For a process on its own, each of these does nothing.
struct Ranks {
  let group: ProcessGroup?

  init(_ group: ProcessGroup?) { self.group = group }

  var rank: Int { group?.rank ?? 0 }
  var count: Int { group?.ranks ?? 1 }
  /// Whether this rank writes files.
  var leads: Bool { rank == 0 }

  /// This rank's clips of a batch.
  func share(of batch: [Int]) -> [Int] { RankShare.share(of: batch, rank: rank, ranks: count) }

  /// Sums the gradients of a model's parameters over the ranks.
  func reducer(of model: any EmotionModel) throws -> GradientReducer? {
    try group.map { try GradientReducer($0, model.parameters.filter(\.requiresGradient)) }
  }

  /// Throws where the ranks were not given the same things, before they wait for one another in vain.
  func requireAlike(_ model: any EmotionModel, identity: String, plan: TrainingPlan) throws {
    guard let group else { return }
    let shapes = model.namedState().map { "\($0.key) \($0.tensor)" }.joined(separator: "\n")
    for (what, text) in [("recipe", "\(plan)"), ("corpus", identity), ("model", shapes)] {
      let texts = try group.gather(Array(text.utf8))
      if let other = texts.firstIndex(where: { $0 != texts[0] }) {
        throw TrainingError.ranksDiffer(rank: other, what: what)
      }
    }
  }

  /// Gives each rank random numbers of its own. Rank 0 keeps those that a process on its own draws.
  func separate(_ generator: Generator, seed: UInt64) throws {
    guard rank > 0 else { return }
    var seeds = SeededGenerator(seed: seed, rank)
    try generator.restore(Generator(seed: seeds.next(), device: generator.device).state())
  }

  /// Brings all ranks to where rank 0 stands.
  ///
  /// - Parameter generators: the states of the generators of ranks 1, 2 and so on that rank 0 has read; a rank without one
  ///   keeps its own
  func align(_ parts: Checkpoint.Parts, _ state: TrainingState, generators: [Tensor]) throws -> TrainingState {
    guard let group else { return state }
    struct Standing: Codable {
      let state: TrainingState
      let generators: [[UInt8]]
    }
    let standing = try group.leading {
      Standing(state: state, generators: try generators.map { try $0.array() })
    }
    try share(parts.model)
    try share(parts.optimiser.state())
    if let average = parts.average {
      // The count of updates is a copy, which must be read back.
      let tensors = try average.state()
      try share(tensors)
      try average.load(tensors)
    }
    if rank > 0, rank <= standing.generators.count {
      try parts.generator.restore(Tensor(standing.generators[rank - 1]))
    }
    return standing.state
  }

  /// Replaces a model's weights by those of rank 0.
  func share(_ model: any EmotionModel) throws { try share(model.state()) }

  private func share(_ tensors: [String: Tensor]) throws {
    guard let group else { return }
    for (key, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let elements = try tensor.detached()
      try group.broadcast(elements)
      guard try group.agrees(on: elements) else { throw TrainingError.ranksDiffer(rank: rank, what: key) }
    }
  }

  /// The states of the generators of ranks 1, 2 and so on, for a checkpoint.
  func generatorStates(_ generator: Generator) throws -> [Tensor] {
    guard let group else { return [] }
    return try group.gather(generator.state().array()).dropFirst().map { try Tensor($0) }
  }

  /// The sum of a number over all ranks.
  func sum(_ value: Double) throws -> Double {
    guard let group else { return value }
    let tensor = try Tensor([value])
    try group.allReduce(tensor)
    return try tensor.item()
  }

  /// Sums of numbers, each (), over all ranks, without waiting for the device that they are on.
  func sum(_ values: [Tensor]) throws -> [Tensor] {
    guard let group, let first = values.first else { return values }
    let all = try withoutGradients { try Tensor.stacked(values.map { try $0.detached().converted(to: .float32) }) }
    try group.allReduce(all)
    return try (0..<values.count).map { try all[$0].converted(to: first.dtype) }
  }

  /// What rank 0 says, whose clock may differ from the others'.
  func agree(on flag: Bool) throws -> Bool { try shared([flag ? 1 : 0])[0] != 0 }

  /// Rank 0's numbers.
  func shared(_ values: [Double]) throws -> [Double] {
    guard let group else { return values }
    let tensor = try Tensor(values)
    try group.broadcast(tensor)
    return try tensor.array()
  }

  /// The predictions of all ranks, each of which made some and left the others empty.
  func joined(_ predictions: [ClipPrediction], classCount: Int) throws -> [ClipPrediction] {
    guard let group else { return predictions }
    let most = { (counts: [Int]) throws -> Int in
      let width = try Tensor([counts.max() ?? 0])
      try group.allReduce(width, .max)
      return try width.item(of: Int.self)
    }
    let attributeCount = try most(predictions.map(\.attributes.count))
    let embeddings = try joined(predictions.map(\.embedding), width: most(predictions.map(\.embedding.count)))
    guard !predictions.isEmpty else { return [] }
    let columns = 2 * classCount + attributeCount
    let rows = try Tensor(
      predictions.flatMap { prediction in
        prediction.probabilities.isEmpty
          ? [Double](repeating: 0, count: columns)
          : prediction.probabilities + prediction.logits + prediction.attributes
      }, shape: [predictions.count, columns])
    try group.allReduce(rows)
    let numbers = try rows.array(of: Double.self)
    return predictions.indices.map { clip in
      let row = numbers[clip * columns..<(clip + 1) * columns]
      return ClipPrediction(
        probabilities: Array(row.prefix(classCount)), logits: Array(row.dropFirst(classCount).prefix(classCount)),
        attributes: Array(row.dropFirst(2 * classCount)), embedding: embeddings[clip])
    }
  }

  /// Vectors of all ranks, each of which has some and left the others empty.
  private func joined(_ vectors: [[Float]], width: Int) throws -> [[Float]] {
    guard let group, width > 0 else { return vectors }
    let rows = try Tensor(
      vectors.flatMap { $0.isEmpty ? [Float](repeating: 0, count: width) : $0 }, shape: [vectors.count, width])
    try group.allReduce(rows)
    let numbers = try rows.array(of: Float.self)
    return vectors.indices.map { Array(numbers[$0 * width..<($0 + 1) * width]) }
  }

  /// Waits for all ranks, however long one of them takes.
  func meet() throws { try group?.barrier() }
}
