import Basics
import Ensemble
import Foundation

/// System A's forest: 8,960 utterances (1,120 of each of eight classes) with 96 scores, 200 trees of depth 8.
enum ForestBenchmark {
  static var benchmark: Benchmark {
    Benchmark(name: "forest", summary: "a random forest of 200 trees, beside scikit-learn on all cores", run: run)
  }

  /// What the peer is asked for.
  private struct Question: Encodable {
    let name: String
    let folder: String
  }

  private static let (classes, columns) = (8, 96)

  private static func run(_ settings: BenchmarkSettings, _ report: (String) -> Void) throws -> [BenchmarkCase] {
    let peer = try PeerProcess("forest.py", python: settings.python)
    let folder = FileManager.default.temporaryDirectory.appending(path: "affect-forest-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var generator = SeededGenerator(seed: 0)
    let (train, labels) = rows(8960, &generator)
    let (test, _) = rows(25_000, &generator)
    for (name, values) in [("train", train), ("test", test)] {
      try values.withUnsafeBytes { try Data($0).write(to: folder.appending(path: "\(name).f32")) }
    }
    try Data(labels.map { UInt8($0) }).write(to: folder.appending(path: "labels.u8"))
    let features = try FeatureMatrix(train, columns: columns)
    let unseen = try FeatureMatrix(test, columns: columns)
    let grown = try RandomForest(features, labels: labels, classCount: classes)
    let cases: [(title: String, name: String, work: () throws -> Void)] = [
      (
        "fit 8,960 x 96, 200 trees, depth 8", "fit",
        { _ = try RandomForest(features, labels: labels, classCount: classes) }
      ),
      ("predict 25,000 x 96, 200 trees, depth 8", "predict", { _ = try grown.probabilities(of: unseen) }),
    ]
    return try cases.compactMap { title, name, work in
      guard settings.selects(title) else { return nil }
      report(title)
      return try EngineBenchmark.compare(title, rounds: settings.rounds, peerName: "scikit-learn, n_jobs=-1") {
        try seconds(work)
      } peer: {
        try peer.seconds(Question(name: name, folder: folder.path))
      }
    }
  }

  /// Twelve models' scores, each of which is noise and a little of the truth.
  private static func rows(_ count: Int, _ generator: inout SeededGenerator) -> (values: [Float], labels: [Int]) {
    let labels = (0..<count).map { $0 % classes }
    var values: [Float] = []
    values.reserveCapacity(count * columns)
    for label in labels {
      for column in 0..<columns {
        values.append(Float(generator.normal(mean: column % classes == label ? 0.5 : 0)))
      }
    }
    return (values, labels)
  }
}
