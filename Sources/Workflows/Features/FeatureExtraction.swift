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

  /// A clip with the encoders whose features of it are missing.
  private struct Work {
    let utterance: Utterance
    let source: SourceStamp
    let encoders: [(name: String, frontEnd: any FrontEnd)]
  }

  /// Makes the features that are missing.
  ///
  /// - Returns: the clips that failed, whose features are still missing.
  func run(_ utterances: [Utterance], report: (Progress) -> Void) throws -> [Failure] {
    let sets = try sets()
    var failures: [Failure] = []
    var work: [Work] = []
    for utterance in utterances {
      guard let source = try? SourceStamp(of: utterance.audio) else {
        failures.append(Failure(fileName: utterance.fileName, reason: "\(utterance.audio.path): the file is missing"))
        continue
      }
      let missing = encoders.filter { sets[$0.name]?.contains(utterance.fileName, from: source) == false }
      if !missing.isEmpty { work.append(Work(utterance: utterance, source: source, encoders: missing)) }
    }
    let start = Date()
    var done = 0
    // Small groups, so that progress is seen, and large enough for all cores; a shard is still written whole.
    let groupSize = max(16, 4 * ProcessInfo.processInfo.activeProcessorCount)
    for shard in stride(from: 0, to: work.count, by: Self.shardSize) {
      let clips = Array(work[shard..<min(shard + Self.shardSize, work.count)])
      var items: [String: [FeatureSet.Item]] = [:]
      for group in stride(from: 0, to: clips.count, by: groupSize) {
        let part = Array(clips[group..<min(group + groupSize, clips.count)])
        let results = concurrentMap(part) { clip in Result { try Self.features(of: clip) } }
        for (clip, result) in zip(part, results) {
          switch result {
          case .failure(let error):
            failures.append(Failure(fileName: clip.utterance.fileName, reason: "\(error)"))
          case .success(let features):
            for (encoder, tensor) in zip(clip.encoders, features) {
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

  private static func features(of work: Work) throws -> [Tensor] {
    let clip = try AudioFile.decode(work.utterance.audio)
    return try work.encoders.map { name, frontEnd in
      let features = try frontEnd.features(of: clip.samples)
      guard features.size(0) > 0 else {
        throw TensorError(operation: name, message: "\(work.utterance.audio.path) is too short for a single frame")
      }
      return features
    }
  }
}
