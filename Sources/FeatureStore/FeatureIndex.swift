import Basics
import Foundation
import GRDB

/// `index.sqlite`: which utterance lies in which shard, what failed and why, and what is planned. All changes are
/// transactions with SQLite's rollback journal, which, unlike its write-ahead log, also works on network file systems.
struct FeatureIndex {
  /// What came of an utterance.
  struct Entry: Equatable, Sendable {
    let shard: Int
    let source: SourceStamp?
    /// nil where it failed
    let frames: Int?
    let failure: String?
  }

  /// An utterance with its place in the plan.
  struct Row: Equatable {
    let name: String
    let shard: Int
    let position: Int
    let source: SourceStamp?
    var frames: Int?
    var failure: String?

    var isSettled: Bool { frames != nil || failure != nil }
  }

  /// A shard, planned or finished.
  struct Shard: Equatable {
    let number: Int
    /// Shards planned together are shared out together.
    let generation: Int
    /// Bytes kept for the header when the shard was planned.
    let headerBytes: Int
    /// The size of the finished file, 0 where no utterance gave features and there is none; nil while it is planned.
    let bytes: Int?
    /// The SHA-256 of the finished file in hexadecimal digits, empty where there is none.
    let checksum: String?

    var isFinished: Bool { bytes != nil }
  }

  private let url: URL
  private let database: DatabaseQueue

  static func url(in folder: URL) -> URL { folder.appending(path: "index.sqlite") }

  /// Opens an index that is there; nil where there is none.
  init?(reading folder: URL) throws {
    let url = Self.url(in: folder)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    var configuration = Self.configuration
    // What a killed writer left is rolled back by whoever comes first, which a read-only connection could not do.
    configuration.readonly = !FileManager.default.isWritableFile(atPath: folder.path)
    self.url = url
    database = try Self.wrapped(url) { try DatabaseQueue(path: url.path, configuration: configuration) }
    // A kill may have come between the file and its tables.
    guard try read({ try $0.tableExists("utterance") }) else { return nil }
    try checkFormat()
  }

  /// Opens or makes an index.
  init(writing folder: URL) throws {
    let url = Self.url(in: folder)
    self.url = url
    database = try Self.wrapped(url) { try DatabaseQueue(path: url.path, configuration: Self.configuration) }
    try write { database in
      guard try !database.tableExists("utterance") else { return }
      try database.execute(
        sql: """
          CREATE TABLE property (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
          CREATE TABLE shard (
            number INTEGER PRIMARY KEY, generation INTEGER NOT NULL, header_bytes INTEGER NOT NULL, bytes INTEGER,
            sha256 TEXT);
          CREATE TABLE utterance (
            name TEXT PRIMARY KEY, shard INTEGER NOT NULL REFERENCES shard, position INTEGER NOT NULL,
            source_bytes INTEGER, source_modified REAL, frames INTEGER, failure TEXT) WITHOUT ROWID;
          CREATE INDEX utterance_by_place ON utterance (shard, position);
          INSERT INTO property VALUES ('format', '\(Self.format)');
          """)
    }
    try checkFormat()
  }

  static let format = "1"

  private static var configuration: Configuration {
    var configuration = Configuration()
    // A transaction takes milliseconds; whoever finds the index locked waits for it.
    configuration.busyMode = .timeout(60)
    return configuration
  }

  private func checkFormat() throws {
    let found = try property("format") ?? "unknown"
    guard found == Self.format else {
      throw FileError(
        url: url, message: "is of format \(found), this Affect reads \(Self.format); extract into another store")
    }
  }

  private static func wrapped<Output>(_ url: URL, _ body: () throws -> Output) throws -> Output {
    do {
      return try body()
    } catch let error as DatabaseError {
      let remedy =
        [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
        ? "; remove the folder \(url.deletingLastPathComponent().lastPathComponent) and extract again" : ""
      throw FileError(url: url, message: "the index can't be used: \(error.message ?? "\(error)")\(remedy)")
    }
  }

  func read<Output>(_ body: (Database) throws -> Output) throws -> Output {
    try Self.wrapped(url) { try database.read(body) }
  }

  func write<Output>(_ body: (Database) throws -> Output) throws -> Output {
    try Self.wrapped(url) { try database.write(body) }
  }

  func property(_ name: String) throws -> String? {
    try read { try String.fetchOne($0, sql: "SELECT value FROM property WHERE name = ?", arguments: [name]) }
  }

  func setProperty(_ name: String, _ value: String) throws {
    try write { try $0.execute(sql: "INSERT OR REPLACE INTO property VALUES (?, ?)", arguments: [name, value]) }
  }

  /// The utterances of finished shards.
  func settled() throws -> [String: Entry] {
    try read { database in
      var entries: [String: Entry] = [:]
      let rows = try GRDB.Row.fetchCursor(
        database,
        sql: """
          SELECT name, shard, source_bytes, source_modified, frames, failure FROM utterance
          WHERE shard IN (SELECT number FROM shard WHERE bytes IS NOT NULL)
          """)
      while let row = try rows.next() {
        entries[row[0]] = Entry(
          shard: row[1], source: SourceStamp(bytes: row[2], modified: row[3]), frames: row[4], failure: row[5])
      }
      return entries
    }
  }

  /// All utterances with their places, by shard and position, or those of one shard.
  func rows(ofShard shard: Int? = nil) throws -> [Row] {
    try read { database in
      try GRDB.Row.fetchAll(
        database,
        sql: """
          SELECT name, shard, position, source_bytes, source_modified, frames, failure FROM utterance
          \(shard == nil ? "" : "WHERE shard = ?") ORDER BY shard, position
          """, arguments: shard.map { [$0] } ?? []
      ).map {
        Row(
          name: $0[0], shard: $0[1], position: $0[2], source: SourceStamp(bytes: $0[3], modified: $0[4]),
          frames: $0[5], failure: $0[6])
      }
    }
  }

  /// All shards by number.
  func shards() throws -> [Shard] {
    try read { database in
      try GRDB.Row.fetchAll(
        database, sql: "SELECT number, generation, header_bytes, bytes, sha256 FROM shard ORDER BY number"
      ).map { Shard(number: $0[0], generation: $0[1], headerBytes: $0[2], bytes: $0[3], checksum: $0[4]) }
    }
  }

  func nextShard() throws -> Int {
    try read { try Int.fetchOne($0, sql: "SELECT COALESCE(MAX(number) + 1, 0) FROM shard") ?? 0 }
  }

  /// SQLite's own check of the file; nil when it finds nothing wrong.
  func damage() throws -> String? {
    let found = try read { try String.fetchAll($0, sql: "PRAGMA quick_check") }
    return found == ["ok"] ? nil : found.joined(separator: "; ")
  }
}

extension FeatureIndex.Shard {
  func insert(into database: Database) throws {
    try database.execute(
      sql: "INSERT OR REPLACE INTO shard VALUES (?, ?, ?, ?, ?)",
      arguments: [number, generation, headerBytes, bytes, checksum])
  }
}

extension FeatureIndex.Row {
  func insert(into database: Database) throws {
    try database.execute(
      sql: "INSERT OR REPLACE INTO utterance VALUES (?, ?, ?, ?, ?, ?, ?)",
      arguments: [name, shard, position, source?.bytes, source?.modified, frames, failure])
  }
}

extension SourceStamp {
  fileprivate init?(bytes: Int?, modified: Double?) {
    guard let bytes, let modified else { return nil }
    self.init(bytes: bytes, modified: modified)
  }
}
