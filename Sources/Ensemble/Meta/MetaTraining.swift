import Basics
import Foundation
import NN
import Tensors

/// What a meta-classifier is trained as.
final class MetaNetwork: Module {
  private let layers: [Linear]

  /// - Parameter widths: of the features, the hidden layers, and the outputs
  init(_ widths: [Int], _ initializer: Initializer) throws {
    layers = try zip(widths, widths.dropFirst()).map { try Linear($0, $1, initializer) }
  }

  var members: Members { ["layers": .modules(layers)] }

  /// (utterances, features) to (utterances, outputs)
  func callAsFunction(_ features: Tensor) throws -> Tensor {
    var x = features
    for (i, layer) in layers.enumerated() { x = try layer(i == 0 ? x : x.relu()) }
    return x
  }
}

/// Trains one meta-classifier with AdamW, and keeps it as it was after the epoch with the best held-out score.
struct MetaTraining {
  let data: MetaData
  let held: MetaData
  let settings: MetaSettings

  /// What training came to.
  struct Outcome {
    let classifier: MetaClassifier
    let epochs: Int
    let bestEpoch: Int
    let score: BalancedScore
  }

  /// Widths of the features, the hidden layers and the outputs.
  static func widths(_ settings: MetaSettings, features: Int, outputs: Int) -> [Int] {
    [features] + settings.hiddenWidths + [outputs]
  }

  /// Trains.
  ///
  /// - Parameters:
  ///   - seed: decides the first weights and every draw
  ///   - report: gets each epoch, from 1, and its score
  func run(seed: UInt64, report: (Int, BalancedScore) -> Void) throws -> Outcome {
    // More threads would split sums in other places; the work is too small for them to help.
    try Runtime.withThreadCount(1) { try train(seed, report) }
  }

  private func train(_ seed: UInt64, _ report: (Int, BalancedScore) -> Void) throws -> Outcome {
    let (classes, rated) = (data.classCount, data.attributeCount)
    let features = try Tensor(data.features.values, shape: [data.count, data.features.columnCount])
    let targets = try Tensor(data.targets, shape: [data.count, classes])
    let attributes = rated == 0 ? nil : try Tensor(data.attributes, shape: [data.count, rated])
    let network = try MetaNetwork(
      Self.widths(settings, features: data.features.columnCount, outputs: classes + rated),
      .random(Generator(seed: seed)))
    let optimiser = try AdamW(
      network.namedParameters(), learningRate: settings.learningRate, weightDecay: settings.weightDecay)
    let schedule: LearningRateSchedule = settings.schedule == .cosine ? .cosine(floor: 0) : .constant
    var best: Outcome?
    for epoch in 1...settings.epochs {
      var draws = SeededGenerator(seed: seed, epoch)
      let batches = batches(&draws)
      for (i, batch) in batches.enumerated() {
        let progress = (epoch - 1) * batches.count + i
        optimiser.learningRate =
          settings.learningRate * schedule.factor(step: progress, of: settings.epochs * batches.count)
        let rows = try Tensor(batch)
        let outputs = try network(features.indexSelected(0, rows))
        let goal = try targets.indexSelected(0, rows)
        let logits = try outputs.narrowed(1, start: 0, length: classes)
        var loss = try -(goal * logits.logSoftmax(-1)).sum() * (settings.classFactor / Double(batch.count))
        if let attributes {
          let values = try outputs.narrowed(1, start: classes, length: rated).sigmoid() * 6 + 1
          loss = try loss + error(values, attributes.indexSelected(0, rows)) * settings.attributeFactor
        }
        try loss.backward()
        try optimiser.step()
      }
      let classifier = try MetaClassifier(network.state(), classCount: classes, attributeCount: rated)
      guard classifier.layers.allSatisfy({ $0.weight.allSatisfy(\.isFinite) && $0.bias.allSatisfy(\.isFinite) }) else {
        throw EnsembleError.diverged(
          "the meta-classifier's weights are no longer finite after epoch \(epoch); a learning rate below "
            + "\(settings.learningRate) is called for")
      }
      let told = try classifier.outputs(of: held.features, threads: 1).probabilities
      let score = BalancedScore(probabilities: told, labels: held.labels, targets: held.targets, classCount: classes)
      report(epoch, score)
      if best.map({ score.isBetter(than: $0.score, by: settings.selection) }) ?? true {
        best = Outcome(classifier: classifier, epochs: epoch, bestEpoch: epoch, score: score)
      } else if let kept = best {
        best = Outcome(classifier: kept.classifier, epochs: epoch, bestEpoch: kept.bestEpoch, score: kept.score)
        if epoch - kept.bestEpoch >= settings.patience { break }
      }
    }
    guard let best else { throw EnsembleError.diverged("the meta-classifier was not trained: it has no epoch") }
    return best
  }

  /// The mean squared error over the attributes that were rated; 0 where none was.
  private func error(_ values: Tensor, _ ratings: Tensor) throws -> Tensor {
    let missing = try ratings.isNaN()
    let difference = try (values - ratings.masked(where: missing, with: 0)).masked(where: missing, with: 0)
    let count = try missing.logicalNot().converted(to: .float32).sum().clamped(min: 1)
    return try (difference * difference).sum() / count
  }

  /// The batches of an epoch.
  private func batches(_ draws: inout SeededGenerator) -> [[Int64]] {
    var byClass = [[Int]](repeating: [], count: data.classCount)
    var without: [Int] = []
    for (row, label) in data.labels.enumerated() {
      if let label { byClass[label].append(row) } else { without.append(row) }
    }
    let least = (settings.leastBatches - 1) * settings.batchSize + 1
    var order: [Int] = []
    repeat {
      order +=
        settings.sampling == .natural
        ? draws.shuffled(Array(0..<data.count))
        : Division.epoch(byClass, without: without, share: settings.noConsensusShare, &draws)
    } while order.count < least
    return stride(from: 0, to: order.count, by: settings.batchSize).map { start in
      order[start..<min(start + settings.batchSize, order.count)].map(Int64.init)
    }
  }
}
