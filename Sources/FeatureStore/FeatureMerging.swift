import Basics
import Foundation
import GRDB

extension FeatureWriter {
  /// What merging added.
  public struct Merging: Codable, Equatable, Sendable {
    /// The encoder, with its digest.
    public let set: String
    /// Shards taken over.
    public var shards = 0
    /// Utterances taken over, failed ones included.
    public var utterances = 0
    /// Utterances that were there already, in the same version.
    public var present = 0
    /// Utterances that nobody has reached yet.
    public var missing = 0

    /// Nothing yet.
    public init(set: String) { self.set = set }

    /// What several mergings into one set added.
    public mutating func add(_ other: Merging) {
      shards += other.shards
      utterances += other.utterances
      present += other.present
      missing += other.missing
    }
  }

  /// Takes over the finished shards of another set by the same encoder. A shard whose number is free keeps it, so that the
  /// shares of one plan merge into what one process would have written, byte for byte. Files are linked where both stores
  /// are on one file system, and copied otherwise; the other set stays as it is.
  public func merge(_ other: FeatureSet) throws -> Merging {
    var merging = Merging(set: folder.lastPathComponent)
    guard let source = try FeatureIndex(reading: other.folder) else { return merging }
    let rows = Dictionary(grouping: try source.rows(), by: \.shard)
    let otherWidth = try source.property("width")
    if let otherWidth, let width, otherWidth != "\(width)" {
      throw FileError(
        url: other.folder, message: "has \(otherWidth) numbers a frame, and \(folder.path) has \(width)")
    }
    if width == nil, let otherWidth {
      width = Int(otherWidth)
      try index.setProperty("width", otherWidth)
    }
    var mine = Dictionary(uniqueKeysWithValues: try index.rows().map { ($0.name, $0) })
    var shards = Dictionary(uniqueKeysWithValues: try index.shards().map { ($0.number, $0) })
    for shard in try source.shards() {
      let theirs = rows[shard.number] ?? []
      guard shard.isFinished else {
        merging.missing += theirs.count { mine[$0.name]?.source != $0.source || mine[$0.name]?.isSettled != true }
        continue
      }
      let new = theirs.filter { row in
        guard let known = mine[row.name], known.source == row.source else { return true }
        return !known.isSettled
      }
      merging.present += theirs.count - new.count
      guard !new.isEmpty else { continue }
      // A plan that nobody began is no reason to give a finished shard another number.
      let isFree = shards[shard.number].map { !$0.isFinished && !isBegun($0) } ?? true
      let number = isFree ? shard.number : (shards.keys.max() ?? -1) + 1
      if (shard.bytes ?? 0) > 0 { try bring(shard, of: other, as: number) }
      let taken = FeatureIndex.Shard(
        number: number, generation: shard.generation, headerBytes: shard.headerBytes, bytes: shard.bytes,
        checksum: shard.checksum)
      let replaced = isFree ? mine.values.filter { $0.shard == number && !$0.isSettled }.map(\.name) : []
      try index.write { database in
        for name in replaced { try database.execute(sql: "DELETE FROM utterance WHERE name = ?", arguments: [name]) }
        try taken.insert(into: database)
        for row in new {
          try FeatureIndex.Row(
            name: row.name, shard: number, position: row.position, source: row.source, frames: row.frames,
            failure: row.failure
          ).insert(into: database)
        }
      }
      for name in replaced { mine[name] = nil }
      for row in new { mine[row.name] = row }
      shards[number] = taken
      merging.shards += (shard.bytes ?? 0) > 0 ? 1 : 0
      merging.utterances += new.count
    }
    return merging
  }

  private func isBegun(_ shard: FeatureIndex.Shard) -> Bool {
    FileManager.default.fileExists(atPath: ShardFile.part(FeatureSet.url(ofShard: shard.number, in: folder)).path)
  }

  /// Links or copies a shard's file, and compares a copy's checksum.
  private func bring(_ shard: FeatureIndex.Shard, of other: FeatureSet, as number: Int) throws {
    let source = FeatureSet.url(ofShard: shard.number, in: other.folder)
    let target = FeatureSet.url(ofShard: number, in: folder)
    let aside = AtomicFile.aside(target)
    let manager = FileManager.default
    guard manager.fileExists(atPath: source.path) else {
      throw FileError(url: source, message: "is missing, although the index has it; features check says what else is")
    }
    do {
      do {
        try manager.linkItem(at: source, to: aside)
      } catch {
        try manager.copyItem(at: source, to: aside)
        guard try ShardFile.checksum(aside) == shard.checksum else {
          throw FileError(url: source, message: "is damaged: its SHA-256 is not what the index has")
        }
        try AtomicFolder.sync(folder)
      }
      try AtomicFolder.rename(aside, to: target)
    } catch {
      try? manager.removeItem(at: aside)
      throw error
    }
  }
}
