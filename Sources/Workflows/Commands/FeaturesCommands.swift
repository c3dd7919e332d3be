import Basics
import Corpora
import Encoders
import FeatureStore
public import Foundation
import Tensors

/// `affect features …`
public enum FeaturesCommands {
  /// Looks through all sets of a store; it fails when there is an error among the findings.
  public static func check(_ folder: URL, report: (Notice) -> Void) throws -> CommandResult {
    let checks = try sets(of: folder).map { set in
      try FeatureCheck(set) { done, total in
        report(.status("\(set.folder.lastPathComponent): shard \(done)/\(total)"))
      }
    }
    let text = checks.flatMap { check in
      check.findings.map { "\($0.severity.rawValue): \(check.set)/\($0.place): \($0.message)" }
        + ["\(check.set): \(check.utterances) utterances in \(check.shards) shards, \(check.findings.count) findings"]
    }
    return try CommandResult(
      text: text.joined(separator: "\n"), json: checks, succeeded: checks.allSatisfy(\.isSound))
  }

  /// Counts what the sets of a store hold.
  public static func statistics(_ folder: URL) throws -> CommandResult {
    let statistics = try sets(of: folder).map(FeatureStatistics.init)
    let text = statistics.flatMap { set in
      [
        "\(set.set)",
        "  settings: "
          + set.settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "),
        "  utterances: \(set.utterances), failed: \(set.failures)",
        "  frames: \(set.frames), \(set.shortest ?? 0) to \(set.longest ?? 0) an utterance, width \(set.width ?? 0)",
        "  shards: \(set.shards), \(decimals(Double(set.bytes) / 1e6, 1)) MB",
      ]
    }
    return try CommandResult(text: text.joined(separator: "\n"), json: statistics)
  }

  /// Removes what nobody needs.
  ///
  /// - Parameters:
  ///   - corpora: features of utterances that are in none of them go; none keeps all
  ///   - dryRun: only says what would go
  public static func prune(
    _ folder: URL, corpora: [URL], dryRun: Bool, report: (Notice) -> Void
  ) throws -> CommandResult {
    let names = try corpora.flatMap { try Corpus(contentsOf: $0).utterances.map(\.fileName) }
    let store = FeatureStore(folder)
    let prunings = try store.encoders().map { encoder in
      try writer(store, encoder, report).prune(keeping: corpora.isEmpty ? nil : Set(names), dryRun: dryRun)
    }
    let text = prunings.map { pruning in
      "\(pruning.set): \(dryRun ? "would remove" : "removed") \(pruning.utterances) utterances and \(pruning.files) "
        + "files, \(pruning.rewritten) shards \(dryRun ? "to be written" : "written") again, "
        + "\(decimals(Double(pruning.bytes) / 1e6, 1)) MB"
    }
    return try CommandResult(text: text.joined(separator: "\n"), json: prunings)
  }

  /// Takes the finished shards of several stores together, such as the shares that machines extracted.
  public static func merge(_ parts: [URL], output: URL, report: (Notice) -> Void) throws -> CommandResult {
    let store = FeatureStore(output)
    var merged: [String: FeatureWriter.Merging] = [:]
    for part in parts {
      let source = FeatureStore(part)
      let encoders = try source.encoders()
      guard !encoders.isEmpty else { throw FileError(url: part, message: "holds no features") }
      for encoder in encoders {
        report(.status("\(part.path): \(encoder.name)"))
        let merging = try writer(store, encoder, report).merge(source.set(of: encoder))
        merged[merging.set, default: .init(set: merging.set)].add(merging)
      }
    }
    let results = merged.sorted { $0.key < $1.key }.map(\.value)
    let text = try results.map { result in
      let count = try store.encoders().first { try store.folder(of: $0).lastPathComponent == result.set }
        .map { try store.set(of: $0).count }
      return "\(result.set): \(result.utterances) utterances in \(result.shards) shards taken over, \(result.present) "
        + "were there; \(count ?? 0) in all"
    }
    return try CommandResult(text: text.joined(separator: "\n"), json: results)
  }

