import Corpora
import FeatureStore
import Foundation
import NN
import Training

/// The features of a run, of the clips as they are and of their augmented copies.
extension TrainingRun {
  /// The encoder of each stream, with what its features are stored in.
  func encoders() throws -> [EncoderChoice] {
    try recipe.streams.enumerated().map { i, stream in
      stream.choice(dtype: try Recipe.dtype(stream.dtype, "streams.\(i).dtype"))
    }
  }

  /// The encoders of all streams for each copy in turn.
  private func copies() throws -> [[EncoderChoice]] {
    let encoders = try encoders()
    return AugmentedCopy.all(recipe.augmentation, training: corpus[.train]).map { copy in
      encoders.map { encoder in
        var encoder = encoder
        encoder.copy = copy
        return encoder
      }
    }
  }

  /// Makes the features that are missing, and tells of the clips that have none.
  func extract() throws -> [FeatureExtraction.Failure] {
    var failures = try extract(encoders(), corpus.utterances)
    let copies = try copies().flatMap { $0 }
    if !copies.isEmpty {
      report(.message("augmented copies of the training clips: \(recipe.augmentation.copies) of each"))
      let known = Set(failures.map(\.fileName))
      failures += try extract(copies, corpus[.train]).filter { !known.contains($0.fileName) }
    }
    for failure in failures.prefix(Self.failuresShown) {
      report(.message("left out \(failure.fileName): \(failure.reason)"))
    }
    if failures.count > Self.failuresShown {
      report(
        .message(
          "left out \(failures.count - Self.failuresShown) more; affect features check \(features.path) lists them all")
      )
    }
    guard failures.count < corpus.utterances.count else {
      throw RunError.noFeatures(corpus: corpus.folder.path, example: failures.first?.reason ?? "it has no utterances")
    }
    return failures
  }

  private func extract(
    _ encoders: [EncoderChoice], _ utterances: [Utterance]
  ) throws -> [FeatureExtraction.Failure] {
    try FeatureExtraction(encoders, into: features, report: { report(.fetching($0)) }).run(
      utterances,
      waiting: { report(.message("waiting for another process that writes to \($0.path)")) },
      report: { report(.extraction($0)) })
  }

  /// The features of each stream. Streams may share an encoder.
  func sets() throws -> [FeatureSet] { try FeatureExtraction(encoders(), into: features).sets() }

  /// The features of each stream for each copy in turn.
  func copySets() throws -> [[FeatureSet]] {
    try copies().map { try FeatureExtraction($0, into: features).sets() }
  }

  /// Clips that are named one by one when they are left out.
  private static let failuresShown = 10
}
