import Basics
import Foundation
import GRDB
import Tensors

extension FeatureWriter {
  /// What pruning removed, or would remove.
  public struct Pruning: Codable, Equatable, Sendable {
    /// The encoder, with its digest.
    public let set: String
    /// Utterances that left the index: no longer wanted, or in a shard that is missing or damaged.
    public var utterances = 0
    /// Shards written again without what nobody needs.
    public var rewritten = 0
    /// Files removed.
    public var files = 0
    /// Bytes that became free.
    public var bytes = 0
  }

  /// Removes what nobody needs: features of utterances that are not wanted or were replaced, entries of shards that are
  /// missing or damaged, and files that belong to nothing. Shards that hold some of these are written again under new numbers. A kill
  /// leaves either the old shard in use or the new one.
  ///
  /// - Parameters:
  ///   - wanted: the names to keep; nil keeps all
  ///   - dryRun: only counts
  public func prune(keeping wanted: Set<String>? = nil, dryRun: Bool = false) throws -> Pruning {
    var pruning = Pruning(set: folder.lastPathComponent)
    let rows = Dictionary(grouping: try index.rows(), by: \.shard)
    for shard in try index.shards() where shard.isFinished {
      let all = rows[shard.number] ?? []
      let kept = all.filter { wanted?.contains($0.name) ?? true }
      try prune(shard, all, keeping: kept, dryRun: dryRun, &pruning)
    }
    for stray in try FeatureSet.strays(index.shards(), in: folder) {
      pruning.files += 1
      pruning.bytes += try SourceStamp(of: stray).bytes
      if !dryRun { try FileManager.default.removeItem(at: stray) }
    }
    return pruning
  }

  private func prune(
    _ shard: FeatureIndex.Shard, _ rows: [FeatureIndex.Row], keeping kept: [FeatureIndex.Row], dryRun: Bool,
    _ pruning: inout Pruning
  ) throws {
    let url = FeatureSet.url(ofShard: shard.number, in: folder)
    let isThere = FileManager.default.fileExists(atPath: url.path)
    let size = isThere ? try SourceStamp(of: url).bytes : 0
    // A shard that is missing or damaged has nothing to keep but its failures.
    let isSound = try isThere && size == shard.bytes && ShardFile.checksum(url) == shard.checksum
    let file = isSound ? try SafeTensors(url) : nil
    let live = file == nil ? [] : kept.filter { $0.frames != nil }
    let failed = kept.filter { $0.failure != nil }
    pruning.utterances += rows.count - live.count - failed.count
    let isWhole = (file?.names.count ?? 0) == live.count && (shard.bytes == 0 || file != nil)
    guard !isWhole || rows.count != kept.count else { return }
    let header = try ShardHeader.room(for: live.map(\.name))
    let bytes = header + live.reduce(0) { $0 + ($1.frames ?? 0) * (width ?? 0) * encoder.dtype.byteCount }
    if !isWhole {
      if isThere { pruning.files += live.isEmpty ? 1 : 0 }
      if !live.isEmpty { pruning.rewritten += 1 }
      pruning.bytes += size - (live.isEmpty ? 0 : bytes)
    }
    guard !dryRun else { return }
    guard !isWhole, let file, !live.isEmpty else {
      // Nothing of the file is kept, or all of it.
      try index.write { database in
        try Self.replace(
          shard, rows, isWhole ? shard : .init(shard, number: shard.number, header: header, (0, "")),
          live + failed, in: database)
      }
      if !isWhole, isThere { try FileManager.default.removeItem(at: url) }
      return
    }
    let number = try index.nextShard()
    let target = FeatureSet.url(ofShard: number, in: folder)
    guard let copy = try ShardFile(target, headerBytes: header, dataBytes: 0) else { return }
    for row in live { try copy.append(file.tensor(row.name)) }
    let finished = try copy.finish(
      live.map { .init(name: $0.name, frames: $0.frames ?? 0) }, dtype: encoder.dtype, width: width ?? 0, as: target)
    try index.write { database in
      try Self.replace(
        shard, rows, .init(shard, number: number, header: header, finished), live + failed, in: database)
    }
    try FileManager.default.removeItem(at: url)
  }

  /// Puts one shard with its rows in the place of another.
  private static func replace(
    _ old: FeatureIndex.Shard, _ rows: [FeatureIndex.Row], _ new: FeatureIndex.Shard, _ kept: [FeatureIndex.Row],
    in database: Database
  ) throws {
    for row in rows { try database.execute(sql: "DELETE FROM utterance WHERE name = ?", arguments: [row.name]) }
    try database.execute(sql: "DELETE FROM shard WHERE number = ?", arguments: [old.number])
    try new.insert(into: database)
    for row in kept {
      try FeatureIndex.Row(
        name: row.name, shard: new.number, position: row.position, source: row.source, frames: row.frames,
        failure: row.failure
      ).insert(into: database)
    }
  }
}

extension FeatureIndex.Shard {
  /// A finished shard in the place of another.
  init(_ old: Self, number: Int, header: Int, _ file: (bytes: Int, checksum: String)) {
    self.init(
      number: number, generation: old.generation, headerBytes: header, bytes: file.bytes, checksum: file.checksum)
  }
}