  /// Writes the features of one encoder as `OUTPUT/NAME.npy`, bfloat16 as float32.
  public static func export(
    _ folder: URL, encoder: String, format: String, output: URL, report: (Notice) -> Void
  ) throws -> CommandResult {
    guard format == "npy" else { throw FeaturesError.format(format) }
    let set = try set(encoder, in: folder)
    var files: [String: String] = [:]
    let names = set.names
    for (number, name) in names.enumerated() {
      let file = URL(filePath: name).deletingPathExtension().lastPathComponent + ".npy"
      if let other = files[file] { throw FeaturesError.sameFile(file: file, utterances: [other, name]) }
      files[file] = name
      try NumpyFile.write(set.features(of: name), to: output.appending(path: file))
      report(.status("\(number + 1)/\(names.count) utterances"))
    }
    struct Summary: Encodable { let set: String, utterances: Int }
    return try CommandResult(
      text: "\(names.count) utterances of \(set.folder.lastPathComponent) in \(output.path)",
      json: Summary(set: set.folder.lastPathComponent, utterances: names.count))
  }

  /// Brings features that other programs wrote into a store, under a name that recipes use as an encoder's.
  public static func importFeatures(
    _ folder: URL, corpus: URL, encoder: String, dtype: String, output: URL, report: (Notice) -> Void
  ) throws -> CommandResult {
    let isOrdinary =
      !encoder.isEmpty && encoder.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    guard isOrdinary, !encoder.hasPrefix(".") else { throw FeaturesError.name(encoder) }
    guard !FrontEnds.names.contains(encoder) else { throw FeaturesError.taken(encoder) }
    let run = FeatureImport(
      try Corpus(contentsOf: corpus), from: folder, as: encoder, dtype: try ExtractCommand.dtype(dtype),
      into: FeatureStore(output))
    let summary = try run.run { report($0.rendered) }
    var lines = [
      "\(summary.set): \(summary.imported) utterances imported, \(summary.present) were there, "
        + "\(summary.failures.count) missing or unusable, \(summary.unknown.count) files of no utterance"
    ]
    lines += summary.failures.prefix(20).map { "  \($0.fileName): \($0.reason)" }
    if summary.failures.count > 20 { lines.append("  and \(summary.failures.count - 20) more") }
    return try CommandResult(
      text: lines.joined(separator: "\n"), json: summary, succeeded: summary.failures.isEmpty)
  }

  private static func sets(of folder: URL) throws -> [FeatureSet] {
    let store = FeatureStore(folder)
    let sets = try store.encoders().map(store.set)
    guard !sets.isEmpty else { throw FileError(url: folder, message: "holds no features") }
    return sets
  }

  /// The only set by an encoder of a name; its folder's name tells several apart.
  private static func set(_ name: String, in folder: URL) throws -> FeatureSet {
    let sets = try sets(of: folder)
    let found = sets.filter { $0.encoder.name == name || $0.folder.lastPathComponent == name }
    guard let set = found.first, found.count == 1 else {
      throw FeaturesError.set(name: name, found: (found.isEmpty ? sets : found).map(\.folder.lastPathComponent))
    }
    return set
  }

  private static func writer(
    _ store: FeatureStore, _ encoder: EncoderIdentity, _ report: (Notice) -> Void
  ) throws -> FeatureWriter {
    try FeatureWriter(store, encoder) {
      report(.line("waiting for another process that writes to \(store.folder.path)"))
    }
  }
}

/// A command line of `affect features` that makes no sense.
public enum FeaturesError: Error, Equatable, CustomStringConvertible {
  /// A format that nothing is exported in.
  case format(String)
  /// No set of the name, or several.
  case set(name: String, found: [String])
  /// A name that an imported set can't have.
  case name(String)
  /// A name that an encoder has.
  case taken(String)
  /// Two utterances that would be one file.
  case sameFile(file: String, utterances: [String])

  /// A sentence that says what is wrong and what would be right.
  public var description: String {
    switch self {
    case .format(let name): "features can't be exported as \(name); npy can be written"
    case .set(let name, let found):
      "there is not one set '\(name)'; give one of \(found.joined(separator: ", "))"
    case .name(let name): "'\(name)' can't name features; letters, digits, '.', '_' and '-' can"
    case .taken(let name): "'\(name)' is an encoder of Affect; give imported features a name of their own"
    case .sameFile(let file, let utterances):
      "\(utterances.joined(separator: " and ")) would both be exported as \(file)"
    }
  }
}
