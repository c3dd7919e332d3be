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
  /// For each version of the clips; the last stands for those after it.
  private let targets: [[Target]]
  private var streams: [Stream]
  private let lengths: [Int]

  /// A stream's features and what happens to them.
  struct Stream {
    var features: FeatureSet
    /// The same of the augmented copies of the clips.
    var copies: [FeatureSet] = []
    let preparation: StreamPreparation
    let masking: FeatureMasking
    /// How many hidden states stand side by side in a frame.
    var states = 1
    /// The probability that a training clip comes without it.
    let dropout: Double
  }

  init(_ utterances: [Utterance], targets: TargetRule, streams: [Stream]) throws {
    self.utterances = utterances
    self.targets = try (0..<targets.versions).map { version in try utterances.map { try targets.target($0, version) } }
    self.streams = streams
    lengths = utterances.map { utterance in
      streams.map { $0.preparation.outputFrames(of: $0.features.frames(of: utterance.fileName) ?? 0) }.max() ?? 0
    }
  }

  var count: Int { utterances.count }

  func target(_ index: Int) -> Target { targets[0][index] }

  func target(_ index: Int, augmentation: SeededGenerator?) -> Target {
    var random = augmentation
    return targets[min(version(&random), targets.count - 1)][index]
  }

  func origin(_ index: Int) -> ClipOrigin {
    ClipOrigin(corpus: utterances[index].extra[CorpusMerge.corpusColumn], speaker: utterances[index].speaker)
  }

  func frames(_ index: Int) -> Int { lengths[index] }

  /// A quarter of the cores; the others compute.
  var loadingThreads: Int { min(max(ProcessInfo.processInfo.activeProcessorCount / 4, 1), 8) }

  /// Which version of a clip a visit gets: 0 for the clip as it is, then its augmented copies, all as often.
  private func version(_ draws: inout SeededGenerator?) -> Int {
    let copies = streams.first?.copies.count ?? 0
    guard copies > 0, var random = draws else { return 0 }
    defer { draws = random }
    return random.below(copies + 1)
  }

  /// The same clips with one of their versions alone.
  func asVersion(_ version: Int) -> CorpusData {
    var data = self
    data.streams = streams.map { stream in
      var stream = stream
      if version > 0 { stream.features = stream.copies[version - 1] }
      stream.copies = []
      return stream
    }
    return data
  }

  func willLoad(_ indices: [Int]) throws {
    for stream in streams { try stream.features.willNeed(indices.map { utterances[$0].fileName }) }
  }

  func streams(_ index: Int, augmentation: SeededGenerator?) throws -> [Tensor] {
    var random = augmentation
    let version = version(&random)
    let frames = try streams.map { stream in
      let features = version == 0 ? stream.features : stream.copies[version - 1]
      return try stream.preparation(features.features(of: utterances[index].fileName)) { frames in
        guard var draws = random else { return frames }
        defer { random = draws }
        return try stream.masking(frames, states: stream.states, using: &draws)
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
  /// The share of a target that is the teacher's probabilities; all of it for a clip without a label.
  var teacherShare = 0.0
  var teacher: Teacher?

  /// How many versions of a clip have a target of their own.
  var versions: Int { max(teacher?.count ?? 1, 1) }

  /// Throws `CorporaError` where the classes that the utterance's corpus knows can't be read.
  func target(_ utterance: Utterance, _ version: Int = 0) throws -> Target {
    let letters = try utterance.knownClasses()
    let known = letters.map { set in classes.map(set.contains) }.flatMap {
      $0.contains(true) && $0.contains(false) ? $0 : nil
    }
    let count = known.map { $0.count { $0 } } ?? classes.count
    let consensus = utterance.consensus.emotion.flatMap { classes.firstIndex(of: $0) }
    return Target(
      distribution: taught(
        distribution(utterance).map { shares in
          shares.enumerated().map { i, share in
            share * (1 - smoothing) + (known?[i] ?? true ? smoothing / Double(count) : 0)
          }
        }, utterance.fileName, version, known
      ).map { $0.map(Float.init) }, consensus: consensus,
      attributes: attributes.map { Float(utterance.attributes[$0] ?? .nan) }, known: known)
  }

  /// A label's shares with the teacher's.
  private func taught(_ label: [Double]?, _ clip: String, _ version: Int, _ known: [Bool]?) -> [Double]? {
    guard let told = teacher?.distribution(clip, version: version, classes: classes, known: known) else { return label }
    guard let label else { return told }
    return zip(label, told).map { (1 - teacherShare) * $0 + teacherShare * $1 }
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
