/// A model that SentencePiece trained, read from its `spm.model`. Texts are normalised, cut and decoded as SentencePiece
/// 0.2 does, with its arithmetic, so that ids are those that the encoder was trained with.
struct SentencePieceModel: Sendable {
  let vocabulary: Vocabulary
  /// The ids of control pieces, such as [CLS].
  let controls: [Int32]
  let pieces: SentencePieces
  let unknownSurface: [UInt8]
  let stripsFirstSpace: Bool
  let stripsAllFirstSpaces: Bool
  private let normalizer: SentencePieceNormalizer
  let denormalizer: SentencePieceNormalizer?
  private let segmenter: Segmenter

  /// How a normalised text is cut.
  private enum Segmenter: Sendable {
    case unigram(SentencePieceUnigram)
    case bytePairs(SentencePieceBytePairs)
    case words
    case characters
  }

  init(_ file: SentencePieceFile) throws {
    let pieces = try SentencePieces(file)
    self.pieces = pieces
    vocabulary = pieces.all
    controls = pieces.kinds.indices.filter { pieces.kinds[$0] == .control }.map { Int32($0) }
    unknownSurface = [UInt8](file.unknownSurface)
    stripsFirstSpace = file.normalization.addsDummyPrefix || file.normalization.removesExtraSpaces
    stripsAllFirstSpaces = file.normalization.removesExtraSpaces
    normalizer = SentencePieceNormalizer(
      file.normalization, userDefined: pieces.userDefined, putsSpacesBehindWords: file.putsSpacesBehindWords)
    denormalizer = file.denormalization.flatMap { found in
      found.charsmap == nil
        ? nil : SentencePieceNormalizer(found, userDefined: nil, putsSpacesBehindWords: file.putsSpacesBehindWords)
    }
    switch file.algorithm {
    case .unigram: segmenter = .unigram(SentencePieceUnigram(file, pieces))
    case .bytePairs: segmenter = .bytePairs(SentencePieceBytePairs(file, pieces))
    case .words: segmenter = .words
    case .characters: segmenter = .characters
    }
  }

  /// Appends the tokens of a text, whose bytes they name as they were before normalising.
  func tokenize(_ source: UnsafeBufferPointer<UInt8>, into output: inout [PieceToken], _ cache: WordCache) {
    let normalized = normalizer.apply(source)
    guard !normalized.bytes.isEmpty else { return }
    var found: [PieceToken] = []
    found.reserveCapacity(normalized.bytes.count / 3 + 2)
    normalized.bytes.withUnsafeBufferPointer { text in
      switch segmenter {
      case .unigram(let model): model.segment(text, &found, cache)
      case .bytePairs(let model): model.segment(text, &found, cache)
      case .words: pieces.cutIntoWords(text, &found)
      case .characters: pieces.cutIntoCharacters(text, &found)
      }
      var wasUnknown = false
      for token in found {
        append(token, text, normalized.origins, mergesUnknown: wasUnknown, &output)
        wasUnknown = token.id == pieces.unknown
      }
    }
  }

  /// Unknown tokens in a row are one; or each is its bytes, the last of which has the place in the text.
  private func append(
    _ token: PieceToken, _ text: UnsafeBufferPointer<UInt8>, _ origins: [Int32], mergesUnknown: Bool,
    _ output: inout [PieceToken]
  ) {
    let (lower, upper) = (origins[Int(token.lower)], origins[Int(token.upper)])
    guard token.id == pieces.unknown else {
      // A control piece has no text, even where text spells its name.
      let isControl = pieces.kinds[Int(token.id)] == .control
      output.append(PieceToken(id: token.id, lower: lower, upper: isControl ? lower : upper))
      return
    }
    if !pieces.byteTokens.isEmpty {
      for byte in text[Int(token.lower)..<Int(token.upper)] {
        output.append(PieceToken(id: pieces.byteTokens[Int(byte)], lower: lower, upper: lower))
      }
      output[output.count - 1].upper = upper
    } else if mergesUnknown {
      output[output.count - 1].upper = upper
    } else {
      output.append(PieceToken(id: token.id, lower: lower, upper: upper))
    }
  }
}
