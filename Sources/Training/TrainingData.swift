public import Basics
package import NN
public import Tensors

/// Clips to learn from or to be tested on, by number. Their streams are loaded on other threads than the trainer's,
/// `loadingThreads` of them at the same time.
public protocol TrainingData {
  /// How many clips there are.
  var count: Int { get }
  /// What clip `index` should be recognised as.
  func target(_ index: Int) -> Target
  /// What clip `index` should be recognised as when it is visited with these random numbers, of which `streams` gets the
  /// same: data whose clips exist in several versions may have a target for each.
  func target(_ index: Int, augmentation: SeededGenerator?) -> Target
  /// Where clip `index` comes from.
  func origin(_ index: Int) -> ClipOrigin
  /// How many frames the longest stream of a clip has: batches are made of clips of like length.
  func frames(_ index: Int) -> Int
  /// The streams of a clip, each (frames, width).
  ///
  /// - Parameter augmentation: the random numbers of whatever makes each visit to a clip different; nil outside training.
  func streams(_ index: Int, augmentation: SeededGenerator?) throws -> [Tensor]
  /// How many threads may load streams at the same time.
  var loadingThreads: Int { get }
  /// Says that these clips will be loaded soon, so that a slow disk can begin.
  func willLoad(_ indices: [Int]) throws
}

extension TrainingData {
  /// The same at each visit.
  public func target(_ index: Int, augmentation: SeededGenerator?) -> Target { target(index) }
  /// Nothing is known of it.
  public func origin(_ index: Int) -> ClipOrigin { ClipOrigin() }
  /// One thread, which suits data that changes as it is read.
  public var loadingThreads: Int { 1 }
  /// Makes nothing of it.
  public func willLoad(_ indices: [Int]) throws {}
}

/// What a clip should be recognised as.
public struct Target: Equatable, Sendable {
  /// A distribution over the model's classes, from the raters' votes; nil when no vote fell on any of them.
  public var distribution: [Float]?
  /// The class that the raters agreed on, as an index into the model's classes; nil without a consensus.
  public var consensus: Int?
  /// The mean rating of each attribute, 1...7; NaN for one that was not rated.
  public var attributes: [Float]
  /// Whether the clip's corpus tells each class apart, at least one; nil where it knows them all.
  public var known: [Bool]?

  /// Makes a target of its parts.
  public init(distribution: [Float]?, consensus: Int?, attributes: [Float], known: [Bool]? = nil) {
    self.distribution = distribution
    self.consensus = consensus
    self.attributes = attributes
    self.known = known
  }
}

/// A batch as the model takes it.
package struct Batch {
  package let streams: [SequenceBatch]
  /// (clips, classes), rows of zeros for clips without a target
  let classes: Tensor
  /// (clips, attributes), NaN where not rated
  let attributes: Tensor
  /// (clips, 1): the class that raters agreed on, NaN without a consensus
  let labels: Tensor
  /// bool (clips, classes): the classes that count in a clip's loss; nil where all do
  let known: Tensor?
  let count: Int

  /// Loads clips of some data; `augmentation` gives each its random numbers, or nil.
  init(_ data: any TrainingData, _ clips: [Int], classCount: Int, augmentation: (Int) -> SeededGenerator?) throws {
    let draws = clips.map(augmentation)
    let rows = try zip(clips, draws).map { try data.streams($0, augmentation: $1) }
    guard let first = rows.first else { throw TrainingError.emptyBatch }
    streams = try first.indices.map { stream in try SequenceBatch(copying: rows.map { $0[stream] }) }
    let targets = zip(clips, draws).map { data.target($0, augmentation: $1) }
    let none = [Float](repeating: 0, count: classCount)
    classes = try Tensor(targets.flatMap { $0.distribution ?? none }, shape: [clips.count, classCount])
    attributes = try Tensor(
      targets.flatMap(\.attributes), shape: [clips.count, targets[0].attributes.count])
    labels = try Tensor(targets.map { $0.consensus.map(Float.init) ?? .nan }, shape: [clips.count, 1])
    let every = [Bool](repeating: true, count: classCount)
    known =
      try targets.contains { $0.known != nil }
      ? Tensor(targets.flatMap { ($0.known ?? every).map { $0 ? Float(1) : 0 } }, shape: [clips.count, classCount])
        .> 0.5
      : nil
    count = clips.count
  }
}
