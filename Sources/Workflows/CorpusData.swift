import Basics
import Corpora
import Emotion
import FeatureStore
import Foundation
import Fusion
import Tensors
import Training

/// Utterances of a corpus with their features and targets, as the trainer takes them.
struct CorpusData: TrainingData {
  let utterances: [Utterance]
  private let targets: [Target]
  private let streams: [Stream]
  private let lengths: [Int]

  /// A stream's features and what happens to them.
  struct Stream {
    let features: FeatureSet
    let preparation: StreamPreparation
    let masking: FeatureMasking
    /// The probability that a training clip comes without it.
    let dropout: Double
  }

  init(_ utterances: [Utterance], targets: TargetRule, streams: [Stream]) throws {
    self.utterances = utterances
    self.targets = try utterances.map(targets.target)
    self.streams = streams
    lengths = utterances.map { utterance in
      streams.map { $0.preparation.outputFrames(of: $0.features.frames(of: utterance.fileName) ?? 0) }.max() ?? 0
    }
  }

  var count: Int { utterances.count }

  func target(_ index: Int) -> Target { targets[index] }

  func frames(_ index: Int) -> Int { lengths[index] }

  /// A quarter of the cores; the others compute.
  var loadingThreads: Int { min(max(ProcessInfo.processInfo.activeProcessorCount / 4, 1), 8) }

  func willLoad(_ indices: [Int]) throws {
    for stream in streams { try stream.features.willNeed(indices.map { utterances[$0].fileName }) }
  }

  func streams(_ index: Int, augmentation: SeededGenerator?) throws -> [Tensor] {
    var random = augmentation
    let frames = try streams.map { stream in
      try stream.preparation(stream.features.features(of: utterances[index].fileName)) { frames in
        guard var draws = random else { return frames }
        defer { random = draws }
        return try stream.masking(frames, using: &draws)
      }
    }
    guard var draws = random, streams.contains(where: { $0.dropout > 0 }) else { return frames }
    var isKept = streams.map { draws.uniform() >= $0.dropout }
    if !isKept.contains(true) { isKept[draws.below(streams.count)] = true }
    // A frame of zeros stands for a stream that is missing, as in recognition.
    return try frames.indices.map { isKept[$0] ? frames[$0] : try Tensor.zeros([1, frames[$0].size(1)]) }
  }
}

/// How labels and ratings become targets.
struct TargetRule {
  /// The rule for ratings; nil for one-hot targets from the consensus.
  let votes: VoteRule?
  let classes: [EmotionClass]
  let attributes: [Attribute]
  /// The share of a target that is spread over all classes.
  let smoothing: Double

  /// Throws `CorporaError` where the classes that the utterance's corpus knows can't be read.
  func target(_ utterance: Utterance) throws -> Target {
    let letters = try utterance.knownClasses()
    let known = letters.map { set in classes.map(set.contains) }.flatMap {
      $0.contains(true) && $0.contains(false) ? $0 : nil
    }
    let count = known.map { $0.count { $0 } } ?? classes.count
    let consensus = utterance.consensus.emotion.flatMap { classes.firstIndex(of: $0) }
    return Target(
      distribution: distribution(utterance).map { shares in
        shares.enumerated().map { i, share in
          Float(share * (1 - smoothing) + (known?[i] ?? true ? smoothing / Double(count) : 0))
        }
      }, consensus: consensus, attributes: attributes.map { Float(utterance.attributes[$0] ?? .nan) }, known: known)
  }

  /// The shares of the model's classes in the ratings; one-hot without ratings; nil where nothing falls on these classes.
  private func distribution(_ utterance: Utterance) -> [Double]? {
    if let votes, !utterance.ratings.isEmpty {
      guard let all = Distribution(of: utterance.ratings, consensus: utterance.consensus, rule: votes) else {
        return nil
      }
      let shares = classes.map { all[$0] }
      let sum = shares.reduce(0, +)
      return sum > 0 ? shares.map { $0 / sum } : nil
    }
    guard let emotion = utterance.consensus.emotion, classes.contains(emotion) else { return nil }
    return classes.map { $0 == emotion ? 1 : 0 }
  }
}
