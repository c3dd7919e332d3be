import Basics
import Corpora
import FeatureStore
import Foundation
import Tensors

/// Brings features that other programs wrote, one file to an utterance, into a store: for the utterance `NAME.wav`
/// `FOLDER/NAME.npy`, as MEDUSA's released scripts leave them, or `FOLDER/NAME.pt` with one tensor, as UNICAMP's do.
public struct FeatureImport {
  /// What came of an import.
  public struct Summary: Codable, Equatable, Sendable {
    /// The name under which recipes find the features, with its digest.
    public let set: String
    /// Utterances that were brought in now.
    public var imported = 0
    /// Utterances that were there already, from the same version of their files.
    public var present = 0
    /// Utterances without a file, or whose file can't be used, with the reasons.
    public var failures: [FeatureExtraction.Failure] = []
    /// Files that belong to no utterance.
    public var unknown: [String] = []
  }

  /// Readers of array files by extension.
  static let readers: [String: @Sendable (URL) throws -> Tensor] = [
    "npy": { try NumpyFile.read($0) }, "pt": { try PickledStateDict.soleTensor($0) },
  ]

  private let corpus: Corpus
  private let folder: URL
  private let store: FeatureStore
  private let identity: EncoderIdentity

  /// An import for a corpus.
  ///
  /// - Parameters:
  ///   - folder: where the files lie
  ///   - encoder: the name that recipes will use, none that an encoder of Affect has
  init(_ corpus: Corpus, from folder: URL, as encoder: String, dtype: DType, into store: FeatureStore) {
    (self.corpus, self.folder, self.store) = (corpus, folder, store)
    identity = EncoderIdentity(name: encoder, settings: ["origin": "imported"], dtype: dtype)
  }

  func run(report: (FeatureExtraction.Progress) -> Void) throws -> Summary {
    let files = try Self.files(in: folder)
    var summary = Summary(set: try store.folder(of: identity).lastPathComponent)
    var byName: [String: (utterance: String, file: URL)] = [:]
    for utterance in corpus.utterances {
      if let file = files[utterance.name] {
        byName[utterance.fileName] = (utterance.fileName, file)
      } else {
        summary.failures.append(
          .init(fileName: utterance.fileName, reason: "\(folder.path) has no \(utterance.name).npy or .pt"))
      }
    }
    let used = Set(byName.values.map(\.file))
    summary.unknown = files.values.filter { !used.contains($0) }.map(\.lastPathComponent).sorted()
    let writer = try FeatureWriter(store, identity)
    let names = corpus.utterances.map(\.fileName).filter { byName[$0] != nil }
    try writer.plan(
      names.map { name in
        let stamp = byName[name].flatMap { try? SourceStamp(of: $0.file) }
        return .init(name: name, source: stamp, expectedBytes: (stamp?.bytes ?? 0) * identity.dtype.byteCount / 4)
      })
    let queue = try writer.begin()
    summary.present = names.count - queue.count
    let start = Date()
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let dtype = identity.dtype
    let arrays = OrderedPipeline(count: queue.count, threads: threads, ahead: 4 * threads) { number in
      Runtime.withThreadCount(1) {
        Result { try Self.features(byName[queue[number]]?.file, dtype) }
      }
    }
    for (number, name) in queue.enumerated() {
      guard let result = try arrays.next() else { break }
      do {
        try writer.append(name, result.get())
        summary.imported += 1
      } catch let error as FileError where error.url == byName[name]?.file {
        try writer.fail(name, error.description)
      } catch let error as TensorError {
        try writer.fail(name, error.description)
      }
      report(.init(done: number + 1, total: queue.count, elapsed: Date().timeIntervalSince(start)))
    }
    try writer.save()
    let set = try store.set(of: identity)
    summary.failures += set.failures.filter { byName[$0.name] != nil }.map {
      .init(fileName: $0.name, reason: $0.reason)
    }
    summary.present -= summary.failures.count { byName[$0.fileName] != nil } - (queue.count - summary.imported)
    return summary
  }

  /// The files that can be read, by name without extension. Throws `FileError` where there is none.
  private static func files(in folder: URL) throws -> [String: URL] {
    let contents: [URL]
    do {
      contents = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    } catch {
      throw FileError(url: folder, message: "can't be read: \(error.localizedDescription)")
    }
    let files = contents.filter { readers[$0.pathExtension.lowercased()] != nil }
    guard !files.isEmpty else {
      throw FileError(
        url: folder,
        message: "holds no feature file; one NAME.npy or NAME.pt for each utterance is expected")
    }
    return Dictionary(
      files.map { ($0.deletingPathExtension().lastPathComponent, $0) },
      uniquingKeysWith: { $0.path < $1.path ? $0 : $1 })
  }

  /// The array of a file as (frames, width): one vector is one frame, and a batch of one is what it holds.
  private static func features(_ file: URL?, _ dtype: DType) throws -> Tensor {
    guard let file, let read = readers[file.pathExtension.lowercased()] else {
      throw TensorError(operation: "importing features", message: "there is no reader for this file")
    }
    let array = try read(file)
    guard [.float16, .bfloat16, .float32, .float64].contains(array.dtype) else {
      throw FileError(url: file, message: "holds \(array.dtype.rawValue); features are floating-point numbers")
    }
    let shape = array.shape
    let frames: Tensor
    switch shape.count {
    case 1: frames = try array.unsqueezed(0)
    case 2: frames = array
    case 3 where shape[0] == 1: frames = try array.reshaped([shape[1], shape[2]])
    default: throw FileError(url: file, message: "has the shape \(shape); (frames, width) is expected")
    }
    guard frames.count > 0 else { throw FileError(url: file, message: "has the shape \(shape): there is no frame") }
    let stored = try frames.converted(to: dtype)
    guard try stored.isFinite() else {
      throw FileError(url: file, message: "holds a number that is not finite as \(dtype.rawValue)")
    }
    return stored
  }
}
