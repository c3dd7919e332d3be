import Emotion
import Foundation
import Fusion
import NN
import Recognition
import Tensors

/// The server under many clients: what it gains by computing their recordings together.
enum ServingBenchmark {
  static var benchmark: Benchmark {
    Benchmark(
      name: "serve", summary: "recordings of 3 s from 64 clients at a time, in batches and one at a time", run: run)
  }

  /// One measurement.
  private struct Question: Encodable {
    let affect: String
    let bundle: String
    let batch: Int
    let clients = 64
    let seconds = 10
    let clip = 3
  }

  private static func run(_ settings: BenchmarkSettings, _ report: (String) -> Void) throws -> [BenchmarkCase] {
    let peer = try PeerProcess("serving.py", python: settings.python)
    let folder = FileManager.default.temporaryDirectory.appending(path: "affect-serving-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    // 40 ms a frame, as the recipes stack them.
    let (width, stack) = (80, 4)
    let cases: [(title: String, sizes: any NetworkConfiguration, streams: Int)] = [
      ("log-mel, DeepSER of width 256", DeepSER.Configuration(inputs: [width * stack], width: 256, attributes: 0), 1),
      (
        "log-mel, CrossModal of width 128",
        CrossModal.Configuration(inputs: [width * stack, width * stack], hidden: 128), 2
      ),
    ]
    return try cases.compactMap { title, sizes, streams in
      guard settings.selects(title) else { return nil }
      report(title)
      let bundle = folder.appending(path: "\(type(of: sizes).kind)")
      try write(sizes, streams: streams, width: width, stack: stack, to: bundle)
      func measure(batch: Int) throws -> Double {
        try peer.seconds(
          Question(affect: Bundle.main.executablePath ?? CommandLine.arguments[0], bundle: bundle.path, batch: batch))
      }
      return try EngineBenchmark.compare(title, rounds: settings.rounds, peerName: "affect serve --batch 1") {
        try measure(batch: 32)
      } peer: {
        try measure(batch: 1)
      }
    }
  }

  /// A bundle that nobody trained: how long it computes does not depend on its weights.
  private static func write(
    _ sizes: any NetworkConfiguration, streams: Int, width: Int, stack: Int, to folder: URL
  ) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let model = ModelConfiguration(sizes)
    let settings = StreamPreparation.Settings(stack: stack)
    let configuration = BundleConfiguration(
      model: model, streams: (0..<streams).map { _ in .init(encoder: "log-mel-\(width)", preparation: settings) },
      classes: EmotionClass.allCases, attributes: [], notes: ["weights": "random, for measuring"])
    try ModelBundle(
      configuration: configuration, model: model.make(.random(Generator(seed: 0))),
      preparations: (0..<streams).map { _ in
        try StreamPreparation(settings, mean: .zeros([width]), deviation: .ones([width]))
      }
    ).write(to: folder)
  }
}
