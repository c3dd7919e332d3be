import Basics
public import Foundation
import Synchronization
public import Tensors

/// The finished features of many utterances by one encoder, as they were when the set was opened: mapped from shards, never
/// copied. Several threads may read at the same time.
public final class FeatureSet: Sendable {
  /// `STORE/ENCODER-DIGEST/`
  public let folder: URL
  /// What made the features.
  public let encoder: EncoderIdentity
  private let entries: [String: FeatureIndex.Entry]
  private let shards = Mutex<[Int: SafeTensors]>([:])
  /// The first number that no shard has, planned ones included.
  let nextShard: Int

  init(_ folder: URL, _ encoder: EncoderIdentity) throws {
    self.folder = folder
    self.encoder = encoder
    guard let index = try FeatureIndex(reading: folder) else {
      (entries, nextShard) = ([:], 0)
      return
    }
    entries = try index.settled()
    nextShard = try index.nextShard()
  }

  /// How many utterances there are.
  public var count: Int { entries.count { $0.value.failure == nil } }

  /// The names of the utterances that there are, sorted.
  public var names: [String] { entries.filter { $0.value.failure == nil }.keys.sorted() }

  /// Whether the features of an utterance are there, made from this version of its file.
  public func contains(_ name: String, from source: SourceStamp?) -> Bool {
    entries[name].map { $0.failure == nil && $0.source == source } ?? false
  }

  /// Why this version of an utterance's file gave no features; nil where it did, or was never tried.
  public func failure(of name: String, from source: SourceStamp?) -> String? {
    entries[name].flatMap { $0.source == source ? $0.failure : nil }
  }

  /// The utterances that gave no features, with the reasons, by name.
  public var failures: [(name: String, reason: String)] {
    entries.compactMap { name, entry in entry.failure.map { (name, $0) } }.sorted { $0.name < $1.name }
  }

  /// How many frames an utterance has; nil when it is not there.
  public func frames(of name: String) -> Int? { entries[name]?.frames }

  /// The features of an utterance, (frames, width) in the stored dtype, mapped from disk.
  public func features(of name: String) throws -> Tensor {
    guard let entry = entries[name], entry.failure == nil else {
      throw FileError(url: folder, message: "there are no features of '\(name)'")
    }
    return try shard(entry.shard).tensor(name)
  }

  /// Asks the system to bring the features of some utterances into memory, and does not wait for it. A reader that says
  /// what it will read next, some batches ahead, keeps the disk busy. Unknown names are passed over.
  public func willNeed(_ names: [String]) throws {
    for (number, names) in Dictionary(grouping: names, by: { entries[$0]?.shard }) {
      if let number { try shard(number).willNeed(names.filter { entries[$0]?.failure == nil }) }
    }
  }

  private func shard(_ number: Int) throws -> SafeTensors {
    try shards.withLock { shards in
      if let open = shards[number] { return open }
      let shard = try SafeTensors(Self.url(ofShard: number, in: folder))
      shards[number] = shard
      return shard
    }
  }

  static func url(ofShard number: Int, in folder: URL) -> URL {
    folder.appending(path: "shard-\(String(format: "%05d", number)).safetensors")
  }
}
