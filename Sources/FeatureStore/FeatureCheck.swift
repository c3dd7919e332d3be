import Basics
import Foundation
import Tensors

/// What looking through a set of features found.
public struct FeatureCheck: Codable, Equatable, Sendable {
  /// One thing to know of.
  public struct Finding: Codable, Equatable, Sendable {
    /// How bad it is.
    public enum Severity: String, Codable, Sendable {
      /// Features can't be read, or are not what was written.
      case error
      /// Features are missing, or files take room for nothing.
      case warning
    }

    /// How bad it is.
    public let severity: Severity
    /// The file, or the utterance.
    public let place: String
    /// What is wrong there, and what would be right.
    public let message: String
  }

  /// The encoder, with its digest.
  public let set: String
  /// Utterances that have features.
  public let utterances: Int
  /// Shards whose checksums were compared.
  public let shards: Int
  /// Everything found, shards first.
  public var findings: [Finding]

  /// Whether there is no error among the findings.
  public var isSound: Bool { !findings.contains { $0.severity == .error } }

  /// Looks through a set: the index, each shard's checksum and header, files that belong to nothing, utterances that
  /// failed.
  ///
  /// - Parameter report: is told after each shard how many of how many are done
  public init(_ set: FeatureSet, report: (Int, Int) -> Void = { _, _ in }) throws {
    self.set = set.folder.lastPathComponent
    utterances = set.count
    findings = []
    guard let index = try FeatureIndex(reading: set.folder) else {
      shards = 0
      findings.append(.init(.error, "index.sqlite", "is missing; extract again, or copy the set again"))
      return
    }
    if let damage = try index.damage() {
      findings.append(.init(.error, "index.sqlite", "is damaged: \(damage); extract again, or copy the set again"))
    }
    let planned = try index.shards()
    let finished = planned.filter { ($0.bytes ?? 0) > 0 }
    let rows = Dictionary(grouping: try index.rows(), by: \.shard)
    shards = finished.count
    for (done, shard) in finished.enumerated() {
      findings += Self.look(at: shard, rows[shard.number] ?? [], in: set)
      report(done + 1, finished.count)
    }
    findings += try Self.strays(planned, in: set.folder)
    let open = planned.filter { !$0.isFinished }.compactMap { rows[$0.number] }.joined()
    if !open.isEmpty {
      findings.append(
        .init(
          .warning, "index.sqlite",
          "\(open.count) planned utterances are not in finished shards (\(open.count { $0.isSettled }) are done); "
            + "extract again to go on"))
    }
    for (name, reason) in set.failures { findings.append(.init(.warning, name, "has no features: \(reason)")) }
  }

  private static func look(
    at shard: FeatureIndex.Shard, _ rows: [FeatureIndex.Row], in set: FeatureSet
  ) -> [Finding] {
    let url = FeatureSet.url(ofShard: shard.number, in: set.folder)
    let rows = rows.filter { $0.frames != nil }
    let remedy = "its \(rows.count) utterances must be extracted again (features prune removes it from the index)"
    func fault(_ what: String) -> [Finding] { [.init(.error, url.lastPathComponent, "\(what); \(remedy)")] }
    guard FileManager.default.fileExists(atPath: url.path) else { return fault("is missing") }
    do {
      let found = try ShardFile.checksum(url)
      guard found == shard.checksum else {
        return fault("has the SHA-256 \(found), and \(shard.checksum ?? "another") when it was written")
      }
      let file = try SafeTensors(url)
      if let row = rows.first(where: { file.shape(of: $0.name)?.first != $0.frames }) {
        return fault("does not hold the \(row.frames ?? 0) frames of '\(row.name)' that the index has")
      }
      let garbage = Set(file.names).subtracting(rows.map(\.name)).count
      return garbage == 0
        ? []
        : [
          .init(
            .warning, url.lastPathComponent,
            "holds features of \(garbage) utterances that were replaced; features prune makes it smaller")
        ]
    } catch let error as FileError {
      return fault(error.message)
    } catch {
      return fault("\(error)")
    }
  }

  /// Files that no entry of the index speaks of.
  private static func strays(_ shards: [FeatureIndex.Shard], in folder: URL) throws -> [Finding] {
    try FeatureSet.strays(shards, in: folder).map {
      .init(.warning, $0.lastPathComponent, "belongs to nothing in the index; features prune removes it")
    }
  }
}

extension FeatureCheck.Finding {
  init(_ severity: Severity, _ place: String, _ message: String) {
    (self.severity, self.place, self.message) = (severity, place, message)
  }
}

extension FeatureSet {
  /// Shards and halves of shards in a folder that no entry of its index speaks of.
  static func strays(_ shards: [FeatureIndex.Shard], in folder: URL) throws -> [URL] {
    let known = Set(
      shards.map { shard in
        let url = url(ofShard: shard.number, in: folder)
        return shard.isFinished
          ? (shard.bytes == 0 ? "" : url.lastPathComponent) : ShardFile.part(url).lastPathComponent
      })
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .filter { ($0.hasPrefix("shard-") || $0.hasPrefix(".shard-")) && !known.contains($0) }
      .map { folder.appending(path: $0) }
  }
}
