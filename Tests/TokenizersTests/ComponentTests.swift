import Foundation
import TestSupport
import Testing
import Tokenizers

@Suite(
  "Each part of a tokenizer.json does what the reference does",
  .enabled(if: TokenizerPeer.isAvailable, TokenizerPeer.comment))
struct ComponentTests {
  /// Builds the tokenizers of a script and compares each with the reference.
  private func compare(_ script: String, _ texts: [String] = Texts.brief, decodes: Bool = true) throws {
    let folder = try TemporaryFolder()
    try TokenizerPeer.build(folder, script)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    #expect(!names.isEmpty)
    for name in names {
      expectEqual(
        try Tokenizer(contentsOf: folder(name)).tokenized(texts, decodes: decodes),
        try TokenizerPeer.tokenize(folder("\(name)/tokenizer.json"), texts, decodes: decodes), of: texts, name)
    }
  }

  /// A model whose ids are the bytes of the normalised text.
  private static let bytes = """
    def bytewise():
        tokens = {**{f"<0x{i:02X}>": i for i in range(256)}, "<unk>": 256}
        t = Tokenizer(M.BPE(vocab=tokens, merges=[], unk_token="<unk>", byte_fallback=True))
        t.decoder = D.Sequence([D.ByteFallback(), D.Fuse()])
        return t
    def normalizing(name, normalizer):
        t = bytewise(); t.normalizer = normalizer; save(t, name)

    """
  /// A model whose tokens are the pieces.
  private static let pieces = """
    def cutting(name, pre_tokenizer):
        t = Tokenizer(M.WordPiece({"[UNK]": 0}, unk_token="[UNK]", max_input_chars_per_word=1000000))
        t.pre_tokenizer = pre_tokenizer; save(t, name)
    behaviors = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]

    """

  static let normalizers = """
    for name in ("NFD", "NFC", "NFKD", "NFKC", "Lowercase", "StripAccents", "Nmt", "BertNormalizer", "ByteLevel"):
        normalizing(name, getattr(N, name)())
    normalizing("bert-cased", N.BertNormalizer(True, True, False, False))

    """

  @Test("Normalisers, for every scalar that there is") func normalizersOfAllScalars() throws {
    try compare(Self.bytes + Self.normalizers, Texts.apartScalars, decodes: false)
  }

  @Test("Normalisers, on hostile texts") func normalizers() throws {
    try compare(
      Self.bytes + Self.normalizers + """
        normalizing("accents", N.Sequence([N.NFD(), N.StripAccents()]))
        for left, right in ((True, True), (True, False), (False, True)):
            normalizing(f"strip-{left}-{right}", N.Strip(left, right))
        normalizing("replace", N.Replace(Regex(r"[aeiou]+|\\s"), "_é"))
        normalizing("remove", N.Replace("the", ""))
        normalizing("prepend", N.Sequence([N.Prepend("▁"), N.Replace(" ", "▁")]))
        """)
  }

  @Test("Ways of cutting, for every scalar that there is") func preTokenizersOfAllScalars() throws {
    try compare(
      Self.pieces + """
        cutting("whitespace", P.Whitespace()); cutting("split", P.WhitespaceSplit())
        cutting("digits", P.Digits(True)); cutting("bert", P.BertPreTokenizer())
        cutting("punctuation", P.Punctuation("removed")); cutting("bytelevel", P.ByteLevel(add_prefix_space=False))
        for c in ("L", "N", "P", "S", "M", "Z", "Lu", "Ll", "Lm", "Lo", "Nd", "Cc", "Cn"):
            cutting("category-" + c, P.Split(Regex("\\\\p{%s}" % c), "removed"))
        for i, c in enumerate((r"\\s", r"\\w", r"\\d", r"\\S", r"\\W", r"[\\w]", r"[^\\W]", r"\\b")):
            cutting(f"escape-{i}", P.Split(Regex(c), "removed"))
        """, Texts.allScalars, decodes: false)
    try compare(
      Self.pieces + """
        cutting("whitespace", P.Whitespace()); cutting("bytelevel", P.ByteLevel(add_prefix_space=False))
        """, Texts.apartScalars, decodes: false)
  }

  @Test("Ways of cutting, on hostile texts") func preTokenizers() throws {
    try compare(
      Self.pieces + """
        for b in behaviors:
            cutting("punctuation-" + b, P.Punctuation(b))
            for inverted in (False, True):
                cutting(f"regex-{b}-{inverted}", P.Split(Regex(r"\\p{P}+|\\d{2}"), b, inverted))
                cutting(f"text-{b}-{inverted}", P.Split(" ", b, inverted))
        for scheme in ("first", "never", "always"):
            for split in (True, False): cutting(f"metaspace-{scheme}-{split}", P.Metaspace("▁", scheme, split))
        cutting("whitespace", P.Whitespace()); cutting("split", P.WhitespaceSplit()); cutting("bert", P.BertPreTokenizer())
        cutting("delimiter", P.CharDelimiterSplit("e")); cutting("digits", P.Digits(False)); cutting("digit", P.Digits(True))
        cutting("prefixed", P.Sequence([P.ByteLevel(add_prefix_space=True), P.Digits(True)]))
        cutting("uncut", P.ByteLevel(add_prefix_space=False, use_regex=False))
        """)
  }

