public import Foundation

extension Tokenizer {
  /// Reads the tokenizer of a model's folder as it is published: `tokenizer.json`; or `vocab.json` and `merges.txt`
  /// (GPT-2, RoBERTa); or `spm.model` (DeBERTa); or `vocab.txt` (BERT). The first that is there counts.
  ///
  /// - Throws: `TokenizerError` for a folder that holds none of them, and for a file that can't be read, is malformed,
  ///   or names a part that there is none for
  public init(contentsOf folder: URL) throws {
    func file(_ name: String) -> URL? {
      let url = folder.appending(path: name)
      return FileManager.default.fileExists(atPath: url.path) ? url : nil
    }
    if let json = file("tokenizer.json") {
      try self.init(json: json)
    } else if let vocabulary = file("vocab.json"), let merges = file("merges.txt") {
      try self.init(vocabulary: vocabulary, merges: merges, settings: TokenizerSettings(folder))
    } else if let model = file("spm.model") {
      try self.init(sentencePiece: model, settings: TokenizerSettings(folder))
    } else if let vocabulary = file("vocab.txt") {
      try self.init(wordPiece: vocabulary, settings: TokenizerSettings(folder))
    } else {
      throw TokenizerError.file(
        folder,
        problem: "holds no tokenizer; tokenizer.json, vocab.json with merges.txt, spm.model or vocab.txt is expected")
    }
  }

  /// Reads a `tokenizer.json`. Truncation and padding that it asks for are not done.
  init(json file: URL) throws {
    let node = try JSONNode(contentsOf: file)
    if let version = try node.member("version"), try version.string() != "1.0" {
      throw version.fault("version '\(try version.string())' is not known; 1.0 is expected")
    }
    let model = try Model(try node.required("model"))
    let normalizer = try node.member("normalizer").map(Normalizer.init)
    let added = try node.member("added_tokens").map(AddedTokens.read) ?? []
    self.init(
      Parts(
        normalizer: normalizer, preTokenizer: try node.member("pre_tokenizer").map(PreTokenizer.init), model: model,
        postProcessor: try node.member("post_processor").map(PostProcessor.init),
        decoder: try node.member("decoder").map(Decoder.init),
        added: try AddedTokens(added, vocabulary: model.vocabulary, normalizer: normalizer)))
  }

  /// Reads `vocab.json` and `merges.txt`, a byte-level byte-pair encoding. With `<s>` and `</s>` in the vocabulary it is
  /// RoBERTa's, which puts these around the text; else GPT-2's, which puts nothing.
  init(vocabulary file: URL, merges: URL, settings: TokenizerSettings) throws {
    let vocabulary = try Vocabulary(ids: JSONNode(contentsOf: file))
    let model = Model.bytePairs(
      try BytePairs(
        vocabulary, pairs: Self.pairs(merges), BytePairs.Options(),
        at: { JSONNode(.null, path: "merge \($0 + 1)", file: merges) }))
    var parts = Parts(
      preTokenizer: .byteLevel(ByteLevel(addsPrefixSpace: settings.addsPrefixSpace)), model: model,
      decoder: .byteLevel, added: try AddedTokens([], vocabulary: vocabulary, normalizer: nil))
    var names = ["<|endoftext|>"]
    if let start = vocabulary.id(of: "<s>"), let separator = vocabulary.id(of: "</s>") {
      names = ["<s>", "</s>", "<unk>", "<pad>", "<mask>"]
      parts.postProcessor = .roberta(
        separator: separator, start: start, trimsSpans: true, addsPrefixSpace: settings.addsPrefixSpace)
    }
    let specials = names.filter { vocabulary.id(of: $0) != nil }.map { AddedTokens.Token(content: $0) }
    parts.added = try AddedTokens(specials + settings.added, vocabulary: vocabulary, normalizer: nil)
    self.init(parts)
  }

