import Basics
import Corpora
import Emotion
import Evaluation
import Foundation

extension LabelColumns {
  /// The labels of utterances with their raters' votes, and the columns by which they can be grouped.
  init(_ utterances: [Utterance], source: String) throws {
    let votes = utterances.map { Distribution(of: $0.ratings, rule: .primary)?.probabilities }
    var columns: [String: [String]] = [
      "SpkrID": utterances.map { $0.speaker ?? "" },
      "Gender": utterances.map { $0.gender == .unknown ? "" : $0.gender.rawValue },
      "Split_Set": utterances.map(\.split.rawValue),
    ]
    if votes.contains(where: { $0 != nil }) { columns["Agreement"] = utterances.map { Self.agreement($0.ratings) } }
    for name in Set(utterances.flatMap(\.extra.keys)) { columns[name] = utterances.map { $0.extra[name] ?? "" } }
    try self.init(ReferenceLabels(utterances), votes: votes, columns: columns, source: source)
  }

  /// The share of the raters who chose what most chose.
  private static func agreement(_ ratings: [Rating]) -> String {
    var counts: [Vote: Int] = [:]
    for rating in ratings { counts[rating.primary, default: 0] += 1 }
    guard let most = counts.values.max() else { return "" }
    return decimals(Double(most) / Double(ratings.count))
  }

  /// The labels of a file, or of a corpus's folder with its votes.
  static func read(_ url: URL, split: String?, columns: ColumnNames = .own) throws -> LabelColumns {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
      return try LabelColumns(contentsOf: url, split: split, columns: columns)
    }
    let corpus = try Corpus(contentsOf: url, including: .ratings)
    let utterances = corpus.utterances.filter { split == nil || $0.split.rawValue == split }
    guard !utterances.isEmpty else {
      let present = Set(corpus.utterances.map(\.split.rawValue)).sorted().joined(separator: ", ")
      throw EvaluationError.file(
        url.path,
        problem: "has no row of split '\(split ?? "")'; Split_Set holds \(present.isEmpty ? "nothing" : present)")
    }
    return try LabelColumns(utterances, source: url.path)
  }
}
