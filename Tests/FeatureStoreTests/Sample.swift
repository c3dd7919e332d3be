import Basics
import FeatureStore
import Foundation
import GRDB
import Tensors
import TestSupport

/// Utterances to store, made when they are asked for.
enum Sample {
  struct Broken: Error, CustomStringConvertible { var description: String { "broken" } }

  /// The moment that a writer was killed.
  struct Killed: Error {}

  static func source(_ version: Int) -> SourceStamp {
    SourceStamp(bytes: 1000 + version, modified: 0.1 + Double(version))
  }

  /// Features of width 4 with so many frames, by name; the numbers follow from the name.
  static func features(_ frames: [String: Int]) -> [String: () throws -> Tensor] {
    Dictionary(
      uniqueKeysWithValues: frames.map { name, count in
        (
          name,
          {
            var random = SeededGenerator(seed: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
            return try Tensor((0..<(count * 4)).map { _ in Float(random.normal()) }, shape: [count, 4])
          }
        )
      })
  }

  /// Writes what is missing as an extraction does.
  ///
  /// - Returns: the utterances that were settled now
  @discardableResult
  static func write(
    _ features: [String: () throws -> Tensor], to store: FeatureStore, _ encoder: EncoderIdentity,
    sources: [String: SourceStamp] = [:], share: WorkShare = .whole, beside base: FeatureSet? = nil,
    retrying: Bool = false, shardBytes: Int = FeaturePlan.shardBytes
  ) throws -> [String] {
    let writer = try FeatureWriter(store, encoder)
    // In no order: the plan makes its own.
    let wanted = features.keys.shuffled().map {
      FeaturePlan.Wanted(name: $0, source: sources[$0] ?? source(1), expectedBytes: 256)
    }
    try writer.plan(wanted, beside: base, retrying: retrying, shardBytes: shardBytes)
    var settled: [String] = []
    for name in try writer.begin(share) {
      do {
        guard let tensor = try features[name]?() else { continue }
        try writer.append(name, tensor)
      } catch let error as Broken {
        try writer.fail(name, "\(error)")
      }
      settled.append(name)
    }
    return settled
  }

  /// The checksums of a set's shards, by name.
  static func checksums(_ store: FeatureStore, _ encoder: EncoderIdentity) throws -> [String: Data] {
    let folder = try store.folder(of: encoder)
    return try Dictionary(
      uniqueKeysWithValues: FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0.hasPrefix("shard-") }.map { ($0, try Data(contentsOf: folder.appending(path: $0))) })
  }

  /// Changes a set's index from outside.
  static func execute(_ sql: String, in folder: URL) throws {
    try DatabaseQueue(path: folder.appending(path: "index.sqlite").path).write { try $0.execute(sql: sql) }
  }
}

/// A file system of its own with little room.
final class SmallDisk {
  let folder: URL

  static var isAvailable: Bool { geteuid() == 0 && (try? SmallDisk(kilobytes: 64)) != nil }

  init(kilobytes: Int) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "disk-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    guard try Self.run("mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", folder.path) else {
      try FileManager.default.removeItem(at: folder)
      throw Sample.Broken()
    }
  }

  deinit {
    _ = try? Self.run("umount", folder.path)
    try? FileManager.default.removeItem(at: folder)
  }

  private static func run(_ arguments: String...) throws -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.start()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
