/// What makes tokens of the pieces of a text, of the kinds that a `tokenizer.json` names, and SentencePiece's own.
enum Model: Sendable {
  case bytePairs(BytePairs)
  case wordPiece(WordPiece)
  case unigram(Unigram)
  case sentencePiece(SentencePieceModel)

  /// Reads the model of a `tokenizer.json`; files from before types were written are told apart by their keys.
  init(_ node: JSONNode) throws {
    switch try node.member("type")?.string() ?? Self.guessedType(node) {
    case "BPE": self = .bytePairs(try BytePairs(node))
    case "WordPiece": self = .wordPiece(try WordPiece(node))
    case "Unigram": self = .unigram(try Unigram(node))
    case let other: throw node.unsupported("model", other, known: ["BPE", "WordPiece", "Unigram"])
    }
  }

  private static func guessedType(_ node: JSONNode) throws -> String {
    if try node.member("merges") != nil { return "BPE" }
    if case .array = try node.required("vocab").value { return "Unigram" }
    return "WordPiece"
  }

  var vocabulary: Vocabulary {
    switch self {
    case .bytePairs(let model): model.vocabulary
    case .wordPiece(let model): model.vocabulary
    case .unigram(let model): model.vocabulary
    case .sentencePiece(let model): model.vocabulary
    }
  }

  /// Appends the tokens of a piece.
  func tokenize(_ piece: UnsafeBufferPointer<UInt8>, into output: inout [PieceToken], _ cache: WordCache) throws {
    switch self {
    case .bytePairs(let model): try model.tokenize(piece, into: &output, cache)
    case .wordPiece(let model): try model.tokenize(piece, into: &output, cache)
    case .unigram(let model): try model.tokenize(piece, into: &output, cache)
    case .sentencePiece(let model): model.tokenize(piece, into: &output, cache)
    }
  }
}
