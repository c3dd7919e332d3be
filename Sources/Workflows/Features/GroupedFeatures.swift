import Corpora
import Encoders
import FeatureStore
import Foundation
import Tensors

/// Features of a published model: clips are gathered in the groups of the store's plan, computed together, and stored in the
/// plan's order.
final class GroupedFeatures {
  /// The clips to be given, in this order, settled ones of groups that are not whole included.
  let names: [String]
  private let model: PretrainedSource
  private let source: FeatureExtraction.Source
  private let writer: FeatureWriter
  /// The number of clips of each group, last first.
  private var sizes: [Int]
  private var gathered: [(name: String, input: Result<PretrainedSource.Input, any Error>)] = []

  /// Takes up what a writer has begun. Settled clips that are among the utterances no longer leave their groups.
  init(
    _ model: PretrainedSource, _ source: FeatureExtraction.Source, _ writer: FeatureWriter, _ utterances: [Utterance]
  ) throws {
    let there = Set(utterances.map(\.fileName))
    let groups = try writer.groups(of: model.group.clips, bytes: model.group.bytes).map { $0.filter(there.contains) }
    names = groups.flatMap(\.self)
    sizes = groups.map(\.count).reversed()
    (self.model, self.source, self.writer) = (model, source, writer)
  }

  /// Takes the next clip; with the last of a group, its features are computed and stored.
  func add(_ utterance: Utterance, _ samples: Result<[Float], any Error>) throws {
    gathered.append(
      (
        utterance.fileName,
        Result {
          model.kind == .speech
            ? try model.input(samples.get(), path: utterance.audio.path(percentEncoded: false))
            : try model.input(of: utterance)
        }
      ))
    if gathered.count == sizes.last { try store() }
  }

  private func store() throws {
    let usable = gathered.indices.filter { (try? gathered[$0].input.get()) != nil }
    let states = try model.features(
      of: usable.map { try gathered[$0].input.get() }, names: usable.map { gathered[$0].name })
    let made = Dictionary(uniqueKeysWithValues: zip(usable, states))
    for (number, clip) in gathered.enumerated() where writer.isNext(clip.name) {
      do {
        _ = try clip.input.get()
        guard let states = made[number] else { continue }
        try writer.append(clip.name, source.stored(states))
      } catch let error as NotFinite {
        try writer.fail(clip.name, "\(error)")
      } catch {
        guard case .failure = clip.input else { throw error }
        try writer.fail(clip.name, "\(error)")
      }
    }
    gathered = []
    sizes.removeLast()
  }
}

/// A feature that is not a finite number in the dtype that it is stored in.
struct NotFinite: Error, CustomStringConvertible {
  let encoder: String
  let dtype: DType

  var description: String { "\(encoder): a feature is not a finite number as \(dtype.rawValue)" }
}

extension FeatureExtraction.Source {
  /// Features as they are stored. Throws `NotFinite`.
  func stored(_ features: Tensor) throws -> Tensor {
    let stored = try features.moved(to: .cpu).converted(to: identity.dtype)
    guard try stored.isFinite() else { throw NotFinite(encoder: name, dtype: identity.dtype) }
    return stored
  }

  /// About how many bytes the features of a clip take.
  func expectedBytes(of utterance: Utterance, seconds: Double) throws -> Int {
    switch maker {
    case .imported: 0
    case .frontEnd(let frontEnd), .augmented(let frontEnd, _):
      max(Int(seconds / frontEnd.hop), 1) * frontEnd.width * identity.dtype.byteCount
    case .pretrained(let model):
      try model.expectedBytes(of: utterance, seconds: seconds, dtype: identity.dtype)
    }
  }
}
