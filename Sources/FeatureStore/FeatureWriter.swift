import Basics
public import Foundation
import GRDB
public import Tensors

/// Fills the shards of one set of features in the order of a plan, and keeps in the index how far it is: a process killed
/// at any moment loses at most the last second, and whoever goes on ends with the same files, byte for byte.
///
/// A writer holds the set's lock as long as it lives; readers need none.
public final class FeatureWriter {
  /// `STORE/ENCODER-DIGEST/`
  public let folder: URL
  let encoder: EncoderIdentity
  private let lock: FolderLock.Hold
  let index: FeatureIndex
  var width: Int?
  /// What is still to be settled, last first.
  private var queue: [FeatureIndex.Row] = []
  private var shard: OpenShard?
  /// The numbers of the shards that `begin` took up.
  private var shards: [Int] = []

  /// The shard that is being filled.
  private struct OpenShard {
    let planned: FeatureIndex.Shard
    let file: ShardFile
    /// Settled and not yet in the index.
    var unsaved: [FeatureIndex.Row] = []
    var left: Int
    var lastSaved = Date()
  }

  /// Seconds after which what is settled is entered in the index.
  private static let interval = 1.0

  /// Opens a set for writing and makes it if need be.
  ///
  /// - Parameter waiting: is called once if another process writes to the set, before this one waits for it.
  public init(_ store: FeatureStore, _ encoder: EncoderIdentity, waiting: () -> Void = {}) throws {
    guard EncoderIdentity.dtypes.contains(encoder.dtype) else {
      throw FileError(
        url: store.folder,
        message: "features can't be stored as \(encoder.dtype.rawValue); they can as "
          + EncoderIdentity.dtypes.map(\.rawValue).joined(separator: ", "))
    }
    self.encoder = encoder
    folder = try store.folder(of: encoder)
    lock = try FolderLock.take(folder, waiting: waiting)
    if !FileManager.default.fileExists(atPath: EncoderIdentity.file(in: folder).path) {
      try encoder.write(into: folder)
    }
    index = try FeatureIndex(writing: folder)
    width = try index.property("width").flatMap { Int($0) }
  }

  // MARK: Planning

  /// Plans shards for what is wanted and neither there, nor planned, nor known to fail. What was planned before, not
  /// reached, and is no longer wanted, leaves the plan.
  ///
  /// - Parameters:
  ///   - base: features that lie elsewhere and need not be made again
  ///   - retrying: whether utterances that failed are tried again although their files are the same
  ///   - shardBytes: bytes in a shard, about
  public func plan(
    _ wanted: [FeaturePlan.Wanted], beside base: FeatureSet? = nil, retrying: Bool = false,
    shardBytes: Int = FeaturePlan.shardBytes
  ) throws {
    let shards = try index.shards()
    let finished = Set(shards.lazy.filter(\.isFinished).map(\.number))
    let rows = Dictionary(uniqueKeysWithValues: try index.rows().map { ($0.name, $0) })
    let names = Set(wanted.map(\.name))
    var dropped: [FeatureIndex.Row] = rows.values.filter { !$0.isSettled && !names.contains($0.name) }
    let missing = wanted.filter { item in
      if let base, base.contains(item.name, from: item.source) { return false }
      guard let row = rows[item.name] else { return true }
      if row.source == item.source, !(retrying && row.failure != nil) { return false }
      if !finished.contains(row.shard) { dropped.append(row) }
      return true
    }
    guard !missing.isEmpty || !dropped.isEmpty else { return }
    guard !names.contains("__metadata__") else {
      throw FileError(url: folder, message: "no utterance can be named '__metadata__', where shards keep their own")
    }
    let generation = (shards.map(\.generation).max() ?? -1) + 1
    let first = max(try index.nextShard(), base?.nextShard ?? 0)
    let planned = try FeaturePlan.shards(missing, shardBytes: shardBytes).enumerated().map { number, items in
      (
        shard: FeatureIndex.Shard(
          number: first + number, generation: generation, headerBytes: try ShardHeader.room(for: items.map(\.name)),
          bytes: nil, checksum: nil), items: items
      )
    }
    try index.write { database in
      // A settled row that leaves an unfinished shard leaves a hole in its file, which is therefore begun anew.
      for shard in Set(dropped.lazy.filter(\.isSettled).map(\.shard)) {
        try database.execute(
          sql: "UPDATE utterance SET frames = NULL, failure = NULL WHERE shard = ?", arguments: [shard])
      }
      for row in dropped {
        try database.execute(sql: "DELETE FROM utterance WHERE name = ?", arguments: [row.name])
      }
      for (shard, items) in planned {
        try shard.insert(into: database)
        for (position, item) in items.enumerated() {
          try FeatureIndex.Row(name: item.name, shard: shard.number, position: position, source: item.source)
            .insert(into: database)
        }
      }
    }
  }

  /// Takes up this process's share of the plan.
  ///
  /// - Returns: the utterances that are to be settled, in this order
  public func begin(_ share: WorkShare = .whole) throws -> [String] {
    let byGeneration = Dictionary(grouping: try index.shards(), by: \.generation)
    let mine = byGeneration.sorted { $0.key < $1.key }.flatMap { share.part(of: $0.value) }.filter { !$0.isFinished }
    var left: [FeatureIndex.Row] = []
    for shard in mine {
      let rows = try index.rows(ofShard: shard.number)
      if rows.allSatisfy(\.isSettled) {
        // A kill may have come when all was settled and the shard not yet finished.
        try open(shard.number, rows).map(finish)
      } else if rows.contains(where: \.isSettled) {
        _ = try open(shard.number, rows)
      }
      // A shard that lost its file is begun anew.
      left += try index.rows(ofShard: shard.number).filter { !$0.isSettled }
    }
    queue = left.reversed()
    shards = mine.map(\.number)
    return left.map(\.name)
  }

