import Audio
import Corpora
import Emotion
public import Foundation

extension CorpusCommands {
  /// Divides a corpus into stratified folds of clips, whoever speaks, and writes them beside its labels.
  public static func clipFolds(_ folder: URL, count: Int, seed: UInt64, name: String?) throws -> CommandResult {
    let corpus = try Corpus(contentsOf: folder, including: [])
    let folds = try ClipFolds(of: corpus, count: count, seed: seed)
    let url = try folds.write(to: corpus, name: name)
    struct Summary: Encodable {
      let file: String
      let utterances: [Int]
    }
    var sizes = [Int](repeating: 0, count: count)
    for fold in folds.folds.values { sizes[fold] += 1 }
    let lines = sizes.enumerated().map { "fold \($0): \($1) utterances" }
    return try CommandResult(
      text: (lines + ["a speaker may be in several folds", "written: \(url.path)"]).joined(separator: "\n"),
      json: Summary(file: url.path, utterances: sizes))
  }

  /// Holds a share of a corpus out and writes the split beside its labels.
  public static func split(
    _ folder: URL, holdout share: Double, bySpeaker: Bool, seed: UInt64, name: String?
  ) throws -> CommandResult {
    let corpus = try Corpus(contentsOf: folder, including: [])
    let holdout = try Holdout(of: corpus, share: share, bySpeaker: bySpeaker, seed: seed)
    let url = try holdout.write(to: corpus, name: name ?? "holdout-\(Int((share * 100).rounded()))")
    struct Summary: Encodable {
      let file: String
      let splits: [String: Int]
      let classes: [String: [String: Int]]
    }
    var summary = (splits: [String: Int](), classes: [String: [String: Int]]())
    for utterance in try holdout.view(of: corpus).utterances {
      summary.splits[utterance.split.rawValue, default: 0] += 1
      summary.classes[utterance.split.rawValue, default: [:]][String(utterance.consensus.letter), default: 0] += 1
    }
    let lines = Split.allCases.compactMap { split -> String? in
      guard let count = summary.splits[split.rawValue] else { return nil }
      let classes = summary.classes[split.rawValue, default: [:]].sorted { $0.key < $1.key }
      return "\(split.rawValue): \(count) utterances, " + classes.map { "\($0.key) \($0.value)" }.joined(separator: " ")
    }
    return try CommandResult(
      text: (lines + ["written: \(url.path)"]).joined(separator: "\n"),
      json: Summary(file: url.path, splits: summary.splits, classes: summary.classes))
  }

  /// Looks for speakers, recordings and texts that are in two splits; it fails when there is one of the first two.
  ///
  /// - Parameters:
  ///   - split: the name of a split in `Splits/` to look at in place of the corpus's own.
  ///   - listening: whether audio is compared.
  public static func leaks(
    _ folder: URL, split: String?, listening: Bool, fewestWords: Int, report: @escaping @Sendable (Notice) -> Void
  ) async throws -> CommandResult {
    var corpus = try Corpus(contentsOf: folder, including: .transcripts)
    if let split {
      corpus = try Holdout(contentsOf: folder.appending(path: "Splits/\(split).csv")).view(of: corpus)
    }
    let blocks: AudioBlocks = { url, body in
      let decoder = try AudioDecoder(path: url.path, sampleRate: AudioFingerprint.sampleRate)
      while let block = try decoder.next() { body(block) }
    }
    var check = LeakCheck(blocks: listening ? blocks : nil)
    check.fewestWords = fewestWords
    let result = try await check.run(on: corpus) { report(.status($0.line)) }
    return try CommandResult(text: result.description, json: result, succeeded: result.isClean)
  }
}

extension CorpusProgress {
  /// The state as a person reads it.
  var line: String { total == 0 ? stage : "\(stage) \(completed)/\(total)" }
}
