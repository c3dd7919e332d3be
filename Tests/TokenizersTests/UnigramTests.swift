import Foundation
import TestSupport
import Testing
import Tokenizers

@Suite(
  "Unigram models",
  .enabled(if: TokenizerPeer.isAvailable && SharedData.isAvailable, "needs the Python peers and ../shared/data"))
struct UnigramTests {
  /// A model that SentencePiece trains on GoEmotions and nEMO, as DeBERTa's: normalised by nmt_nfkc, [CLS] and [SEP]
  /// among its pieces. `unigram` and the others hold the same pieces as a `tokenizer.json`.
  static let trained = Result {
    let folder = try TemporaryFolder()
    let texts = try Texts.goEmotions(every: 12) + Texts.nemo()
    try folder.write(texts.filter { !$0.isEmpty }.joined(separator: "\n"), "corpus.txt")
    try TokenizerPeer.build(
      folder,
      """
      import sentencepiece as spm
      import sentencepiece.sentencepiece_model_pb2 as pb
      os.makedirs("spm")
      train = lambda **options: spm.SentencePieceTrainer.train(
          input="corpus.txt", model_prefix="trained", num_threads=1, minloglevel=2, **options)
      train(vocab_size=2000, pad_id=0, unk_id=1, bos_id=2, eos_id=3, pad_piece="[PAD]", unk_piece="[UNK]",
          bos_piece="[CLS]", eos_piece="[SEP]", user_defined_symbols=["<special>"])
      os.replace("trained.model", "spm/spm.model")
      def variant(name, source, change):
          os.makedirs(name, exist_ok=True)
          proto = pb.ModelProto(); proto.ParseFromString(open(source + "/spm.model", "rb").read())
          change(proto, proto.trainer_spec, proto.normalizer_spec)
          open(name + "/spm.model", "wb").write(proto.SerializeToString())
      for name, options in (("pairs", {}), ("pair-bytes", dict(byte_fallback=True))):
          os.makedirs(name)
          train(vocab_size=1200, model_type="bpe", user_defined_symbols=["<special>", "ing", "\u{2581}th"], **options)
          os.replace("trained.model", name + "/spm.model")
      os.makedirs("unigram-bytes")
      train(vocab_size=1200, byte_fallback=True, normalization_rule_name="identity", user_defined_symbols=["haha"])
      os.replace("trained.model", "unigram-bytes/spm.model")
      def plain(p, t, n): n.add_dummy_prefix = n.remove_extra_whitespaces = False
      def dummy(p, t, n): n.remove_extra_whitespaces = False
      def unescaped(p, t, n): n.escape_whitespaces = False
      def suffix(p, t, n): t.treat_whitespace_as_suffix = True
      def unused(p, t, n):
          for i, piece in enumerate(p.pieces):
              if piece.type == 1 and len(piece.piece) > 1 and i % 3 == 0: piece.type = 5
      def equal(p, t, n):
          for piece in p.pieces: piece.score = round(piece.score / 50) * 50
      for source in ("spm", "pairs", "pair-bytes", "unigram-bytes"):
          for change in (plain, dummy, unescaped, suffix, unused, equal):
              variant(f"{source}-{change.__name__}", source, change)
      def words(p, t, n): t.model_type = 3
      def characters(p, t, n): t.model_type = 4
      variant("words", "spm", words); variant("characters", "pairs", characters)
      def surface(p, t, n): t.unk_surface = "?"
      variant("surface", "pairs", surface)
      proto = pb.ModelProto(); proto.ParseFromString(open("spm/spm.model", "rb").read())
      pieces = [(p.piece, p.score) for p in proto.pieces]
      charsmap = proto.normalizer_spec.precompiled_charsmap
      t = Tokenizer(M.Unigram(pieces, unk_id=1))
      t.normalizer = N.Sequence([N.Strip(), N.Precompiled(charsmap), N.Replace(Regex(" {2,}"), " ")])
      t.pre_tokenizer, t.decoder = P.Metaspace(), D.Metaspace()
      t.post_processor = X.TemplateProcessing(single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
          special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
      t.add_special_tokens(["[CLS]", "[SEP]", "[PAD]", "[UNK]", AddedToken("[MASK]", lstrip=True)])
      save(t, "unigram")
      t.normalizer = N.Sequence([N.Lowercase(), N.Replace(Regex(r"\\s{2,}|[\\n\\r\\t]"), " "), N.NFC(), N.Strip(False, True)])
      t.pre_tokenizer = P.Sequence([P.Punctuation("isolated"), P.Metaspace(prepend_scheme="first")])
      save(t, "deberta")
      bytes = [("<unk>", 0.0)] + [(f"<0x{i:02X}>", -15.0) for i in range(256)] + pieces[5:]
      t = Tokenizer(M.Unigram(bytes, unk_id=0, byte_fallback=True))
      t.normalizer = N.Sequence([N.Prepend("▁"), N.Replace(" ", "▁")])
      t.decoder = D.Sequence([D.Replace("▁", " "), D.ByteFallback(), D.Fuse(), D.Strip(" ", 1, 0)])
      save(t, "bytes")
      """)
    return folder
  }

