import Emotion
import Foundation

/// Both label files of a corpus, read as far as they can be read, with everything that is wrong in them. The strict
/// reader throws the first error among the findings; the checker reports them all.
struct LabelTables {
  /// One row of `labels_consensus.csv`; nil where the cell is not valid.
  struct Row {
    let line: Int
    let fileName: String
    let consensus: Consensus?
    let attributes: AttributeValues
    let speaker: String?
    let gender: Gender
    let split: Split?
    let extra: [String: String]
  }

  private(set) var rows: [Row] = []
  private(set) var ratings: [String: [Rating]] = [:]
  private(set) var findings: [Finding] = []

  private static let classes =
    "one of A S H U F D C N, O (other) or X (no agreement)"
    + ", or nothing in Test3"

  init(folder: URL, includingRatings: Bool) throws {
    let consensus = folder.appending(path: CorpusLayout.consensus)
    guard FileManager.default.fileExists(atPath: folder.path) else {
      throw CorporaError.notFound(path: folder.path, expected: "a corpus: a folder with \(CorpusLayout.consensus)")
    }
    guard FileManager.default.fileExists(atPath: consensus.path) else {
      findings.append(
        Finding(
          .error, .missingFile, file: CorpusLayout.consensus,
          message: "the file is missing; a corpus is a folder with Audios/ and this file"))
      return
    }
    try readConsensus(consensus)
    let detailed = folder.appending(path: CorpusLayout.detailed)
    if includingRatings, FileManager.default.fileExists(atPath: detailed.path) { try readRatings(detailed) }
  }

  /// Takes the ratings of a file out, so that they are not held twice.
  mutating func takeRatings(of fileName: String) -> [Rating] { ratings.removeValue(forKey: fileName) ?? [] }

  private mutating func readConsensus(_ url: URL) throws {
    let data = try CorpusLayout.data(of: url, expected: "the consensus labels", mapped: true)
    var file = LabelFile(name: CorpusLayout.consensus, data: data, required: CorpusLayout.consensusColumns)
    let known = Set(CorpusLayout.consensusColumns)
    let extras = file.header.filter { !known.contains($0) && !$0.isEmpty }
    var lines = [String: Int]()
    while let row = file.next() {
      let fileName = file.cell(row, "FileName")
      guard Self.isPlainFileName(fileName) else {
        file.addCell(
          .badFileName, row: row.line, column: "FileName", value: fileName,
          allowed: "the name of a file in Audios/, without folders")
        continue
      }
      if let first = lines[fileName] {
        file.add(
          .error, .duplicateRow, row: row.line, column: "FileName", value: fileName,
          message: "FileName is \"\(fileName)\", as in row \(first) already; each file may have one row")
        continue
      }
      lines[fileName] = row.line
      let splitName = file.cell(row, "Split_Set")
      let split = Split(rawValue: splitName)
      let letters = file.cell(row, "EmoClass")
      let consensus: Consensus? =
        letters.isEmpty && split == .test3
        ? .unlabelled : letters.utf8.count == 1 ? letters.first.flatMap(Consensus.init(letter:)) : nil
      if consensus == nil {
        file.addCell(.unknownClass, row: row.line, column: "EmoClass", value: letters, allowed: Self.classes)
      }
      if split == nil {
        file.addCell(
          .unknownSplit, row: row.line, column: "Split_Set", value: splitName,
          allowed: Split.allCases.map(\.rawValue).joined(separator: ", "))
      }
      let genderName = file.cell(row, "Gender")
      let gender = genderName.isEmpty ? .unknown : Gender(rawValue: genderName)
      if gender == nil {
        file.addCell(
          .unknownGender, row: row.line, column: "Gender", value: genderName,
          allowed: Gender.allCases.map(\.rawValue).joined(separator: ", ") + " or nothing")
      }
      let speaker = file.cell(row, "SpkrID")
      var extra = [String: String]()
      for column in extras {
        let value = file.cell(row, column)
        if !value.isEmpty { extra[column] = value }
      }
      rows.append(
        Row(
          line: row.line, fileName: fileName, consensus: consensus, attributes: file.attributes(row),
          speaker: speaker.isEmpty || speaker == CorpusLayout.unknownSpeaker ? nil : speaker,
          gender: gender ?? .unknown, split: split, extra: extra))
    }
    findings += file.findings
  }

  private mutating func readRatings(_ url: URL) throws {
    let data = try CorpusLayout.data(of: url, expected: "the ratings", mapped: true)
    var file = LabelFile(name: CorpusLayout.detailed, data: data, required: CorpusLayout.detailedColumns)
    let known = Set(rows.map(\.fileName))
    let words = "one of " + Vote.all.map(\.word).joined(separator: ", ") + ", or Other- with a text"
    while let row = file.next() {
      let fileName = file.cell(row, "FileName")
      if !known.contains(fileName) {
        file.add(
          .warning, .ratingWithoutUtterance, row: row.line, column: "FileName", value: fileName,
          message: "FileName is \"\(fileName)\", which has no valid row in \(CorpusLayout.consensus)")
      }
      let attributes = file.attributes(row)
      var (secondary, texts) = ([Vote](), [String]())
      for word in Rating.secondaryWords(file.cell(row, "EmoClass_Second"), isWord: { Vote(word: $0) != nil }) {
        if let vote = Vote(word: word) {
          secondary.append(vote)
        } else if let text = Rating.otherText(word) {
          secondary.append(.other)
          texts.append(text)
        } else {
          file.addCell(.unknownClass, row: row.line, column: "EmoClass_Second", value: word, allowed: words)
        }
      }
      let word = file.cell(row, "EmoClass_Major")
      let text = Rating.otherText(word)
      guard let primary = text == nil ? Vote(word: word) : .other else {
        file.addCell(.unknownClass, row: row.line, column: "EmoClass_Major", value: word, allowed: words)
        continue
      }
      let rater = file.cell(row, "WorkerID")
      ratings[fileName, default: []].append(
        Rating(
          rater: rater.isEmpty ? nil : rater, primary: primary, secondary: secondary, attributes: attributes,
          primaryText: text, secondaryTexts: texts))
    }
    findings += file.findings
  }

  /// Whether a name stays inside its folder and is not hidden.
  static func isPlainFileName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".") && !name.utf8.contains { $0 == 47 || $0 == 92 || $0 == 0 }
  }
}
