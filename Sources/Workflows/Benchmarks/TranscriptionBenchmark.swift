import Encoders
import Foundation
import Tensors

/// A window of 30 s through a Whisper of large-v3's size with random weights, and 64 tokens of its transcript, beside
/// transformers.
enum TranscriptionBenchmark {
  static var benchmark: Benchmark {
    Benchmark(
      name: "asr", summary: "30 s through Whisper's encoder and 64 tokens of transcript, beside transformers", run: run)
  }

  private static let tokens = 64

  private struct Make: Encodable {
    let make: String
    let size: String
  }
  private struct Load: Encodable {
    let load: String
    let threads: Int
  }
  private struct Unload: Encodable { let unload = true }
  private struct Work: Encodable {
    let samples: String
    let tokens: Int
  }
  private struct Nothing: Decodable {}
  private struct Done: Decodable {
    let seconds: Double
    let tokens: [Int]
    let peak: Int
  }

  /// Sizes by the names of cases; the small one is for a look, the large one for figures.
  private static let sizes = [("Whisper-tiny", "tiny"), ("Whisper-large-v3", "large-v3")]

  private static func run(_ settings: BenchmarkSettings, _ report: (String) -> Void) throws -> [BenchmarkCase] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "affect-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let samples = voice()
    let file = folder.appending(path: "samples.f32")
    try samples.withUnsafeBytes { try Data($0).write(to: file) }
    try Runtime.setKeptMemoryLimit(1 << 30)
    defer { try? Runtime.setKeptMemoryLimit(0) }
    var cases: [BenchmarkCase] = []
    for (name, size) in sizes {
      let title = { (dtype: DType) in "\(name), \(dtype.rawValue), 30 s and \(tokens) tokens" }
      let dtypes = [DType.float32, .bfloat16].filter { settings.selects(title($0)) }
      guard !dtypes.isEmpty else { continue }
      let model = folder.appending(path: size)
      let peer = try PeerProcess("asr.py", python: settings.python)
      report("\(name): making random weights")
      let _: Nothing = try peer.ask(Make(make: model.path, size: size))
      let _: Nothing = try peer.ask(Load(load: model.path, threads: Runtime.threadCount))
      // Both at once would need 13 GB for the large size: the peer works first, then goes.
      var theirs: [Done] = []
      for round in 0...settings.rounds {
        report("\(name): transformers, round \(round) of \(settings.rounds)")
        theirs.append(try peer.ask(Work(samples: file.path, tokens: tokens)))
      }
      theirs.removeFirst()
      let _: Nothing = try peer.ask(Unload())
      for dtype in dtypes {
        report("\(title(dtype))")
        let own = try measure(model, dtype, samples, rounds: settings.rounds)
        let agreement = zip(own.tokens, theirs[0].tokens).prefix { $0 == $1 }.count
        report("\(title(dtype)): the first \(agreement) tokens are the peer's")
        cases.append(
          BenchmarkCase(
            name: title(dtype), unit: "s", affect: own.seconds, peer: theirs.map(\.seconds),
            peerName: "transformers, float32"))
        cases.append(
          BenchmarkCase(
            name: "\(title(dtype)): peak memory", unit: "GB", affect: own.peaks.map { Double($0) / 1e9 },
            peer: theirs.map { Double($0.peak) / 1e9 }, peerName: "transformers, float32"))
      }
      try FileManager.default.removeItem(at: model)
    }
    return cases
  }

  private static func measure(
    _ model: URL, _ dtype: DType, _ samples: [Float], rounds: Int
  ) throws -> (seconds: [Double], peaks: [Int], tokens: [Int]) {
    let whisper = try WhisperTranscriber(folder: model, dtype: dtype)
    var options = TranscriptionOptions()
    (options.language, options.task, options.timestamps) = ("en", .transcribe, false)
    (options.maximumTokens, options.temperatures) = (tokens, [0])
    (options.compressionRatioThreshold, options.logProbabilityThreshold, options.noSpeechThreshold) = (nil, nil, nil)
    var (taken, peaks, written): ([Double], [Int], [Int]) = ([], [], [])
    for round in 0...rounds {
      Runtime.resetPeakResidentMemory()
      let second = try seconds {
        let transcript = try whisper.transcribe([samples], options: options)[0]
        written = transcript.segments.flatMap { $0.tokens.map(\.id) }
      }
      guard round > 0 else { continue }
      taken.append(second)
      peaks.append(Runtime.peakResidentMemory ?? 0)
    }
    return (taken, peaks, written)
  }

  /// 30 s of a gliding harmonic sound.
  private static func voice() -> [Float] {
    var phase = 0.0
    return (0..<480_000).map { i in
      phase += 2 * .pi * (120 + 60 * sin(Double(i) / 11_000)) / 16_000
      return Float(0.1 * (1...8).reduce(0.0) { $0 + sin(Double($1) * phase) / Double($1) })
    }
  }
}
