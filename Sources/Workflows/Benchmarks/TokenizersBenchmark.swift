import Foundation
import Tokenizers

/// 20,000 generated sentences through each kind of model, ids and spans, on one thread.
enum TokenizersBenchmark {
  static var benchmark: Benchmark {
    Benchmark(
      name: "tokenizers", summary: "20,000 sentences to ids and spans, beside the library tokenizers on one thread",
      run: run)
  }

  /// What the peer is asked for.
  private struct Question: Encodable {
    let name: String
    let folder: String
  }

  private static func run(_ settings: BenchmarkSettings, _ report: (String) -> Void) throws -> [BenchmarkCase] {
    let kinds = [
      ("byte-level BPE, 8,000 tokens", "bpe"), ("WordPiece, 8,000 tokens", "wordpiece"),
      ("Unigram with NFKC, 8,000 tokens", "unigram"),
    ].filter { settings.selects($0.0) }
    let peer = try PeerProcess("tokenizing.py", python: settings.python)
    let folder = FileManager.default.temporaryDirectory.appending(path: "affect-tokenizers-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    report("training tokenizers")
    _ = try peer.seconds(Question(name: "prepare", folder: folder.path))
    let texts = try JSONDecoder().decode([String].self, from: Data(contentsOf: folder.appending(path: "texts.json")))
    return try kinds.map { title, name in
      report(title)
      let tokenizer = try Tokenizer(contentsOf: folder.appending(path: name))
      return try EngineBenchmark.compare(title, rounds: settings.rounds, peerName: "tokenizers, encode_batch") {
        try seconds { for text in texts { _ = try tokenizer.encode(text) } }
      } peer: {
        try peer.seconds(Question(name: name, folder: folder.path))
      }
    }
  }
}
