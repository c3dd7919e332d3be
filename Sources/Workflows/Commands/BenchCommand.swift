public import Foundation

/// `affect bench`
public enum BenchCommand {
  private static var benchmarks: [Benchmark] {
    [
      EngineBenchmark.benchmark, EncodersBenchmark.benchmark, TokenizersBenchmark.benchmark,
      FeaturesBenchmark.benchmark,
      ForestBenchmark.benchmark, TranscriptionBenchmark.benchmark, ServingBenchmark.benchmark,
    ]
  }

  /// Each benchmark's name with what it measures.
  public static var list: [(name: String, summary: String)] { benchmarks.map { ($0.name, $0.summary) } }

  /// Runs benchmarks, each beside its peer.
  ///
  /// - Parameters:
  ///   - names: which; none runs all
  ///   - python: the Python that has the peers
  ///   - rounds: how often each case is measured
  ///   - only: measures only cases whose names contain this
  ///   - data: where real speech and texts lie; nil is beside the repository
  ///   - clips: how many clips to measure with, and four times as many texts; nil is 64
  /// - Throws: `BenchmarkError` for a name that there is not, or where the peer can't be run
  public static func run(
    _ names: [String], python: URL, rounds: Int, only: String? = nil, data: URL? = nil, clips: Int? = nil,
    report: (Notice) -> Void
  ) throws -> CommandResult {
    let chosen = try names.isEmpty ? benchmarks : names.map(named)
    var settings = BenchmarkSettings(python: python, rounds: rounds, only: only)
    if let data { settings.data = data }
    if let clips { settings.clips = clips }
    var results: [String: [BenchmarkCase]] = [:]
    var text = ""
    for benchmark in chosen {
      let found = try benchmark.run(settings) { report(.line("bench \(benchmark.name): \($0)")) }
      results[benchmark.name] = found
      text += "\(benchmark.name): \(benchmark.summary)\n"
      text += ([BenchmarkCase.header] + found.map(\.row)).map { "  " + $0 + "\n" }.joined()
    }
    return try CommandResult(text: text, json: results)
  }

  /// What is wrong with a name, as a sentence; nil where there is such a benchmark.
  public static func fault(of name: String) -> String? {
    benchmarks.contains { $0.name == name }
      ? nil : BenchmarkError.unknown(name: name, known: benchmarks.map(\.name)).description
  }

  private static func named(_ name: String) throws -> Benchmark {
    guard let found = benchmarks.first(where: { $0.name == name }) else {
      throw BenchmarkError.unknown(name: name, known: benchmarks.map(\.name))
    }
    return found
  }
}
