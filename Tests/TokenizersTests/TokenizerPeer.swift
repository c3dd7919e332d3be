import Foundation
import TestSupport
import Testing
import Tokenizers

/// What a tokenizer makes of a text, flat: spans are start, end, start, end, ...
struct Tokenized: Equatable {
  var ids: [Int]
  var spans: [Int]
  var typeIDs: [Int] = []
  var special: [Int] = []
  /// The decoded ids, with special tokens and without.
  var decoded = ""
  var plain = ""

  /// Swift takes é as one scalar and as two for equal; a tokenizer must not.
  static func == (a: Tokenized, b: Tokenized) -> Bool {
    a.ids == b.ids && a.spans == b.spans && a.typeIDs == b.typeIDs && a.special == b.special
      && a.decoded.utf8.elementsEqual(b.decoded.utf8) && a.plain.utf8.elementsEqual(b.plain.utf8)
  }

  /// Where it differs first, in words.
  func difference(from peer: Tokenized) -> String {
    for (name, ours, theirs) in [
      ("ids", ids, peer.ids), ("spans", spans, peer.spans), ("types", typeIDs, peer.typeIDs),
      ("special", special, peer.special),
    ] where ours != theirs {
      let at = zip(ours, theirs).enumerated().first { $1.0 != $1.1 }?.offset ?? min(ours.count, theirs.count)
      let start = max(0, at - 3)
      return "\(name) at \(at): \(ours.dropFirst(start).prefix(8)), peer \(theirs.dropFirst(start).prefix(8))"
    }
    return "text \(decoded.prefix(100).debugDescription) \(plain.prefix(100).debugDescription), "
      + "peer \(peer.decoded.prefix(100).debugDescription) \(peer.plain.prefix(100).debugDescription)"
  }
}

/// The Python library `tokenizers`, asked what it makes of the same texts.
enum TokenizerPeer {
  static let comment: Comment = "needs the Python peers: scripts/setup.sh --peers"
  static var isAvailable: Bool { FileManager.default.fileExists(atPath: Peer.interpreter.path) }

  /// What the library makes of texts, or of each text with the one after it. One thread, and no network.
  ///
  /// - Parameter decodes: whether to ask for all but ids and spans too
  static func tokenize(
    _ file: URL, _ texts: [String], pairs: Bool = false, decodes: Bool = true
  ) throws -> [Tokenized] {
    try ask(
      texts, decodes: decodes,
      """
      from tokenizers import Tokenizer
      tokenizer = Tokenizer.from_file(sys.argv[2])
      tokenizer.no_truncation(); tokenizer.no_padding()
      for i, text in enumerate(texts):
          e = tokenizer.encode(text, texts[(i + 1) % len(texts)]) if sys.argv[3] == "pairs" else tokenizer.encode(text)
          put(e.ids, [x for o in e.offsets for x in o])
          if decodes:
              put_rest(e.type_ids, e.special_tokens_mask, tokenizer.decode(e.ids, skip_special_tokens=False),
                  tokenizer.decode(e.ids))
      """, [file.path, pairs ? "pairs" : "single"])
  }

  /// What SentencePiece's library makes of texts. With [CLS] and [SEP] among the pieces, these stand around them.
  static func sentencePieces(_ file: URL, _ texts: [String]) throws -> [Tokenized] {
    try ask(
      texts, decodes: true,
      """
      import sentencepiece
      model = sentencepiece.SentencePieceProcessor(model_file=sys.argv[2])
      around = [model.piece_to_id(p) for p in ("[CLS]", "[SEP]")]
      around = [] if model.unk_id() in around else around
      for text in texts:
          pieces = model.encode(text, return_type="proto").pieces
          scalar, n = [0], 0
          for c in text:
              n += 1
              scalar.extend([n - 1] * (len(c.encode()) - 1) + [n])
          ids, spans = [p.id for p in pieces], [scalar[x] for p in pieces for x in (p.begin, p.end)]
          marks = [1] * bool(around)
          # [UNK] is a special token, and what stands between two is decoded by itself.
          parts = [[]]
          for id in ids:
              if around and id == model.unk_id(): parts += ["[UNK]", []]
              else: parts[-1].append(id)
          parts = [p if isinstance(p, str) else [model.decode(p)] for p in parts if p]
          whole = " ".join(p if isinstance(p, str) else p[0] for p in parts)
          plain = " ".join(p[0] for p in parts if not isinstance(p, str))
          put(around[:1] + ids + around[1:], [0, 0] * len(marks) + spans + [0, 0] * len(marks))
          put_rest([0] * (len(ids) + 2 * len(marks)), marks + [0] * len(ids) + marks,
              " ".join(["[CLS]"] + [whole] * bool(ids) + ["[SEP]"]) if around else whole, plain)
      """, [file.path])
  }

