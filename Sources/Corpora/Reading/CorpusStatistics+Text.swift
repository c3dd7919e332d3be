import Emotion
import Foundation

extension CorpusStatistics: CustomStringConvertible {
  /// A table with a row for each figure and a column for each split and the whole.
  public var description: String {
    let parts =
      Split.allCases.compactMap { split in splits[split.rawValue].map { (split.rawValue, $0) } } + [("all", all)]
    var rows = [[""] + parts.map(\.0)]
    func row(_ title: String, _ value: (Part) -> String) { rows.append([title] + parts.map { value($0.1) }) }

    row("utterances") { String($0.utterances) }
    row("hours") { $0.hours.map { String(format: "%.2f", $0) } ?? "–" }
    row("speakers") { String($0.speakers) }
    if all.utterancesOfUnknownSpeakers > 0 { row("of unknown speakers") { String($0.utterancesOfUnknownSpeakers) } }
    for gender in Gender.allCases where all.genders[gender.rawValue] != nil {
      row(gender.rawValue) { String($0.genders[gender.rawValue] ?? 0) }
    }
    for consensus in Consensus.all {
      let letter = String(consensus.letter)
      row("\(letter) \(consensus.title)") { part in
        let count = part.classes[letter] ?? 0
        return "\(count) (\(String(format: "%.1f", 100 * Double(count) / Double(max(1, part.utterances)))) %)"
      }
    }
    row("transcripts") { String($0.transcripts) }
    row("ratings") { String($0.ratings) }
    row("ratings a clip") {
      $0.ratings == 0
        ? "–" : "\(String(format: "%.1f", $0.ratingsPerUtterance)) (\($0.fewestRatings)–\($0.mostRatings))"
    }
    row("class entropy") { Self.figure($0.classEntropy) }
    if all.agreement != nil {
      row("raters") { $0.agreement.map { String($0.raters) } ?? "–" }
      row("vote entropy") { Self.figure($0.agreement?.voteEntropy) }
      row("Fleiss' kappa") { Self.figure($0.agreement?.fleissKappa) }
      row("alpha, classes") { Self.figure($0.agreement?.alpha) }
      for attribute in Attribute.allCases {
        row("alpha, \(attribute.rawValue)") { Self.figure($0.agreement?.intervalAlpha[attribute.rawValue]) }
      }
    }
    for attribute in Attribute.allCases {
      row("mean \(attribute.rawValue)") { $0.attributes[attribute].map { String(format: "%.2f", $0) } ?? "–" }
    }
    return Self.aligned(rows)
  }

  private static func figure(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }

  /// Rows as columns of equal width: the first to the left, the others to the right.
  private static func aligned(_ rows: [[String]]) -> String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}

extension Consensus {
  fileprivate var title: String {
    switch self {
    case .emotion(let emotion): emotion.rawValue
    case .other: "other"
    case .noAgreement: "no agreement"
    case .unlabelled: "label withheld"
    }
  }
}
