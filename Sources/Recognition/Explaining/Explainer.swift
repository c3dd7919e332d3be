import Emotion
import Encoders
import Foundation
import Tensors

/// Finds what carried the decision on a stretch.
struct Explainer {
  let sources: [StreamSource]
  let classes: [EmotionClass]
  /// The probabilities of stretches, each given by the frames of its streams.
  let scores: ([[Tensor]]) throws -> [[Double]]
  /// The shares of the frames of each stream in the network's attention pooling; nil where it has none.
  let shares: ([Tensor]) throws -> [[Float]]?

  /// At most so many seconds, and as many words, are looked at one by one.
  private static let mostParts = 60
  /// Changed copies of a stretch that are made and computed together: more would take memory by the part.
  private static let batch = 8

  func explanation(of prepared: PreparedStretch, _ probabilities: [Double]) throws -> Explanation? {
    guard let top = probabilities.indices.max(by: { probabilities[$0] < probabilities[$1] }) else { return nil }
    let frames = prepared.streams.map(\.frames)
    func falls(_ count: Int, _ changed: (Int) throws -> [Tensor]) throws -> [Double] {
      try stride(from: 0, to: count, by: Self.batch).flatMap { start in
        try scores(mapOnAllCores(min(Self.batch, count - start)) { try changed(start + $0) })
          .map { probabilities[top] - $0[top] }
      }
    }
    let weights = try falls(sources.count) { stream in
      var changed = frames
      // As it would be without the stream where the network knows that; else its mean, frame for frame.
      changed[stream] = try sources[stream].mayBeMissing ? sources[stream].missing().frames : frames[stream] * 0
      return changed
    }
    let streams = zip(sources.indices, weights).map { stream, weight in
      Explanation.Stream(
        name: sources[stream].name, reads: sources[stream].reads,
        weight: prepared.streams[stream].isMissing ? 0 : weight)
    }
    let spans = Self.parts(of: prepared.stretch)
    let words = Self.words(of: prepared.stretch.text ?? "")
    let places = Places(prepared, sources, seconds: spans, words: words.map(\.range))
    let wholes = try sources.map { try $0.leavingOut(of: prepared.stretch) }
    let ofSpans = try falls(spans.count) { number in
      let silenced = try places.silenced(frames, second: number)
      let part = Self.samples(spans[number], of: prepared.stretch)
      return try zip(silenced, wholes).map { frames, whole in try whole.map { try $0(part) } ?? frames }
    }
    let ofWords = try places.readsText ? falls(words.count) { try places.silenced(frames, word: $0) } : []
    let looked = try shares(frames).map { places.gathered($0, streams.map { max($0.weight, 0) }) }
    return Explanation(
      emotion: classes[top], streams: streams,
      seconds: spans.indices.map {
        .init(
          start: spans[$0].lowerBound, end: spans[$0].upperBound, weight: ofSpans[$0], attention: looked?.seconds[$0])
      },
      words: ofWords.indices.map { .init(text: words[$0].text, weight: ofWords[$0], attention: looked?.words[$0]) })
  }

  /// The numbers of the samples of a stretch in a span of seconds.
  private static func samples(_ span: Range<Double>, of stretch: Stretch) -> Range<Int> {
    let ends = [span.lowerBound, span.upperBound].map {
      min(max(Int((($0 - stretch.start) * Double(FrontEndAudio.sampleRate)).rounded()), 0), stretch.samples.count)
    }
    return ends[0]..<ends[1]
  }

  /// The seconds of a stretch; longer parts of one that has very many. A rest of less than half a part belongs to the one before.
  private static func parts(of stretch: Stretch) -> [Range<Double>] {
    let length = stretch.end - stretch.start
    let step = max(1, length / Double(mostParts))
    let count = max(1, Int((length / step).rounded()))
    return (0..<count).map { i in
      (stretch.start + Double(i) * step)..<(i == count - 1 ? stretch.end : stretch.start + Double(i + 1) * step)
    }
  }

