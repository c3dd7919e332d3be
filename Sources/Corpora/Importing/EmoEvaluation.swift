import Emotion
import Foundation

/// One turn of an EmoEvaluation file of IEMOCAP:
///
///     [6.2901 - 8.2357]	Ses01F_impro01_F000	neu	[2.5000, 2.5000, 2.5000]
///     C-E2:	Neutral;	()
///     A-E3:	val 3; act 2; dom  2;	()
///
/// The numbers in brackets are valence, activation, dominance, from 1 to 5.
struct EmoEvaluation {
  let name: String
  let label: String
  let consensus: Consensus?
  var attributes = AttributeValues()
  var ratings: [Rating] = []

  private static let scale = 1.0...5.0
  /// Valence first, unlike everywhere else.
  private static let order: [Attribute] = [.valence, .arousal, .dominance]
  private static let words: [String: Attribute] = ["val": .valence, "act": .arousal, "dom": .dominance]

  /// The turns of a file. Lines that are no turn, rating or comment are faults.
  static func turns(
    of text: String, file: String, _ labels: LabelReader, faults: inout [Finding]
  ) -> [EmoEvaluation] {
    var turns = [EmoEvaluation]()
    // Raters' words and values come on lines of their own; they are joined by the rater's name.
    var votes: [(rater: String, words: [String])] = []
    var values: [String: AttributeValues] = [:]
    func close() {
      guard !turns.isEmpty else { return }
      turns[turns.count - 1].ratings = votes.map { vote in
        labels.rating(
          rater: vote.rater, primary: vote.words[0], secondary: Array(vote.words.dropFirst()),
          attributes: values[vote.rater] ?? AttributeValues())
      }
      votes = []
      values = [:]
    }
    func fault(_ line: Int, _ text: Substring, _ allowed: String) {
      faults.append(
        Finding(.error, .malformedRow, file: file, row: line, message: "is \"\(text)\"; allowed is \(allowed)"))
    }
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let fields = line.split(separator: "\t").map { $0.trimmingCharacters(in: .whitespaces) }
      guard let first = fields.first, !first.isEmpty, !first.hasPrefix("%") else { continue }
      if first.hasPrefix("[") {
        close()
        guard let turn = EmoEvaluation(fields, labels) else {
          fault(number + 1, line, "[START - END], turn, emotion that the label map names, [V, A, D], with tabs")
          continue
        }
        turns.append(turn)
      } else if first.hasPrefix("C-"), let rater = rater(first), !turns.isEmpty {
        let words = (fields.dropFirst().first ?? "").split(separator: ";").map {
          $0.trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty }
        if !words.isEmpty { votes.append((rater, words)) }
      } else if first.hasPrefix("A-"), let rater = rater(first), !turns.isEmpty {
        values[rater] = attributes(fields.dropFirst().first ?? "")
      } else {
        fault(number + 1, line, "a turn in brackets, C-RATER: or A-RATER:")
      }
    }
    close()
    return turns
  }

  private init?(_ fields: [String], _ labels: LabelReader) {
    guard fields.count == 4, fields[1].hasPrefix("Ses") else { return nil }
    name = fields[1]
    label = fields[2]
    consensus = labels.map.entry(label)?.vote.consensus
    guard consensus != nil || label == "xxx" else { return nil }
    let numbers = fields[3].trimmingCharacters(in: CharacterSet(charactersIn: "[]")).split(separator: ",")
      .map { Double($0.trimmingCharacters(in: .whitespaces)) }
    guard numbers.count == Self.order.count else { return nil }
    for (attribute, number) in zip(Self.order, numbers) { attributes[attribute] = Self.value(number) }
  }

  /// `E2` of `C-E2:`
  private static func rater(_ field: String) -> String? {
    field.hasSuffix(":") && field.count > 3 ? String(field.dropFirst(2).dropLast()) : nil
  }

  /// The values of `val 3; act 2; dom  2;`, of which some may be missing.
  private static func attributes(_ field: String) -> AttributeValues {
    var values = AttributeValues()
    for part in field.split(separator: ";") {
      let pair = part.split(separator: " ")
      if pair.count == 2, let attribute = words[String(pair[0])] { values[attribute] = value(Double(pair[1])) }
    }
    return values
  }

  private static func value(_ number: Double?) -> Double? {
    guard let number, scale.contains(number) else { return nil }
    return SourceWords.rescaled(number, from: scale)
  }
}
