/// A JSON document as the file has it. Foundation's decoder would put vocabularies into dictionaries of `String`, for
/// which é as one scalar and as two are the same key; tokenizers keep them apart.
enum JSON {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSON])
  /// Members in the file's order, repeated keys included.
  case object([Member])

  struct Member {
    var key: String
    var value: JSON
  }

  /// What it is, for messages.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .number: "a number"
    case .string: "a text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

extension String {
  /// Whether two texts are the same scalars; `==` takes é as one scalar and as two for equal.
  func isIdentical(to other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