  /// Runs a script that calls `put`, and `put_rest` where `decodes`, for each of `texts`.
  private static func ask(
    _ texts: [String], decodes: Bool, _ script: String, _ arguments: [String]
  ) throws -> [Tokenized] {
    let folder = try TemporaryFolder()
    try JSONEncoder().encode(texts).write(to: folder("texts.json"))
    let head = """
      import array, json, os, sys
      os.environ["TOKENIZERS_PARALLELISM"] = "false"
      texts, numbers, decoded = json.load(open(sys.argv[1] + "/texts.json")), array.array("i"), []
      decodes = \(decodes ? "True" : "False")
      def put(ids, spans):
          numbers.append(len(ids)); numbers.extend(ids); numbers.extend(spans)
      def put_rest(type_ids, special, *texts):
          numbers.extend(type_ids); numbers.extend(special); decoded.extend(texts)

      """
    let tail = """

      numbers.tofile(open(sys.argv[1] + "/numbers", "wb"))
      json.dump(decoded, open(sys.argv[1] + "/decoded.json", "w"))
      """
    _ = try Peer.python(head + script + tail, [folder.url.path] + arguments)
    let numbers = try Data(contentsOf: folder("numbers")).withUnsafeBytes { Array($0.bindMemory(to: Int32.self)) }
    let decoded = try JSONDecoder().decode([String].self, from: Data(contentsOf: folder("decoded.json")))
    var position = 0
    func take(_ count: Int) -> [Int] {
      defer { position += count }
      return numbers[position..<position + count].map(Int.init)
    }
    return texts.indices.map { index in
      let count = take(1)[0]
      var made = Tokenized(ids: take(count), spans: take(2 * count))
      if decodes {
        (made.typeIDs, made.special) = (take(count), take(count))
        (made.decoded, made.plain) = (decoded[2 * index], decoded[2 * index + 1])
      }
      return made
    }
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
  func tokenized(_ texts: [String], pairs: Bool = false, decodes: Bool = true) throws -> [Tokenized] {
    try texts.enumerated().map { index, text in
      let encoding = try encode(text, pair: pairs ? texts[(index + 1) % texts.count] : nil)
      var made = Tokenized(ids: encoding.ids, spans: encoding.spans.flatMap { [$0.lowerBound, $0.upperBound] })
      if decodes {
        (made.typeIDs, made.special) = (encoding.typeIDs, encoding.isSpecial.map { $0 ? 1 : 0 })
        made.decoded = try decode(encoding.ids, skipsSpecialTokens: false)
        made.plain = try decode(encoding.ids)
      }
      return made
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
  guard let first = wrong.first else { return }
  let places = wrong.prefix(3).map { "\($0) \(ours[$0].difference(from: peers[$0]))" }.joined(separator: "; ")
  Issue.record(
    "\(name): \(wrong.count) of \(texts.count) differ: \(places); \(texts[first].prefix(60).debugDescription)",
    sourceLocation: sourceLocation)
}

/// What `body` takes of the processor, in seconds: other processes and tests count for nothing.
func threadSeconds(_ body: () throws -> Void) rethrows -> Double {
  func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
  let start = now()
  try body()
  return now() - start
}
