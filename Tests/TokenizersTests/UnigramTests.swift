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
      spm.SentencePieceTrainer.train(input="corpus.txt", model_prefix="trained", vocab_size=2000, num_threads=1,
          minloglevel=2, pad_id=0, unk_id=1, bos_id=2, eos_id=3, pad_piece="[PAD]", unk_piece="[UNK]", bos_piece="[CLS]",
          eos_piece="[SEP]", user_defined_symbols=["<special>"])
      os.replace("trained.model", "spm/spm.model")
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
    let texts = try Texts.goEmotions(every: 10) + Texts.nemo() + Texts.hostile
    expectEqual(
      try Tokenizer(contentsOf: folder(name)).tokenized(texts),
      try TokenizerPeer.tokenize(folder("\(name)/tokenizer.json"), texts), of: texts, name)
  }

  @Test("The charsmap, for every scalar that there is") func charsmap() throws {
    let folder = try Self.trained.get()
    let texts = ComponentTests.allScalars
    expectEqual(
      try Tokenizer(contentsOf: folder("unigram")).tokenized(texts),
      try TokenizerPeer.tokenize(folder("unigram/tokenizer.json"), texts), of: texts, "charsmap")
  }
}
