import Foundation
import Tensors

/// The counts of a set of features.
public struct FeatureStatistics: Codable, Equatable, Sendable {
  /// The encoder, with its digest.
  public let set: String
  /// The encoder's settings.
  public let settings: [String: String]
  /// Utterances that have features.
  public let utterances: Int
  /// Utterances that failed.
  public let failures: Int
  /// Frames of all utterances.
  public let frames: Int
  /// Frames of the shortest and of the longest utterance; nil without any.
  public let shortest: Int?
  /// Frames of the longest utterance.
  public let longest: Int?
  /// Numbers in a frame; nil without any.
  public let width: Int?
  /// Finished shards.
  public let shards: Int
  /// Bytes of all finished shards.
  public let bytes: Int

  /// Counts a set from its index; no shard is read.
  public init(_ set: FeatureSet) throws {
    self.set = set.folder.lastPathComponent
    settings = set.encoder.settings
    utterances = set.count
    failures = set.failures.count
    let lengths = set.names.compactMap { set.frames(of: $0) }
    frames = lengths.reduce(0, +)
    (shortest, longest) = (lengths.min(), lengths.max())
    let index = try FeatureIndex(reading: set.folder)
    width = try index?.property("width").flatMap { Int($0) }
    let finished = try index?.shards().filter { ($0.bytes ?? 0) > 0 } ?? []
    shards = finished.count
    bytes = finished.compactMap(\.bytes).reduce(0, +)
  }
}