  private static func pairs(_ file: URL) throws -> [(String, String)] {
    var pairs: [(String, String)] = []
    try forEachLine(of: file) { number, line in
      guard !line.isEmpty, !line.hasPrefix("#version") else { return }
      guard let pair = BytePairs.pair(line) else {
        throw TokenizerError.place(file, at: "line \(number)", problem: "two tokens and a space are expected")
      }
      pairs.append(pair)
    }
    return pairs
  }

  /// Reads BERT's `vocab.txt`: a token in each line, its number being the id.
  init(wordPiece file: URL, settings: TokenizerSettings) throws {
    var vocabulary = Vocabulary(capacity: 32_768)
    try Self.forEachLine(of: file) { number, line in vocabulary.insert(line, id: number - 1) }
    let names = ["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"]
    for name in ["[UNK]", "[CLS]", "[SEP]"] where vocabulary.id(of: name) == nil {
      throw TokenizerError.file(file, problem: "has no token \(name), which BERT's vocabulary has")
    }
    let specials = names.filter { vocabulary.id(of: $0) != nil }.map { AddedTokens.Token(content: $0) }
    let normalizer = Normalizer.bert(
      BertNormalizer(
        lowercases: settings.lowercases ?? true, stripsAccents: settings.stripsAccents,
        isolatesChinese: settings.isolatesChinese))
    self.init(
      Parts(
        normalizer: normalizer, preTokenizer: .bert, model: .wordPiece(WordPiece(vocabulary)),
        postProcessor: .bert(separator: vocabulary.id(of: "[SEP]")!, start: vocabulary.id(of: "[CLS]")!),
        decoder: .wordPiece(prefix: [UInt8]("##"), cleansUp: true),
        added: try AddedTokens(specials + settings.added, vocabulary: vocabulary, normalizer: normalizer)))
  }

  /// Reads a SentencePiece model. With [CLS] and [SEP] among its pieces it is DeBERTa's, which puts these around the
  /// text and has a [MASK] after the last piece.
  init(sentencePiece file: URL, settings: TokenizerSettings) throws {
    let model = try SentencePieceModel(SentencePieceFile(contentsOf: file))
    let vocabulary = model.vocabulary
    var names = ["[CLS]", "[SEP]", "[PAD]", "[UNK]"].filter { vocabulary.id(of: $0) != nil }
    var processor: PostProcessor?
    if let start = vocabulary.id(of: "[CLS]"), let separator = vocabulary.id(of: "[SEP]") {
      names.append("[MASK]")
      processor = .template(
        single: [.special([start], typeID: 0), .text(0, typeID: 0), .special([separator], typeID: 0)],
        pair: [
          .special([start], typeID: 0), .text(0, typeID: 0), .special([separator], typeID: 0), .text(1, typeID: 1),
          .special([separator], typeID: 1),
        ])
    }
    let controls = model.controls.compactMap { vocabulary.token(Int($0))?.text }
    names += controls.filter { name in !names.contains { $0.isIdentical(to: name) } }
    let normalizer: Normalizer? = settings.lowercases == true ? .lowercase : nil
    self.init(
      Parts(
        normalizer: normalizer, preTokenizer: settings.splitsAtPunctuation ? .punctuation(.isolated) : nil,
        model: .sentencePiece(model), postProcessor: processor,
        added: try AddedTokens(
          names.map { AddedTokens.Token(content: $0) } + settings.added, vocabulary: vocabulary,
          normalizer: normalizer)))
  }

  /// Calls `body` with the number and text of each line of a file.
  private static func forEachLine(of file: URL, _ body: (Int, String) throws -> Void) throws {
    let data: Data
    do {
      data = try Data(contentsOf: file, options: .mappedIfSafe)
    } catch {
      throw TokenizerError.file(file, problem: "can't be read: \(error.localizedDescription)")
    }
    var lines = data.split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    for (index, line) in lines.enumerated() {
      guard let text = String(validating: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self) else {
        throw TokenizerError.place(file, at: "line \(index + 1)", problem: "is not UTF-8")
      }
      try body(index + 1, text)
    }
  }
}
