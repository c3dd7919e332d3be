import Foundation
import TestSupport
import Testing
import Tokenizers

/// What a tokenizer makes of a text, flat: spans are start, end, start, end, ...
struct Tokenized: Codable, Equatable {
  var ids: [Int]
  var spans: [Int]
  var typeIDs: [Int]
  var special: [Int]
  /// The decoded ids, with special tokens and without.
  var decoded: String
  var plain: String

  /// Swift takes é as one scalar and as two for equal; a tokenizer must not.
  static func == (a: Tokenized, b: Tokenized) -> Bool {
    a.ids == b.ids && a.spans == b.spans && a.typeIDs == b.typeIDs && a.special == b.special
      && a.decoded.utf8.elementsEqual(b.decoded.utf8) && a.plain.utf8.elementsEqual(b.plain.utf8)
  }
}

/// The Python library `tokenizers`, asked what it makes of the same texts.
enum TokenizerPeer {
  static let comment: Comment = "needs the Python peers: scripts/setup.sh --peers"
  static var isAvailable: Bool { FileManager.default.fileExists(atPath: Peer.interpreter.path) }

  /// What the library makes of texts, or of each text with the one after it. One thread, and no network.
  static func tokenize(_ file: URL, _ texts: [String], pairs: Bool = false) throws -> [Tokenized] {
    let folder = try TemporaryFolder()
    try JSONEncoder().encode(texts).write(to: folder("texts.json"))
    let script = """
      import json, sys
      from tokenizers import Tokenizer
      tokenizer = Tokenizer.from_file(sys.argv[1])
      tokenizer.no_truncation(); tokenizer.no_padding()
      texts, made = json.load(open(sys.argv[2])), []
      for i, text in enumerate(texts):
          e = tokenizer.encode(text, texts[(i + 1) % len(texts)]) if sys.argv[4] == "pairs" else tokenizer.encode(text)
          made.append(dict(ids=e.ids, spans=[x for o in e.offsets for x in o], typeIDs=e.type_ids,
              special=e.special_tokens_mask, decoded=tokenizer.decode(e.ids, skip_special_tokens=False),
              plain=tokenizer.decode(e.ids)))
      json.dump(made, open(sys.argv[3], "w"))
      """
    _ = try Peer.python(
      script, [file.path, folder("texts.json").path, folder("made.json").path, pairs ? "pairs" : "single"])
    return try JSONDecoder().decode([Tokenized].self, from: Data(contentsOf: folder("made.json")))
  }

  /// Runs a script that writes tokenizers into the folder in `sys.argv[1]`, and has `tokenizers` imported.
  static func build(_ folder: TemporaryFolder, _ script: String) throws {
    let head = """
      import json, os, sys
      from tokenizers import (AddedToken, Regex, Tokenizer, decoders as D, models as M, normalizers as N,
          pre_tokenizers as P, processors as X, trainers as T)
      os.chdir(sys.argv[1])
      def save(tokenizer, name):
          os.makedirs(name, exist_ok=True)
          tokenizer.save(name + "/tokenizer.json")

      """
    _ = try Peer.python(head + script, [folder.url.path])
  }
}

extension Tokenizer {
  /// The same of Affect's tokenizer.
  func tokenized(_ texts: [String], pairs: Bool = false) throws -> [Tokenized] {
    try texts.enumerated().map { index, text in
      let encoding = try encode(text, pair: pairs ? texts[(index + 1) % texts.count] : nil)
      return Tokenized(
        ids: encoding.ids, spans: encoding.spans.flatMap { [$0.lowerBound, $0.upperBound] },
        typeIDs: encoding.typeIDs, special: encoding.isSpecial.map { $0 ? 1 : 0 },
        decoded: try decode(encoding.ids, skipsSpecialTokens: false), plain: try decode(encoding.ids))
    }
  }
}

/// Expects the same of both for every text.
func expectEqual(
  _ ours: [Tokenized], _ peers: [Tokenized], of texts: [String], _ name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(ours.count == peers.count && ours.count == texts.count, sourceLocation: sourceLocation)
  let wrong = texts.indices.filter { ours[$0] != peers[$0] }
  let first = wrong.first.map { "\(texts[$0].prefix(200).debugDescription)\nours \(ours[$0])\npeer \(peers[$0])" }
  #expect(
    wrong.isEmpty, "\(name): \(wrong.count) of \(texts.count) differ, first \((first ?? "").prefix(4000))",
    sourceLocation: sourceLocation)
}
