import Basics
public import Foundation
public import Tensors

/// The features of many utterances by one encoder: `shard-*.safetensors`, an index, and a description of the encoder.
///
/// Shards are written whole and then entered in the index, which is replaced atomically: a process killed at any moment
/// leaves a set that holds every shard that was entered, and a shard that was not is written again. Several processes
/// may extract into one set at the same time: they take turns to append.
public final class FeatureSet {
  /// The features of one utterance, to be stored.
  public struct Item {
    let name: String
    let source: SourceStamp
    let features: Tensor

    /// Features (frames, width) of the utterance `name`, made from a version of its file.
    public init(name: String, source: SourceStamp, features: Tensor) {
      self.name = name
      self.source = source
      self.features = features
    }
  }

  struct Entry: Codable {
    let name: String
    let shard: Int
    let frames: Int
    let source: SourceStamp
  }

  /// `STORE/ENCODER-DIGEST/`
  public let folder: URL
  private var entries: [String: Entry] = [:]
  private var shards: [Int: SafeTensors] = [:]
  private var nextShard = 0
  private let encoder: EncoderIdentity
  /// The version of the index that `entries` are.
  private var known: SourceStamp?

  init(_ folder: URL, _ encoder: EncoderIdentity) throws {
    self.folder = folder
    self.encoder = encoder
    try readIndex()
  }

  /// Takes in what was entered since the index was last read.
  private func readIndex() throws {
    guard FileManager.default.fileExists(atPath: index.path) else { return }
    let found = try SourceStamp(of: index)
    guard found != known else { return }
    for (number, line) in try String(contentsOf: index, encoding: .utf8).split(separator: "\n").enumerated() {
      do {
        let entry = try JSONDecoder().decode(Entry.self, from: Data(line.utf8))
        entries[entry.name] = entry
        nextShard = max(nextShard, entry.shard + 1)
      } catch {
        throw FileError(url: index, message: "line \(number + 1) is damaged; remove the folder and extract again")
      }
    }
    known = found
  }

  private var index: URL { folder.appending(path: "index.jsonl") }

  /// How many utterances there are.
  public var count: Int { entries.count }

  /// Whether the features of an utterance are there, made from this version of its file.
  public func contains(_ name: String, from source: SourceStamp) -> Bool { entries[name]?.source == source }

  /// How many frames an utterance has; nil when it is not there.
  public func frames(of name: String) -> Int? { entries[name]?.frames }

  /// The features of an utterance, (frames, width), mapped from disk.
  public func features(of name: String) throws -> Tensor {
    guard let entry = entries[name] else {
      throw FileError(url: folder, message: "there are no features of '\(name)'")
    }
    if let open = shards[entry.shard] { return try open.tensor(name) }
    let shard = try SafeTensors(url(ofShard: entry.shard))
    shards[entry.shard] = shard
    return try shard.tensor(name)
  }

  /// Stores the features of several utterances as one shard, replacing older ones of the same names.
  public func append(_ items: [Item]) throws {
    guard !items.isEmpty else { return }
    try FolderLock.held(folder) {
      try readIndex()
      try enter(items)
    }
  }

  private func enter(_ items: [Item]) throws {
    let description = folder.appending(path: "encoder.json")
    if !FileManager.default.fileExists(atPath: description.path) {
      let writer = JSONEncoder()
      writer.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try AtomicFile.write(writer.encode(encoder), to: description)
    }
    let tensors = Dictionary(items.map { ($0.name, $0.features) }, uniquingKeysWith: { $1 })
    try SafeTensors.write(tensors, to: url(ofShard: nextShard))
    for item in items {
      entries[item.name] = Entry(
        name: item.name, shard: nextShard, frames: item.features.size(0), source: item.source)
    }
    nextShard += 1
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let lines = try entries.values.sorted { ($0.shard, $0.name) < ($1.shard, $1.name) }
      .map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }
    try AtomicFile.write(lines.joined(), to: index)
    known = try SourceStamp(of: index)
  }

  private func url(ofShard number: Int) -> URL {
    folder.appending(path: "shard-\(String(format: "%05d", number)).safetensors")
  }
}
