/// A text, or a pair of texts, as a model reads it. All arrays have one element for each token.
public struct Encoding: Equatable, Sendable {
  /// The tokens' ids.
  public var ids: [Int] = []
  /// Where each token lies in its text, in Unicode scalars (`text.unicodeScalars`); empty at 0 for those that the
  /// tokenizer put around the text.
  public var spans: [Range<Int>] = []
  /// Which segment the model is to take a token for: 0, or 1 for the second text of a pair with some models.
  public var typeIDs: [Int] = []
  /// Whether the tokenizer put the token around the text.
  public var isSpecial: [Bool] = []
}

/// A token on its way to an `Encoding`.
struct EncodedToken {
  var id: Int32
  var span: Span
  var typeID: Int32 = 0
  var isSpecial = false
  /// How many spaces its text begins and ends with, for those post-processors that leave them out of the span.
  var leadingSpaces: Int32 = 0
  var trailingSpaces: Int32 = 0

  /// A token around the text.
  static func special(_ id: Int32, typeID: Int32 = 0) -> EncodedToken {
    EncodedToken(id: id, span: Span(start: 0, end: 0), typeID: typeID, isSpecial: true)
  }
}