  @Test("Regular expressions, those of published tokenizers and stranger ones") func regexes() throws {
    try compare(
      Self.pieces + #"""
        patterns = [
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
            r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
            r"\s{2,}|[\n\r\t]", r" {2,}", r"(?<!a)b|(?<=x)y|\bfoo\b", r"(?:ab)+?c|(?>a+)b|(?:ab|cd){2,3}", r"[^\W\d]{2,3}?",
            r"(?:a|b)*+c|(?:ca|cb)*", r"^q|\w$|\Ax|x\z", r"[\[\]\-\\^]|[]x]|\u4e00|\x{6f22}", r"(?=a)\w|[[:x]a-c]", r"\p{^L}\P{N}",
        ]
        for i, pattern in enumerate(patterns):
            for b in ("isolated", "removed"): cutting(f"{i}-{b}", P.Split(Regex(pattern), b))
        """#)
  }

  @Test("Byte pairs: unknown characters, bytes, prefixes, suffixes, whole words") func bytePairs() throws {
    try compare(
      """
      texts = ["the cat sat on the mat", "there are cats, mats and other things", "I can't believe it's here", "élan naïve 12"] * 9
      def trained(name, size=300, specials=["<unk>"], trainer={}, **options):
          t = Tokenizer(M.BPE(unk_token="<unk>", **options)); t.pre_tokenizer = P.Whitespace()
          t.train_from_iterator(texts, T.BpeTrainer(vocab_size=size, special_tokens=specials, show_progress=False, **trainer))
          return t
      suffix = trained("suffix", trainer=dict(end_of_word_suffix="</w>"), end_of_word_suffix="</w>")
      suffix.decoder = D.BPEDecoder(); save(suffix, "suffix")
      prefix = trained("prefix", trainer=dict(continuing_subword_prefix="##"), continuing_subword_prefix="##", fuse_unk=True)
      prefix.decoder = D.WordPiece(); save(prefix, "prefix")
      every = ["<unk>"] + [f"<0x{i:02X}>" for i in range(256)]
      fallback = trained("fallback", 500, every, byte_fallback=True, fuse_unk=True)
      fallback.pre_tokenizer = None; fallback.normalizer = N.Sequence([N.Prepend("▁"), N.Replace(" ", "▁")])
      fallback.decoder = D.Sequence([D.Replace("▁", " "), D.ByteFallback(), D.Fuse(), D.Strip(" ", 1, 0)]); save(fallback, "fallback")
      save(trained("fused", fuse_unk=True), "fused"); save(trained("unfused"), "unfused")
      save(trained("whole", ignore_merges=True), "whole")
      silent = trained("silent"); silent.model.unk_token = None; save(silent, "silent")
      """)
  }

  @Test("Added tokens: in words, with spaces, normalised or not") func addedTokens() throws {
    try compare(
      """
      def added(name, normalizer, post, prefix):
          t = Tokenizer(M.BPE()); t.pre_tokenizer = P.ByteLevel(add_prefix_space=prefix); t.decoder = D.ByteLevel()
          t.train_from_iterator(["the cat sat on the mat", "foo bar"] * 9, T.BpeTrainer(vocab_size=300, show_progress=False,
              initial_alphabet=P.ByteLevel.alphabet(), special_tokens=["<s>", "</s>"]))
          t.normalizer = normalizer
          t.add_tokens([AddedToken("Foo", single_word=True), AddedToken("BAR", lstrip=True), "foobar", "the", "n't",
              AddedToken("baz", normalized=False, rstrip=True), AddedToken(" sp ", normalized=False)])
          t.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True), "<pad>"])
          t.post_processor = post; save(t, name)
      added("roberta", N.Lowercase(), X.RobertaProcessing(("</s>", 1), ("<s>", 0), True, True), True)
      added("bytelevel", None, X.ByteLevel(trim_offsets=True), False)
      added("bert", N.NFD(), X.BertProcessing(("</s>", 1), ("<s>", 0)), True)
      added("sequence", None, X.Sequence([X.ByteLevel(trim_offsets=True), X.TemplateProcessing(single="<s> $A:1 </s>:2",
          pair="$A $B", special_tokens=[("<s>", 0), ("</s>", 1)])]), True)
      """)
  }
}