  @Test(
    "tokenizer.json with a charsmap, with the normaliser of DeBERTa's, and with bytes for unknown characters",
    arguments: ["unigram", "deberta", "bytes"])
  func unigram(_ name: String) throws {
    let folder = try Self.trained.get()
    for (step, decodes) in [(name == "unigram" ? 1 : 10, false), (20, true)] {
      let texts = try Texts.goEmotions(every: step) + Texts.nemo() + Texts.hostile
      expectEqual(
        try Tokenizer(contentsOf: folder(name)).tokenized(texts, decodes: decodes),
        try TokenizerPeer.tokenize(folder("\(name)/tokenizer.json"), texts, decodes: decodes), of: texts, name)
    }
  }

  @Test("The charsmap, for every scalar that there is") func charsmap() throws {
    let folder = try Self.trained.get()
    let texts = Texts.apartScalars
    expectEqual(
      try Tokenizer(contentsOf: folder("unigram")).tokenized(texts, decodes: false),
      try TokenizerPeer.tokenize(folder("unigram/tokenizer.json"), texts, decodes: false), of: texts, "charsmap")
  }

  /// Names of control pieces stand for themselves in Affect and the reference, and are text for SentencePiece.
  private static func withoutControls(_ texts: [String]) -> [String] {
    let names = ["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "<s>", "</s>", "<pad>", "<unk>"]
    return texts.filter { text in !names.contains { text.contains($0) } }
  }

  @Test("spm.model gives what SentencePiece gives, between [CLS] and [SEP]") func sentencePiece() throws {
    let folder = try Self.trained.get()
    let texts = Self.withoutControls(
      try Texts.goEmotions(every: 1) + Texts.nemo() + Texts.hostile + Texts.allScalars)
    expectEqual(
      try Tokenizer(contentsOf: folder("spm")).tokenized(texts),
      try TokenizerPeer.sentencePieces(folder("spm/spm.model"), texts), of: texts, "spm.model")
  }

  @Test(
    "spm.model of every kind: byte pairs, bytes, other ways with spaces, unused and equal pieces, words, characters")
  func sentencePieceKinds() throws {
    let folder = try Self.trained.get()
    let texts = Self.withoutControls(
      try Texts.goEmotions(every: 200) + Texts.nemo().prefix(100) + Texts.brief + ["\u{0}", "a\u{0}b", "haha things"])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
      .filter { FileManager.default.fileExists(atPath: folder("\($0)/spm.model").path) }
    #expect(names.count == 31)
    for name in names {
      expectEqual(
        try Tokenizer(contentsOf: folder(name)).tokenized(texts),
        try TokenizerPeer.sentencePieces(folder("\(name)/spm.model"), texts), of: texts, name)
    }
  }

  @Test("Special tokens within a text that spm.model reads stand for themselves") func specials() throws {
    let tokenizer = try Tokenizer(contentsOf: try Self.trained.get()("spm"))
    // After the last piece, as the published models have it.
    #expect(tokenizer.id(of: "[MASK]") == 2000 && tokenizer.vocabularySize == 2001)
    let plain = try (["I am", "happy", "now"].map { try tokenizer.encode($0, addsSpecialTokens: false).ids })
    let marked = try tokenizer.encode("I am[MASK] happy [SEP]now")
    #expect(marked.ids == [2] + plain[0] + [2000] + plain[1] + [3] + plain[2] + [3])
    #expect(try tokenizer.decode(marked.ids) == "I am happy now")
    #expect(try tokenizer.decode(marked.ids, skipsSpecialTokens: false) == "[CLS] I am [MASK] happy [SEP] now [SEP]")
  }

  @Test("Ids decode as SentencePiece does, in any order", arguments: ["spm", "pair-bytes", "pairs-plain", "surface"])
  func sentencePieceDecoding(_ name: String) throws {
    let folder = try Self.trained.get()
    let tokenizer = try Tokenizer(contentsOf: folder(name))
    // Special tokens are Affect's own: those of the first model are 0 to 3, those of the others 1 and 2.
    let lists = (0..<400).map { i in
      (0..<i % 30).map { ($0 * 7919 + i * 104_729) % (i % 2 == 0 ? 1190 : 280) }
        .map { name == "spm" ? $0 + 4 : $0 == 1 || $0 == 2 ? 0 : $0 }
    }
    let printed = try Peer.python(
      """
      import json, sys, sentencepiece
      model = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1])
      print(json.dumps([model.decode(ids) for ids in json.loads(sys.argv[2])]))
      """, [folder("\(name)/spm.model").path, String(decoding: try JSONEncoder().encode(lists), as: UTF8.self)])
    let expected = try JSONDecoder().decode([String].self, from: Data(printed.utf8))
    for (ids, text) in zip(lists, expected) {
      #expect(try tokenizer.decode(ids).utf8.elementsEqual(text.utf8), "\(name) \(ids): \(text)")
    }
  }
}
