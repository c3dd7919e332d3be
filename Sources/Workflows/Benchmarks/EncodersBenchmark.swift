import Audio
import Basics
import Encoders
import Foundation
import Tensors
import Tokenizers

/// Pretrained encoders at their published sizes, beside transformers in the released feature scripts' way.
enum EncodersBenchmark {
  static var benchmark: Benchmark {
    Benchmark(
      name: "encoders",
      summary: "WavLM-large, Whisper-large-v3 and RoBERTa-large, beside transformers one clip at a time", run: run)
  }

  /// What the peer is asked for.
  private struct Question: Encodable {
    let task: String
    let model: String
    let folder: String
    var tokenizer: String?
    var clips: [String]?
    var tokens: [[Int]]?
    /// Tokens that each text is padded to; 0 batches texts of like length.
    var padding = 0
  }

  private struct Answer: Decodable { let seconds: Double, peak: Double }

  private static let models = ["wavlm-large", "whisper-large-v3", "roberta-large"]

  private static func run(_ settings: BenchmarkSettings, _ report: (String) -> Void) throws -> [BenchmarkCase] {
    let peer = try PeerProcess("encoders.py", python: settings.python)
    let scratch = FileManager.default.temporaryDirectory.appending(path: "affect-encoders-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    var cases: [BenchmarkCase] = []
    for model in models {
      for (precision, peerName) in [
        (
          DType.float32,
          model == "roberta-large" ? "transformers, float32, batches of like length" : "transformers, float32"
        ),
        (
          EncoderPrecision.recommended(on: .cpu),
          model == "roberta-large"
            ? "released way: float32, one text at a time, padded to 80" : "released way: float32, one clip at a time"
        ),
      ] {
        let title = "\(model), \(precision.rawValue)"
        guard settings.selects(title) else { continue }
        let folder = try made(model, settings, peer, report)
        report(title)
        let work =
          try model == "roberta-large"
          ? texts(folder, settings, isReleased: peerName.hasPrefix("released"))
          : clips(folder, settings, scratch)
        cases += try measure(title, model, folder, precision, work, peerName, settings.rounds, peer)
      }
    }
    return cases
  }

  /// What both are given.
  private struct Work {
    var clips: [[Float]] = []
    var files: [String] = []
    var tokens: [[Int]] = []
    var padding = 0

    var count: Int { clips.count + tokens.count }

    /// The first pieces alone, which warm both up.
    var beginning: Work {
      Work(
        clips: Array(clips.prefix(2)), files: Array(files.prefix(2)), tokens: Array(tokens.prefix(16)), padding: padding
      )
    }

    func question(_ model: String, _ folder: URL) -> Question {
      Question(
        task: "run", model: model, folder: folder.path, clips: tokens.isEmpty ? files : nil,
        tokens: tokens.isEmpty ? nil : tokens, padding: padding)
    }
  }

  private static func measure(
    _ title: String, _ model: String, _ folder: URL, _ precision: DType, _ work: Work, _ peerName: String,
    _ rounds: Int,
    _ peer: PeerProcess
  ) throws -> [BenchmarkCase] {
    let before = Runtime.keptMemoryLimit
    try TrainingMemory.keepForEncoders()
    defer { try? Runtime.setKeptMemoryLimit(before) }
    Runtime.resetPeakResidentMemory()
    let encoder = try PretrainedModel(folder: folder, options: EncoderOptions(dtype: precision))
    let affect = { (work: Work) in
      try seconds {
        switch encoder {
        case .speech(let encoder): _ = try encoder.hiddenStates(of: work.clips)
        case .text(let encoder): _ = try encoder.hiddenStates(of: work.tokens)
        }
      } / Double(work.count)
    }
    _ = try (affect(work.beginning), peer.ask(work.beginning.question(model, folder), Answer.self))
    var pairs: [(Double, Answer)] = []
    for _ in 0..<rounds {
      pairs.append((try affect(work), try peer.ask(work.question(model, folder), Answer.self)))
    }
    let peak = Double(Runtime.peakResidentMemory ?? 0) / 1e6
    return [
      BenchmarkCase(
        name: "\(title), a \(work.tokens.isEmpty ? "clip" : "text")", unit: "s", affect: pairs.map(\.0),
        peer: pairs.map { $0.1.seconds / Double(work.count) }, peerName: peerName),
      BenchmarkCase(
        name: "\(title), peak memory", unit: "MB", affect: [peak], peer: [(pairs.last?.1.peak ?? 0) / 1e6],
        peerName: peerName),
    ]
  }

  /// A folder with random weights, made once and kept in the temporary folder.
  private static func made(
    _ model: String, _ settings: BenchmarkSettings, _ peer: PeerProcess, _ report: (String) -> Void
  ) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "affect-models/\(model)")
    guard !FileManager.default.fileExists(atPath: folder.path) else { return folder }
    report("making random weights of \(model) in \(folder.path)")
    try FileManager.default.createDirectory(at: folder.deletingLastPathComponent(), withIntermediateDirectories: true)
    let tokenizer = settings.data.appending(path: "text/roberta-base").path
    _ = try peer.ask(
      Question(task: "make", model: model, folder: folder.path, tokenizer: model == "roberta-large" ? tokenizer : nil),
      Answer.self)
    return folder
  }

  /// Clips of RAVDESS, of all speakers and emotions alike.
  private static func clips(_ folder: URL, _ settings: BenchmarkSettings, _ scratch: URL) throws -> Work {
    let corpus = settings.data.appending(path: "ravdess")
    let files = (FileManager.default.subpaths(atPath: corpus.path) ?? []).filter { $0.hasSuffix(".opus") }.sorted()
    guard files.count >= settings.clips else { throw BenchmarkError.noData(corpus.path) }
    var work = Work()
    for number in 0..<settings.clips {
      let file = corpus.appending(path: files[number * files.count / settings.clips])
      let samples = try AudioFile.decode(file).samples
      let raw = scratch.appending(path: "\(number).f32")
      try samples.withUnsafeBytes { try Data($0).write(to: raw) }
      work.clips.append(samples)
      work.files.append(raw.path)
    }
    return work
  }

  /// The first texts of GoEmotions' test part.
  private static func texts(_ folder: URL, _ settings: BenchmarkSettings, isReleased: Bool) throws -> Work {
    let file = settings.data.appending(path: "goemotions/test.tsv")
    guard let lines = try? String(contentsOf: file, encoding: .utf8).split(separator: "\n") else {
      throw BenchmarkError.noData(file.path)
    }
    let tokenizer = try Tokenizer(contentsOf: folder)
    let texts = lines.prefix(4 * settings.clips).map { $0.prefix { $0 != "\t" } }
    return Work(
      tokens: try texts.map { Array(try tokenizer.encode(String($0)).ids.prefix(80)) }, padding: isReleased ? 80 : 0)
  }
}
