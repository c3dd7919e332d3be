import Emotion
import Foundation

/// Ratings in the words of label files: one of the nine words, or `Other-` with what the rater wrote. Secondary emotions
/// are a list with commas; a piece of text behind a comma that is no word belongs to the `Other-` before it.
extension Rating {
  static let otherPrefix = "Other-"

  /// The cell of `EmoClass_Major`.
  var primaryCell: String {
    if primary == .other, let primaryText { return Self.otherPrefix + primaryText }
    return primary.word
  }

  /// The cell of `EmoClass_Second`.
  var secondaryCell: String {
    guard !secondary.isEmpty else { return "" }
    var texts = secondaryTexts[...]
    return secondary.map { vote in
      if vote == .other, let text = texts.popFirst() { return Self.otherPrefix + text }
      return vote.word
    }.joined(separator: ",")
  }

  /// The text of a word that begins with `Other-`, in any case; nil for other words.
  static func otherText(_ word: some StringProtocol) -> String? {
    guard word.utf8.count > otherPrefix.utf8.count, word.utf8.first.map({ $0 | 32 }) == UInt8(ascii: "o"),
      word.prefix(otherPrefix.count).lowercased() == "other-"
    else { return nil }
    let text = word.dropFirst(otherPrefix.count).trimmingCharacters(in: .whitespaces)
    return text.isEmpty ? nil : text
  }

  /// The words of a list of secondary emotions. `isWord` tells words from pieces of free text.
  static func secondaryWords(_ cell: String, isWord: (String) -> Bool) -> [String] {
    guard !cell.isEmpty else { return [] }
    var words = [String]()
    for piece in cell.utf8.split(separator: UInt8(ascii: ",")) {
      let word = Substring(piece).trimmed
      if word.isEmpty { continue }
      if let last = words.last, otherText(last) != nil, !isWord(word), otherText(word) == nil {
        words[words.count - 1] = last + ", " + word
      } else {
        words.append(word)
      }
    }
    return words
  }
}
