import Basics
import Foundation

/// The texts of GoEmotions as its makers distribute them: `labels.txt` with the names of the labels, and `train.tsv`,
/// `dev.tsv` and `test.tsv` with a text, the numbers of its labels and its name in each line.
struct GoEmotionsTexts {
  /// What can be spoken, by split. A text is in one split only.
  private(set) var texts: [Split: [SpokenText]] = [:]
  /// Texts in all.
  private(set) var count = 0
  /// How many were left out, by why.
  private(set) var leftOut: [SpokenText.Fault: Int] = [:]
  /// The names of the labels.
  let labels: [String]

  static let expected = "GoEmotions: labels.txt, train.tsv, dev.tsv and test.tsv"
  /// Splits that are kept for tests come first: a text that occurs in two of them stays there.
  private static let files: [(Split, String)] = [
    (.test1, "test.tsv"), (.development, "dev.tsv"), (.train, "train.tsv"),
  ]

  init(_ folder: URL) throws {
    labels = try Self.lines(folder.appending(path: "labels.txt")).map(\.text)
    var said = Set<String>()
    for (split, name) in Self.files {
      for (line, text) in try Self.lines(folder.appending(path: name)) {
        let parts = text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        let numbers = parts.count == 3 ? parts[1].split(separator: ",").map { Int($0) ?? -1 } : []
        guard !numbers.isEmpty, numbers.allSatisfy(labels.indices.contains) else {
          throw CorporaError.invalidRow(
            file: name, row: line, problem: "it is \"\(text.prefix(80))\"",
            allowed:
              "a text, numbers of labels from 0 to \(labels.count - 1) with commas, and a name, with tabs between")
        }
        count += 1
        switch SpokenText.spoken(parts[0]) {
        case .failure(let reason): leftOut[reason.fault, default: 0] += 1
        case .success(let words):
          guard said.insert(SpokenText.key(words)).inserted else {
            leftOut[.repeated, default: 0] += 1
            continue
          }
          texts[split, default: []].append(
            SpokenText(id: parts[2], words: words, labels: numbers.map { labels[$0] }))
        }
      }
    }
  }

  private static func lines(_ file: URL) throws -> [(line: Int, text: String)] {
    let data = try CorpusLayout.data(of: file, expected: expected, mapped: true)
    guard let text = String(validating: data, as: UTF8.self) else {
      throw CorporaError.fileSystem(path: file.path, problem: "is not UTF-8")
    }
    // Carriage returns alone, and other marks that Unicode counts as line ends, are part of some texts.
    return text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated().compactMap {
      number, bytes -> (line: Int, text: String)? in
      var line = Substring(bytes)
      if line.hasSuffix("\r") { line.removeLast() }
      return line.isEmpty ? nil : (number + 1, String(line))
    }
  }
}
