import Audio
import Corpora
import Encoders
import FeatureStore
public import Foundation
import Tensors

/// Brings the features of a corpus into a store: each clip is decoded once for all encoders, and what is there is kept.
public struct FeatureExtraction {
  /// A clip whose features could not be made.
  public struct Failure: Codable, Equatable, Sendable {
    /// The clip.
    public let fileName: String
    /// Why, as a sentence.
    public let reason: String
  }

  /// How far it is.
  public struct Progress: Sendable {
    /// Clips done, those that were there already not counted.
    public let done: Int
    /// Clips to do.
    public let total: Int
    /// Seconds since it began.
    public let elapsed: Double
  }

  private let store: FeatureStore
  private let encoders: [(name: String, frontEnd: any FrontEnd)]

  /// Clips of one shard; a kill loses at most the work on so many.
  private static let shardSize = 256

  /// An extraction by the encoders of the given names. Throws `UnknownFrontEnd`.
  public init(_ encoderNames: [String], into folder: URL) throws {
    store = FeatureStore(folder)
    encoders = try encoderNames.reduce(into: []) { list, name in
      if !list.contains(where: { $0.name == name }) { list.append((name, try FrontEnds.named(name))) }
    }
  }

  /// The sets of features, by encoder, as they are now.
  func sets() throws -> [String: FeatureSet] {
    try Dictionary(
      uniqueKeysWithValues: encoders.map { name, frontEnd in
        (name, try store.set(of: EncoderIdentity(name: name, settings: ["version": frontEnd.version])))
      })
  }

  /// Makes the features that are missing.
  ///
  /// - Returns: the clips that failed, whose features are still missing.
  func run(_ utterances: [Utterance], report: (Progress) -> Void) throws -> [Failure] {
    let sets = try sets()
    var failures: [Failure] = []
    var work: [(utterance: Utterance, source: SourceStamp)] = []
    for utterance in utterances {
      guard let source = try? SourceStamp(of: utterance.audio) else {
        failures.append(Failure(fileName: utterance.fileName, reason: "\(utterance.audio.path): the file is missing"))
        continue
      }
      if sets.values.contains(where: { !$0.contains(utterance.fileName, from: source) }) {
        work.append((utterance, source))
      }
    }
    let start = Date()
    var done = 0
    for shard in stride(from: 0, to: work.count, by: Self.shardSize) {
      let clips = Array(work[shard..<min(shard + Self.shardSize, work.count)])
      var items: [String: [FeatureSet.Item]] = [:]
      // Small groups, so that progress is seen; a shard is still written whole.
      for group in stride(from: 0, to: clips.count, by: 16) {
        let part = Array(clips[group..<min(group + 16, clips.count)])
        let results = concurrentMap(part) { clip in Result { try features(of: clip.utterance) } }
        for (clip, result) in zip(part, results) {
          switch result {
          case .failure(let error):
            failures.append(Failure(fileName: clip.utterance.fileName, reason: "\(error)"))
          case .success(let features):
            for (encoder, tensor) in zip(encoders, features) {
              items[encoder.name, default: []].append(
                .init(name: clip.utterance.fileName, source: clip.source, features: tensor))
            }
          }
        }
        done += part.count
        report(Progress(done: done, total: work.count, elapsed: Date().timeIntervalSince(start)))
      }
      for (name, items) in items { try sets[name]?.append(items) }
    }
    return failures
  }

  private func features(of utterance: Utterance) throws -> [Tensor] {
    let clip = try AudioFile.decode(utterance.audio)
    return try encoders.map { name, frontEnd in
      let features = try frontEnd.features(of: clip.samples)
      guard features.size(0) > 0 else {
        throw TensorError(operation: name, message: "\(utterance.audio.path) is too short for a single frame")
      }
      return features
    }
  }
}
