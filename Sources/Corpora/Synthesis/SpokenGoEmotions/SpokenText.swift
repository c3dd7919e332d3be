import Foundation

/// A text of GoEmotions that can be spoken.
struct SpokenText: Sendable, Equatable {
  /// The comment's name in GoEmotions.
  let id: String
  /// The words, with `[NAME]` where the corpus hides one.
  let words: String
  /// Its labels, in the corpus's order.
  let labels: [String]

  /// Why a text is left out.
  enum Fault: String, CaseIterable, Sendable {
    case tooShort = "too short"
    case tooLong = "too long"
    case link = "with a link, or naming a user or a forum"
    case foreign = "with letters that are not Latin"
    case repeated = "said before, in this split or in one that is kept for tests"
  }

  /// Words that a text may have.
  static let lengths = 3...24

  /// What of a comment can be said aloud: no emoji, no emoticon, no marks of layout; what an abbreviation of the forum
  /// stands for is left to the voice.
  static func spoken(_ comment: String) -> Result<String, Reason> {
    var text = comment
    for (mark, words) in substitutions { text = text.replacingOccurrences(of: mark, with: words) }
    if text.contains("://") || text.contains("www.") || mentions(text) { return .failure(Reason(.link)) }
    var kept = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar.properties.isAlphabetic {
        guard scalar.value < 0x250 else { return .failure(Reason(.foreign)) }
        kept.append(scalar)
      } else {
        let isSaid = scalar.isASCII && (scalar.properties.numericType != nil || punctuation.contains(scalar))
        kept.append(isSaid ? scalar : " ")
      }
    }
    let words = String(kept).split(separator: " ").filter { word in
      word.contains { $0.isLetter || $0.isNumber } && !emoticons.contains(word.lowercased())
    }
    guard words.count >= lengths.lowerBound else { return .failure(Reason(.tooShort)) }
    guard words.count <= lengths.upperBound else { return .failure(Reason(.tooLong)) }
    return .success(words.joined(separator: " "))
  }

  /// A fault as an error, for `Result`.
  struct Reason: Error, Equatable {
    let fault: Fault
    init(_ fault: Fault) { self.fault = fault }
  }

  /// What tells whether two texts say the same: letters and digits, in lower case.
  static func key(_ words: String) -> String {
    String(words.lowercased().unicodeScalars.filter { $0.properties.isAlphabetic || $0.properties.numericType != nil })
  }

  private static let punctuation = Set(".,!?;:'\"()[]-%$&".unicodeScalars)
  private static let substitutions = [
    ("\u{2019}", "'"), ("\u{2018}", "'"), ("\u{201C}", "\""), ("\u{201D}", "\""), ("\u{2026}", "..."), ("&amp;", "&"),
    ("[RELIGION]", "religion"), ("\t", " "), ("\u{A0}", " "), (" /s", " "), ("\u{2014}", ", "), ("\u{2013}", ", "),
  ]
  private static let emoticons: Set = [":d", ":p", ";p", ":o", "xd", "x3", "d:", ":'d", "o.o", "o_o", "c:", ":c", ":3"]

  /// `u/NAME` and `r/NAME`.
  private static func mentions(_ text: String) -> Bool {
    text.split(separator: " ").contains { word in
      let name = word.drop { !$0.isLetter }
      return name.hasPrefix("r/") || name.hasPrefix("u/")
    }
  }
}
