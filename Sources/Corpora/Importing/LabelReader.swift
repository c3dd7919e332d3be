import Emotion

/// Looks labels up in a map while a source is read, and counts what it could not find.
///
/// Labels that a corpus defines are looked up strictly: one that the map does not name stops the import. Words that raters
/// could write as they liked are looked up leniently: what the map does not name is other, with the word kept.
final class LabelReader {
  let map: LabelMap
  /// How often each word of raters occurred, by the map's label.
  private(set) var words: [String: Int] = [:]
  /// How often each word occurred that the map does not name.
  private(set) var unknownWords: [String: Int] = [:]
  private var known: [String: (label: String, vote: Vote, text: String?)] = [:]

  init(_ map: LabelMap) { self.map = map }

  /// What a label stands for; one that the map does not name is an error.
  func vote(for label: String, of file: String) throws -> Vote { try map.vote(for: label, of: file) }

  /// Whether the map names a word.
  func isWord(_ word: String) -> Bool { map.entry(word) != nil }

  /// What a rater's word stands for, and the word itself where that is other.
  func word(_ word: String) -> (vote: Vote, text: String?) {
    if let found = known[word] {
      words[found.label, default: 0] += 1
      return (found.vote, found.text)
    }
    if let text = Rating.otherText(word) { return (.other, text) }
    guard let entry = map.entry(word) else {
      unknownWords[word, default: 0] += 1
      return (.other, word)
    }
    let text = entry.vote == .other && entry.label.lowercased() != "other" ? entry.word : nil
    known[word] = (entry.label, entry.vote, text)
    words[entry.label, default: 0] += 1
    return (entry.vote, text)
  }

  /// A rating in a rater's own words.
  func rating(rater: String?, primary: String, secondary: [String], attributes: AttributeValues) -> Rating {
    let first = word(primary)
    var (votes, texts) = ([Vote](), [String]())
    for name in secondary {
      let (vote, text) = word(name)
      votes.append(vote)
      if let text { texts.append(text) }
    }
    return Rating(
      rater: rater, primary: first.vote, secondary: votes, attributes: attributes, primaryText: first.text,
      secondaryTexts: texts)
  }
}
