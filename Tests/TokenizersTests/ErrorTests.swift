import Foundation
import TestSupport
import Testing
import Tokenizers

@Suite("Malformed files are errors that name the file and the place") struct ErrorTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  static let model = #""model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "a": 1}}"#

  @Test(
    "tokenizer.json",
    arguments: [
      ("", "tokenizer.json, line 1, byte 1: the file ends where a value is expected: it is truncated"),
      ("{\n  \"model\": {", "line 2, byte 13: a key in quotes is expected"),
      ("{\"model\": tru}", "line 1, byte 11: a value is expected"),
      ("{\"a\": \"\\ud800\"}", "half of a surrogate pair stands alone"),
      ("{\"a\": 1} x", "line 1, byte 10: the document ends here, but more follows"),
      ("{\"a\": [1,]}", "line 1, byte 10: a value is expected"),
      (String(repeating: "[", count: 100_000), "nested deeper than 256"),
      ("[1]", "tokenizer.json: an object is expected, not a list"),
      ("{}", "tokenizer.json, model: is missing"),
      ("{\"version\": \"2.0\"}", "version: version '2.0' is not known; 1.0 is expected"),
      (
        #"{"model": {"type": "WordLevel", "vocab": {}}}"#,
        "model: the model 'WordLevel' is not supported; supported are BPE, WordPiece, Unigram"
      ),
      (#"{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}"#, "model.vocab.a: an id is expected"),
      (#"{"model": {"type": "BPE", "vocab": {"a": 1e9}, "merges": []}}"#, "model.vocab.a: an id is expected"),
      (#"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}"#, "model.merges.0: two tokens and a space"),
      (
        #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [["a", "b"]]}}"#,
        "model.merges.0: merges the token 'b', which is not in the vocabulary"
      ),
      (
        #"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": [["a", "b"]]}}"#,
        "model.merges.0: makes the token 'ab', which is not in the vocabulary"
      ),
      (
        #"{"model": {"type": "BPE", "dropout": 0.1, "vocab": {}, "merges": []}}"#,
        "model.dropout: dropout makes ids random"
      ),
      (#"{"model": {"type": "Unigram", "vocab": [["a"]]}}"#, "model.vocab.0: a token and its score are expected"),
      (#"{"model": {"type": "Unigram", "unk_id": 3, "vocab": [["a", 0]]}}"#, "model.unk_id: there are only 1 tokens"),
      ("{\(model), \"normalizer\": {\"type\": \"Custom\"}}", "normalizer: the normalizer 'Custom' is not supported"),
      (
        "{\(model), \"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"NFC\"}, {}]}}",
        "normalizer.normalizers.1.type: is missing"
      ),
      (
        "{\(model), \"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"/////w==\"}}",
        "normalizer.precompiled_charsmap: the charsmap's trie claims 4294967295 bytes, but 0 follow"
      ),
      (
        "{\(model), \"pre_tokenizer\": {\"type\": \"UnicodeScripts\"}}",
        "pre_tokenizer: the pre-tokenizer 'UnicodeScripts' is not supported"
      ),
      (
        "{\(model), \"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"a(\"}, \"behavior\": \"Isolated\", \"invert\": false}}",
        "pre_tokenizer.pattern.Regex: the regular expression a(: a group that is not closed, at character 2"
      ),
      (
        "{\(model), \"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"String\": \"a\"}, \"behavior\": \"Gone\", \"invert\": false}}",
        "pre_tokenizer.behavior: the behaviour 'Gone' is not supported"
      ),
      ("{\(model), \"decoder\": {\"type\": \"CTC\"}}", "decoder: the decoder 'CTC' is not supported"),
      ("{\(model), \"post_processor\": {\"type\": \"X\"}}", "post_processor: the post-processor 'X' is not supported"),
      (
        "{\(model), \"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\": \"[CLS]\", \"type_id\": 0}}], \"pair\": [], \"special_tokens\": {}}}",
        "post_processor.special_tokens.[CLS]: is missing"
      ),
      ("{\(model), \"added_tokens\": [{\"id\": 5}]}", "added_tokens.0.content: is missing"),
    ])
  func json(_ text: String, _ message: String) throws {
    try scratch.write(text, "tokenizer.json")
    let error = try #require(throws: TokenizerError.self) { try Tokenizer(contentsOf: scratch.url) }
    #expect(error.description.hasPrefix(scratch("tokenizer.json").path), "\(error)")
    #expect(error.description.contains(message), "\(error)")
  }

  @Test("Bytes that are no UTF-8") func encoding() throws {
    try Data([0x7B, 0x0A, 0x22, 0xFF, 0x22]).write(to: scratch("tokenizer.json"))
    let error = try #require(throws: TokenizerError.self) { try Tokenizer(contentsOf: scratch.url) }
    #expect(error.description.hasSuffix("tokenizer.json, line 2, byte 2: this text is not UTF-8"), "\(error)")
  }

  @Test("Every truncation of a file is an error, never a trap") func truncations() throws {
    let whole = #"""
      {"version":"1.0","added_tokens":[{"id":2,"content":"<\u0041é>","special":true}],"normalizer":{"type":"Replace",
      "pattern":{"Regex":"[a-z]+?(?=b)|\\p{L}{2,3}"},"content":"x"},"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}
      """#
    try scratch.write(whole, "tokenizer.json")
    _ = try Tokenizer(contentsOf: scratch.url)
    for length in 0..<whole.utf8.count {
      try Data(whole.utf8.prefix(length)).write(to: scratch("tokenizer.json"))
      #expect(throws: TokenizerError.self) { try Tokenizer(contentsOf: scratch.url) }
    }
  }

  @Test("Other layouts") func layouts() throws {
    func message(_ files: [String: String]) throws -> String {
      let folder = try TemporaryFolder()
      for (name, text) in files { try folder.write(text, name) }
      let error = try #require(throws: TokenizerError.self) { try Tokenizer(contentsOf: folder.url) }
      return error.description.replacingOccurrences(of: folder.url.path, with: "FOLDER")
    }
    #expect(
      try message([:]).hasSuffix(
        "holds no tokenizer; tokenizer.json, vocab.json with merges.txt, spm.model or vocab.txt is expected"))
    #expect(
      try message(["vocab.json": #"{"a":0}"#, "merges.txt": "#version: 0.2\na b c\n"])
        == "FOLDER/merges.txt, line 2: two tokens and a space are expected")
    #expect(
      try message(["vocab.json": #"{"a":0}"#, "merges.txt": "#version: 0.2\na b\n"])
        == "FOLDER/merges.txt, merge 1: merges the token 'b', which is not in the vocabulary")
    #expect(try message(["vocab.txt": "a\nb\n"]).contains("FOLDER/vocab.txt: has no token [UNK]"))
  }

  @Test("A character that a model has no token for is an error where there is none for unknown ones") func unknown()
    throws
  {
    try scratch.write(#"{"model": {"type": "Unigram", "vocab": [["a", -1]]}}"#, "tokenizer.json")
    let tokenizer = try Tokenizer(contentsOf: scratch.url)
    #expect(try tokenizer.encode("aa").ids == [0, 0])
    let error = try #require(throws: TokenizerError.self) { try tokenizer.encode("ab") }
    #expect(error.description == "a character is in no token, and the tokenizer's model has no unk_id")
  }

  @Test("A regular expression that backtracks without end is stopped") func endlessRegex() throws {
    try scratch.write(
      "{\(Self.model), \"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"(a+b?)+c\"}, \"behavior\": \"Isolated\", \"invert\": false}}",
      "tokenizer.json")
    let tokenizer = try Tokenizer(contentsOf: scratch.url)
    let text = String(repeating: "a", count: 60)
    let error = try #require(throws: TokenizerError.self) { try tokenizer.encode(text) }
    #expect(error.description == "the tokenizer's regular expression takes too long on a text of 60 bytes")
  }

  @Test("A vocabulary of 150,000 tokens loads in a fraction of a second; é as one scalar and as two are two tokens")
  func largeVocabulary() throws {
    var vocabulary = (0..<150_000).map { "\"t\(String($0, radix: 36))é\": \($0)" }
    vocabulary += ["\"\u{E9}\": 150000", "\"e\u{301}\": 150001", "\"[UNK]\": 150002"]
    try scratch.write(
      "{\"model\": {\"type\": \"WordPiece\", \"vocab\": {\(vocabulary.joined(separator: ","))}}}", "tokenizer.json")
    var tokenizer: Tokenizer?
    let time = try threadSeconds { tokenizer = try Tokenizer(contentsOf: scratch.url) }
    #expect(time < 2, "\(time)")
    #expect(tokenizer?.id(of: "\u{E9}") == 150_000 && tokenizer?.id(of: "e\u{301}") == 150_001)
    #expect(try tokenizer?.encode("e\u{301}").ids == [150_001])
    #expect(tokenizer?.vocabularySize == 150_003 && tokenizer?.token(35) == "tzé" && tokenizer?.token(150_003) == nil)
  }
}
