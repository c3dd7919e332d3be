import Foundation

/// Which tokens may come next: those that the model's makers suppress never do, and timestamps come in pairs and do not
/// go back (Radford et al. 2022, section 3.8; the rules are transformers' logits processors, in their order).
struct TokenRules {
  let suppressed: [Int]
  let suppressedAtBegin: [Int]
  let end: Int
  /// nil for text without timestamps
  let timestamps: Timestamps?

  struct Timestamps {
    /// `<|notimestamps|>`
    let none: Int
    /// The latest that the first may be, in steps of 20 ms.
    let maximumInitial: Int?
    /// `<|0.00|>`
    var first: Int { none + 1 }
  }

  init(_ configuration: GenerationConfiguration, timestamps: Bool, vocabularySize: Int) {
    let known = { (ids: [Int]) in ids.filter { (0..<vocabularySize).contains($0) } }
    suppressed = known(configuration.suppressed)
    suppressedAtBegin = known(configuration.suppressedAtBegin)
    end = configuration.end
    self.timestamps =
      timestamps
      ? configuration.noTimestamps.map {
        Timestamps(none: $0, maximumInitial: configuration.maximumInitialTimestamp)
      } : nil
  }

  /// Gives tokens that may not follow -∞.
  ///
  /// - Parameters:
  ///   - scores: logits or log-probabilities of all tokens
  ///   - written: the tokens after the prompt so far
  func apply(to scores: UnsafeMutableBufferPointer<Float>, after written: [Int]) {
    if written.isEmpty { for id in suppressedAtBegin { scores[id] = -.infinity } }
    for id in suppressed { scores[id] = -.infinity }
    guard let timestamps, timestamps.first < scores.count else { return }
    let first = timestamps.first
    scores[timestamps.none] = -.infinity
    let lastIsTimestamp = written.last.map { $0 >= first } ?? false
    let lastButOneIsTimestamp = written.count < 2 || written[written.count - 2] >= first
    if lastIsTimestamp {
      if lastButOneIsTimestamp {
        Self.forbid(scores, first..<scores.count)
      } else {
        Self.forbid(scores, 0..<end)
      }
    }
    if let latest = written.last(where: { $0 >= first }) {
      let earliest = lastIsTimestamp && !lastButOneIsTimestamp ? latest : latest + 1
      Self.forbid(scores, first..<min(max(earliest, first), scores.count))
    }
    if written.isEmpty {
      Self.forbid(scores, 0..<first)
      if let maximumInitial = timestamps.maximumInitial {
        Self.forbid(scores, min(first + maximumInitial + 1, scores.count)..<scores.count)
      }
    }
    // When all timestamps together are likelier than any word, a timestamp it is.
    let text = scores[..<first].max() ?? -.infinity
    if Self.logSumExp(scores[first...]) > text { Self.forbid(scores, 0..<first) }
  }

  private static func forbid(_ scores: UnsafeMutableBufferPointer<Float>, _ range: Range<Int>) {
    for id in range { scores[id] = -.infinity }
  }

  /// log Σ exp, without overflow.
  static func logSumExp(_ scores: Slice<UnsafeMutableBufferPointer<Float>>) -> Float {
    guard let largest = scores.max(), largest > -.infinity else { return -.infinity }
    // What lies 30 below adds less than float32 can tell.
    let sum = scores.reduce(0.0) { sum, score in
      score - largest < -30 ? sum : sum + Double(Foundation.exp(score - largest))
    }
    return largest + Float(Foundation.log(sum))
  }
}