  /// The words of a text with their places in Unicode scalars; neighbours together in a text that has very many.
  private static func words(of text: String) -> [(text: String, range: Range<Int>)] {
    let scalars = Array(text.unicodeScalars)
    var found: [Range<Int>] = []
    var begin: Int?
    for place in 0...scalars.count {
      if place < scalars.count, !scalars[place].properties.isWhitespace {
        begin = begin ?? place
      } else if let first = begin {
        found.append(first..<place)
        begin = nil
      }
    }
    let together = (found.count + mostParts - 1) / mostParts
    return stride(from: 0, to: found.count, by: max(together, 1)).map { first in
      let range = found[first].lowerBound..<found[min(first + together, found.count) - 1].upperBound
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars[range])
      return (String(text), range)
    }
  }
}

/// Which frames of each stream stand for which second of a stretch, and for which word of its text.
private struct Places {
  /// By stream, the number of each frame's second; empty for streams that read.
  private let seconds: [[Int]]
  /// By stream, the numbers of each frame's words; empty for streams that hear or are missing.
  private let words: [[Set<Int>]]
  private let counts: (seconds: Int, words: Int)

  init(_ prepared: PreparedStretch, _ sources: [StreamSource], seconds: [Range<Double>], words: [Range<Int>]) {
    let (start, length) = (prepared.stretch.start, prepared.stretch.end - prepared.stretch.start)
    self.seconds = zip(sources, prepared.streams).map { source, stream in
      guard !source.reads else { return [] }
      let count = stream.frames.size(0)
      return (0..<count).map { frame in
        let middle = start + (Double(frame) + 0.5) / Double(count) * length
        return seconds.lastIndex { $0.lowerBound <= middle } ?? 0
      }
    }
    self.words = zip(sources, prepared.streams).map { source, stream in
      guard source.reads, !stream.isMissing else { return [] }
      var places = [Set<Int>](repeating: [], count: stream.frames.size(0))
      for (token, span) in stream.spans.enumerated() where !span.isEmpty {
        for (number, word) in words.enumerated() where word.overlaps(span) {
          places[min(token / source.stack, places.count - 1)].insert(number)
        }
      }
      return places
    }
    counts = (seconds.count, words.count)
  }

  /// Whether a stream read words.
  var readsText: Bool { words.contains { !$0.isEmpty } }

  /// The shares of frames gathered by second and by word, streams weighed by what their ablation says.
  func gathered(_ shares: [[Float]], _ weights: [Double]) -> (seconds: [Double], words: [Double]) {
    (gathered(shares, weights, reading: false), gathered(shares, weights, reading: true))
  }

  private func gathered(_ shares: [[Float]], _ weights: [Double], reading: Bool) -> [Double] {
    let chosen = weights.indices.filter { reading ? !words[$0].isEmpty : !seconds[$0].isEmpty }
    let sum = chosen.reduce(0) { $0 + weights[$1] }
    var result = [Double](repeating: 0, count: reading ? counts.words : counts.seconds)
    for stream in chosen {
      let weight = sum > 0 ? weights[stream] / sum : 1 / Double(chosen.count)
      for (frame, share) in shares[stream].enumerated() {
        let places = reading ? words[stream][frame] : [seconds[stream][frame]]
        for place in places { result[place] += weight * Double(share) / Double(places.count) }
      }
    }
    return result
  }

  /// The streams that hear with one second replaced by their mean.
  func silenced(_ frames: [Tensor], second: Int) throws -> [Tensor] {
    try silenced(frames) { stream in seconds[stream].map { $0 == second } }
  }

  /// The streams that read with one word replaced by their mean.
  func silenced(_ frames: [Tensor], word: Int) throws -> [Tensor] {
    try silenced(frames) { stream in words[stream].map { $0.contains(word) } }
  }

  private func silenced(_ frames: [Tensor], _ isGone: (_ stream: Int) -> [Bool]) throws -> [Tensor] {
    try frames.indices.map { stream in
      let gone = isGone(stream)
      guard gone.contains(true) else { return frames[stream] }
      return try frames[stream] * Tensor(gone.map { $0 ? Float(0) : 1 }, shape: [gone.count, 1])
    }
  }
}
