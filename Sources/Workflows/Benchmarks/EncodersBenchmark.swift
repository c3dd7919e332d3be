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
    for setting in models.flatMap(settingsMeasured) {
      guard settings.selects(setting.title) else { continue }
      let folder = try made(setting.model, settings, peer, report)
      report(setting.title)
      let work =
        try setting.model == "roberta-large"
        ? texts(folder, settings, isReleased: setting.isReleased) : clips(folder, settings, scratch)
      cases += try measure(setting, folder, work, settings.rounds, peer)
    }
    return cases
  }

  /// A model as Affect runs it, and as its peer does.
  private struct Setting {
    let model: String
    var options: EncoderOptions
    /// Whether the peer does as the released scripts do, instead of its best.
    let isReleased: Bool

    var title: String {
      "\(model), \(options.dtype.rawValue)\(options.context == .clip ? ", real frames alone" : "")"
    }

    var peer: String {
      switch (model == "roberta-large", isReleased) {
      case (true, false): "transformers, float32, batches of like length"
      case (true, true): "released way: float32, one text at a time, padded to 80"
      case (false, false): "transformers, float32"
      case (false, true): "released way: float32, one clip at a time"
      }
    }
  }

  /// Like beside like, then the default beside the released way; of Whisper also without the silence up to 30 s, which are
  /// other features than the peer's (`EncoderOptions.context`).
  private static func settingsMeasured(of model: String) -> [Setting] {
    let fastest = EncoderOptions(dtype: EncoderPrecision.recommended(on: .cpu))
    var settings = [
      Setting(model: model, options: EncoderOptions(dtype: .float32), isReleased: false),
      Setting(model: model, options: fastest, isReleased: true),
    ]
    if model.hasPrefix("whisper") {
      var clip = Setting(model: model, options: fastest, isReleased: true)
      clip.options.context = .clip
      settings.append(clip)
    }
    return settings
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
    _ setting: Setting, _ folder: URL, _ work: Work, _ rounds: Int, _ peer: PeerProcess
  ) throws -> [BenchmarkCase] {
    let before = Runtime.keptMemoryLimit
    try TrainingMemory.keepForEncoders()
    defer { try? Runtime.setKeptMemoryLimit(before) }
    Runtime.resetPeakResidentMemory()
    let encoder = try PretrainedModel(folder: folder, options: setting.options)
    let affect = { (work: Work) in
      try seconds {
        switch encoder {
        case .speech(let encoder): _ = try encoder.hiddenStates(of: work.clips)
        case .text(let encoder): _ = try encoder.hiddenStates(of: work.tokens)
        }
      } / Double(work.count)
    }
    _ = try (affect(work.beginning), peer.ask(work.beginning.question(setting.model, folder), Answer.self))
    var pairs: [(Double, Answer)] = []
    for _ in 0..<rounds {
      pairs.append((try affect(work), try peer.ask(work.question(setting.model, folder), Answer.self)))
    }
    let peak = Double(Runtime.peakResidentMemory ?? 0) / 1e6
    return [
      BenchmarkCase(
        name: "\(setting.title), a \(work.tokens.isEmpty ? "clip" : "text")", unit: "s", affect: pairs.map(\.0),
        peer: pairs.map { $0.1.seconds / Double(work.count) }, peerName: setting.peer),
      BenchmarkCase(
        name: "\(setting.title), peak memory", unit: "MB", affect: [peak], peer: [(pairs.last?.1.peak ?? 0) / 1e6],
        peerName: setting.peer),
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
