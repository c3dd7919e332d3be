import Basics
import FeatureStore
import Foundation
import NN
import Tensors
import Training

/// Reading random batches of stored features, beside one `.npy` to an utterance as the released systems keep them.
enum FeaturesBenchmark {
  static var benchmark: Benchmark {
    Benchmark(
      name: "features", summary: "random batches from the feature store, beside one .npy to an utterance", run: run)
  }

  private static let utterances = 2000
  private static let width = 1024
  private static let batchSize = 16

  /// What the peer is asked for.
  private struct Question: Encodable {
    let folder: String
    let batches: [[Int]]
    let workers: Int
  }

  private static func run(_ settings: BenchmarkSettings, _ report: (String) -> Void) throws -> [BenchmarkCase] {
    let peer = try PeerProcess("features.py", python: settings.python)
    let folder = FileManager.default.temporaryDirectory.appending(path: "affect-bench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let data = try Files(folder, report)
    var order = SeededGenerator(seed: 1)
    var comparisons: [BenchmarkCase] = []
    for isCold in [true, false] {
      for workers in [0, 4] {
        let title = "\(utterances) utterances, \(isCold ? "from disk" : "from memory"), peer with \(workers) workers"
        guard settings.selects(title) else { continue }
        report(title)
        var pairs: [(Double, Double)] = []
        for round in 0...settings.rounds {
          let batches = order.shuffled(Array(0..<utterances)).chunked(batchSize)
          let pair = try (
            measured(data.shards, isCold) { try seconds { try data.read(batches) } },
            measured(data.arrays, isCold) {
              try peer.seconds(Question(folder: data.arrayFolder.path, batches: batches, workers: workers))
            }
          )
          // The first round fills caches and starts workers.
          if round > 0 { pairs.append(pair) }
        }
        comparisons.append(
          BenchmarkCase(
            name: title, unit: "s", affect: pairs.map(\.0), peer: pairs.map(\.1),
            peerName: "np.load and pad_sequence, float32, DataLoader(num_workers=\(workers))"))
      }
    }
    let title = "random batches from disk, beside reading the same shards from end to end"
    if settings.selects(title) {
      report(title)
      var pairs: [(Double, Double)] = []
      for _ in 0..<settings.rounds {
        let batches = order.shuffled(Array(0..<utterances)).chunked(batchSize)
        pairs.append(
          try (
            measured(data.shards, true) { try seconds { try data.read(batches) } },
            measured(data.shards, true) { try seconds { for file in data.shards { try Files.readAll(file) } } }
          ))
      }
      comparisons.append(
        BenchmarkCase(
          name: title, unit: "s", affect: pairs.map(\.0), peer: pairs.map(\.1),
          peerName: "read(2) of \(data.megabytes) MB in blocks of 4 MB"))
    }
    return comparisons
  }

  private static func measured(_ files: [URL], _ isCold: Bool, _ body: () throws -> Double) throws -> Double {
    if isCold { for file in files { try Files.forget(file) } }
    return try body()
  }

  /// The same features as a store and as arrays.
  private struct Files {
    let store: FeatureStore
    let identity = EncoderIdentity(name: "bench", settings: [:])
    let arrayFolder: URL
    let shards: [URL]
    let arrays: [URL]

    /// Writes both: 100 to 500 frames of numbers that bfloat16 holds exactly.
    init(_ folder: URL, _ report: (String) -> Void) throws {
      report("writing \(FeaturesBenchmark.utterances) utterances twice to \(folder.path)")
      store = FeatureStore(folder.appending(path: "store"))
      arrayFolder = folder.appending(path: "arrays")
      let generator = try Generator(seed: 3)
      var random = SeededGenerator(seed: 3)
      let lengths = (0..<FeaturesBenchmark.utterances).map { _ in 100 + random.below(401) }
      let writer = try FeatureWriter(store, identity)
      try writer.plan(
        lengths.enumerated().map { number, frames in
          .init(
            name: Self.name(number), source: SourceStamp(bytes: frames, modified: 0),
            expectedBytes: frames * FeaturesBenchmark.width * 2)
        })
      let names = Dictionary(uniqueKeysWithValues: lengths.enumerated().map { (Self.name($0), $1) })
      for name in try writer.begin() {
        let features = try Tensor.randn([names[name] ?? 1, FeaturesBenchmark.width], generator: generator)
          .converted(to: .bfloat16)
        try writer.append(name, features)
        try NumpyFile.write(features, to: arrayFolder.appending(path: name + ".npy"))
      }
      let set = try store.folder(of: identity)
      shards = try FileManager.default.contentsOfDirectory(at: set, includingPropertiesForKeys: nil)
        .filter { $0.pathExtension == "safetensors" }
      let folder = arrayFolder
      arrays = lengths.indices.map { folder.appending(path: Self.name($0) + ".npy") }
    }

    var megabytes: Int {
      shards.reduce(0) { $0 + ((try? SourceStamp(of: $1).bytes) ?? 0) } / 1_000_000
    }

    static func name(_ number: Int) -> String { String(format: "%06d", number) }

    /// Reads batches as the trainer gets them.
    func read(_ batches: [[Int]]) throws {
      let feed = BatchFeed(Stored(set: try store.set(of: identity)), batches, classCount: 1)
      while try feed.next() != nil {}
    }

    /// Drops a file from the system's cache, so that it must come from the disk.
    static func forget(_ file: URL) throws {
      let descriptor = open(file.path, O_RDONLY)
      guard descriptor >= 0 else { throw FileError(url: file, message: String(cString: strerror(errno))) }
      defer { close(descriptor) }
      #if os(Linux)
        guard posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) == 0 else {
          throw FileError(url: file, message: "can't be dropped from the system's cache")
        }
      #else
        throw FileError(url: file, message: "can't be dropped from this system's cache; measure with --only memory")
      #endif
    }

    static func readAll(_ file: URL) throws {
      let handle = try FileHandle(forReadingFrom: file)
      defer { try? handle.close() }
      while let block = try handle.read(upToCount: 4 << 20), !block.isEmpty {}
    }
  }

  /// The store as training data.
  private struct Stored: TrainingData {
    let set: FeatureSet
    var count: Int { self.set.count }
    func target(_ index: Int) -> Target { Target(distribution: [1], consensus: 0, attributes: []) }
    func frames(_ index: Int) -> Int { set.frames(of: Files.name(index)) ?? 0 }
    func streams(_ index: Int, augmentation: SeededGenerator?) throws -> [Tensor] {
      [try set.features(of: Files.name(index))]
    }
    func willLoad(_ indices: [Int]) throws { try set.willNeed(indices.map(Files.name)) }
  }
}

extension Array {
  /// Stretches of `count` elements, the last perhaps shorter.
  fileprivate func chunked(_ count: Int) -> [[Element]] {
    stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
  }
}
