import Foundation
import TestSupport
import Testing

@Suite("affect tokenize")
struct TokenizeTests {
  let scratch: TemporaryFolder
  init() throws {
    scratch = try TemporaryFolder()
    try scratch.write(
      #"""
      {"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "un": 1, "##do": 2, "it": 3, "é": 4}},
      "pre_tokenizer": {"type": "WhitespaceSplit"}, "decoder": {"type": "WordPiece"},
      "added_tokens": [{"id": 5, "content": "[CLS]", "special": true, "normalized": false}],
      "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
      {"Sequence": {"id": "A", "type_id": 0}}], "pair": [], "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [5], "tokens": ["[CLS]"]}}}}
      """#, "model/tokenizer.json")
    try scratch.write("\"undo it\"\n\"\"\n\"\\u00e9 x\"", "lines")
  }

  private func run(_ line: String) throws -> Command.Result {
    try Command.shell("\"$affect\" tokenize --model model \(line)", in: scratch.url)
  }

  @Test("Ids, offsets and texts, from a file and from standard input") func output() throws {
    #expect(try run("lines").output == "[5,1,2,3]\n[5]\n[5,4,0]\n")
    #expect(try run("< lines").output == "[5,1,2,3]\n[5]\n[5,4,0]\n")
    #expect(try run("lines --no-special-tokens").output == "[1,2,3]\n[]\n[4,0]\n")
    #expect(
      try run("lines --offsets --no-special-tokens").output
        == "{\"ids\":[1,2,3],\"offsets\":[[0,2],[2,4],[5,7]]}\n{\"ids\":[],\"offsets\":[]}\n"
        + "{\"ids\":[4,0],\"offsets\":[[0,1],[2,3]]}\n")
    #expect(
      try Command.shell("echo '[5,1,2,3]' | \"$affect\" tokenize --model model --decode", in: scratch.url).output
        == "\"[CLS] undo it\"\n")
    #expect(
      try Command.shell(
        "echo '[5,1,2,3]' | \"$affect\" tokenize --model model --decode --no-special-tokens", in: scratch.url
      )
      .output == "\"undo it\"\n")
  }

  @Test("A line that is no JSON string, and a folder without a tokenizer") func failures() throws {
    try scratch.write("\"undo\"\nundo\n", "bad")
    let bad = try run("bad")
    #expect(bad.status == 1 && bad.output.isEmpty)
    #expect(bad.errors.hasSuffix("/bad, line 2: a JSON string is expected, such as \"I can't believe it!\"\n"))
    try scratch.write(#""un\ud800do""#, "half")
    let half = try run("half")
    #expect(half.status == 1 && half.errors.contains("/half, line 1: a JSON string is expected"), "\(half.errors)")
    let absent = try run("absent")
    #expect(absent.status == 1 && absent.errors.contains("/absent can't be read: "), "\(absent.errors)")
    try FileManager.default.removeItem(at: scratch("model/tokenizer.json"))
    let missing = try run("lines")
    #expect(missing.status == 1 && missing.errors.contains("/model: holds no tokenizer; tokenizer.json"))
    #expect(try run("--offsets --decode").status == 2)
  }
}