  /// The utterances that `begin` gave, in groups of neighbours in a shard that are computed together. Settled ones are in
  /// their groups too: what an utterance is computed with depends on the plan alone, whatever was done before a kill.
  ///
  /// - Parameters:
  ///   - count: utterances of a group at the most
  ///   - bytes: bytes of their source files at the most, of at least one
  public func groups(of count: Int, bytes: Int) throws -> [[String]] {
    var groups: [[String]] = []
    for shard in shards {
      var group: [FeatureIndex.Row] = []
      var sum = 0
      func close() {
        if group.contains(where: { !$0.isSettled }) { groups.append(group.map(\.name)) }
        (group, sum) = ([], 0)
      }
      for row in try index.rows(ofShard: shard) {
        let size = row.source?.bytes ?? 0
        if group.count == count || (!group.isEmpty && sum + size > bytes) { close() }
        group.append(row)
        sum += size
      }
      close()
    }
    return groups
  }

  /// Whether an utterance is still to be settled and next.
  public func isNext(_ name: String) -> Bool { queue.last?.name == name }

  // MARK: Filling

  /// Stores the features (frames, width) of the next utterance, converted to the set's dtype.
  public func append(_ name: String, _ features: Tensor) throws {
    guard features.rank == 2, features.size(0) > 0, width == nil || width == features.size(1) else {
      throw TensorError(
        operation: "storing the features of '\(name)'", arguments: [features.description],
        message: "at least one frame of width \(width.map(String.init) ?? "n") is expected")
    }
    if width == nil {
      width = features.size(1)
      try index.setProperty("width", "\(features.size(1))")
    }
    let stored = try features.detached().moved(to: .cpu).converted(to: encoder.dtype).contiguous()
    try settle(name) { row, file in
      try file.append(stored)
      row.frames = stored.size(0)
    }
  }

  /// Records why the next utterance has no features.
  public func fail(_ name: String, _ reason: String) throws {
    try settle(name) { row, _ in row.failure = reason }
  }

  /// Enters what is settled in the index. What is called last, and may be called at any time.
  public func save() throws {
    guard var shard, !shard.unsaved.isEmpty else { return }
    // First the elements, then the word that they are there.
    try shard.file.sync()
    try index.write { database in
      for row in shard.unsaved { try row.insert(into: database) }
    }
    shard.unsaved = []
    shard.lastSaved = Date()
    self.shard = shard
  }

  private func settle(_ name: String, _ body: (inout FeatureIndex.Row, ShardFile) throws -> Void) throws {
    guard var row = queue.last, row.name == name else {
      throw FileError(
        url: folder, message: "'\(name)' was given, and \(queue.last.map { "'\($0.name)'" } ?? "nothing") is next")
    }
    if shard?.planned.number != row.shard {
      guard let opened = try open(row.shard, index.rows(ofShard: row.shard)) else {
        throw FileError(url: folder, message: "shard \(row.shard) lost its file while it was written")
      }
      shard = opened
    }
    guard let file = shard?.file else { return }
    // What a failed write left, as on a full disk, the next one overwrites.
    try body(&row, file)
    queue.removeLast()
    shard?.unsaved.append(row)
    shard?.left -= 1
    if shard?.left == 0 {
      try save()
      if let done = shard { try finish(done) }
    } else if let last = shard?.lastSaved, Date().timeIntervalSince(last) > Self.interval {
      try save()
    }
  }

  /// Opens a shard where its settled rows end; nil, with the shard begun anew, where its file does not hold them.
  private func open(_ number: Int, _ rows: [FeatureIndex.Row]) throws -> OpenShard? {
    guard let planned = try index.shards().first(where: { $0.number == number }) else { return nil }
    let url = FeatureSet.url(ofShard: number, in: folder)
    let manager = FileManager.default
    let part = ShardFile.part(url)
    // A kill may have come between a shard's name and its entry.
    if manager.fileExists(atPath: url.path), !manager.fileExists(atPath: part.path) {
      try AtomicFolder.rename(url, to: part)
    }
    let frames = rows.compactMap(\.frames).reduce(0, +)
    let bytes = frames * (width ?? 0) * encoder.dtype.byteCount
    guard let file = try ShardFile(url, headerBytes: planned.headerBytes, dataBytes: bytes) else {
      try manager.removeItem(at: part)
      try index.write {
        try $0.execute(sql: "UPDATE utterance SET frames = NULL, failure = NULL WHERE shard = ?", arguments: [number])
      }
      return nil
    }
    return OpenShard(planned: planned, file: file, left: rows.count { !$0.isSettled })
  }

  private func finish(_ open: OpenShard) throws {
    let number = open.planned.number
    let items = try index.rows(ofShard: number).compactMap { row in
      row.frames.map { ShardFile.Item(name: row.name, frames: $0) }
    }
    let url = FeatureSet.url(ofShard: number, in: folder)
    var (bytes, checksum) = (0, "")
    if items.isEmpty {
      try FileManager.default.removeItem(at: ShardFile.part(url))
    } else {
      (bytes, checksum) = try open.file.finish(items, dtype: encoder.dtype, width: width ?? 0, as: url)
    }
    try index.write {
      try $0.execute(
        sql: "UPDATE shard SET bytes = ?, sha256 = ? WHERE number = ?", arguments: [bytes, checksum, number])
    }
    shard = nil
  }
}
