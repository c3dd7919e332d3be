import Foundation
import Tensors

extension TokenSearch {
  /// A sequence that is being written, or is finished.
  private struct Beam {
    var tokens: [Int] = []
    var logProbabilities: [Float] = []
    var score: Float
    var isFinished = false
  }

  /// One window's beams.
  private struct Window {
    var running: [Beam]
    var finished: [Beam]
    /// Whether a sequence that is still written could beat those that are finished.
    var canImprove = true

    init(beams: Int) {
      // All beams begin alike: only the first counts until they differ.
      running = (0..<beams).map { Beam(score: $0 == 0 ? 0 : TokenSearch.never) }
      finished = (0..<beams).map { _ in Beam(score: TokenSearch.never) }
    }
  }

  /// The score of what can't be, as in transformers.
  private static let never: Float = -1e9

  /// Beam search as transformers' `generate` does it, with its scores in float32: each window keeps so many sequences, and
  /// ends when none that is written could still beat the finished ones, judged at its present length.
  func beams(_ prompts: [[Int]], _ memory: WhisperCrossMemory, count: Int) throws -> [DecodedWindow] {
    let cache = try decoder.cache(memory, sequences: count, capacity: longest)
    let (first, noSpeech) = try begin(prompts, cache)
    var logits = first
    var windows = prompts.map { _ in Window(beams: count) }
    var open = Array(prompts.indices)
    while true {
      let isLast = cache.length + 1 >= longest
      var origins: [Int] = []
      let scores = try logits.logSoftmax(-1)
      for (place, window) in open.enumerated() {
        let rows = try scores.narrowed(0, start: place * count, length: count)
        let parents = try advance(&windows[window], rows, isLast: isLast)
        origins += parents.map { place * count + $0 }
      }
      let places = open.indices.filter { !isLast && windows[open[$0]].canImprove }
      if places.isEmpty { break }
      try cache.reorder(origins)
      if places.count < open.count {
        try cache.keep(clips: places)
        open = places.map { open[$0] }
      }
      let next = open.flatMap { window in windows[window].running.map { [$0.tokens.last ?? rules.end] } }
      logits = try decoder.logits(after: next, wanted: [0], cache).select(1, 0).contiguous()
    }
    return zip(windows, noSpeech).map { window, noSpeech in
      let best = window.finished[0]
      return DecodedWindow(
        tokens: best.tokens, logProbabilities: best.logProbabilities, noSpeech: noSpeech, beamScore: best.score)
    }
  }

  /// Writes one token more to a window's beams.
  ///
  /// - Parameter scores: log-probabilities of all tokens, (beams, vocabulary)
  /// - Returns: for each beam that goes on, the beam that it goes on from
  private func advance(_ window: inout Window, _ scores: Tensor, isLast: Bool) throws -> [Int] {
    let (beams, vocabulary) = (window.running.count, scores.size(1))
    var sums: [Float] = []
    for (row, beam) in window.running.enumerated() {
      try scores[row].withUnsafeMutableElements(of: Float.self) { scores in
        rules.apply(to: scores, after: beam.tokens)
        sums.append(TokenRules.logSumExp(scores[...]))
      }
    }
    let totals = try scores + Tensor(window.running.map(\.score)).unsqueezed(1)
    // Twice as many as there are beams: as many can go on even where each beam's best token is the end.
    let (values, indices) = try totals.reshaped([beams * vocabulary]).topk(2 * beams)
    let (best, places) = try (values.array(of: Float.self), indices.array(of: Int.self))
    let chosen = try scores.reshaped([beams * vocabulary]).indexSelected(0, indices).array(of: Float.self)
    let candidates = places.indices.map { i in
      let parent = places[i] / vocabulary
      var beam = window.running[parent]
      beam.tokens.append(places[i] % vocabulary)
      beam.logProbabilities.append(chosen[i] - sums[parent])
      beam.score = best[i]
      return (beam: beam, parent: parent, isDone: isLast || places[i] % vocabulary == rules.end)
    }
    let length = Float(candidates[0].beam.tokens.count)
    let penalised = Foundation.pow(length, Float(lengthPenalty))
    let complete = candidates.enumerated().map { rank, candidate in
      var beam = candidate.beam
      beam.isFinished = candidate.isDone && rank < beams
      beam.score = beam.score / penalised
      if !window.canImprove { beam.score += Self.never }
      if !beam.isFinished { beam.score += Self.never }
      return beam
    }
    window.finished = Self.largest(beams, window.finished + complete) { $0.score }
    let goingOn = candidates.map { candidate in
      var candidate = candidate
      if candidate.isDone { candidate.beam.score += Self.never }
      return candidate
    }
    let next = Self.largest(beams, goingOn) { $0.beam.score }
    window.running = next.map(\.beam)
    let possible = window.running[0].score / penalised
    let worst = window.finished.map(\.score).min() ?? Self.never
    window.canImprove =
      window.canImprove && window.finished.contains { possible > ($0.isFinished ? worst : Self.never) }
    return next.map(\.parent)
  }

  /// The elements with the largest scores, in order.
  private static func largest<Element>(
    _ count: Int, _ elements: [Element], _ score: (Element) -> Float
  ) -> [Element] {
    let order = elements.indices.sorted { a, b in
      let (x, y) = (score(elements[a]), score(elements[b]))
      return x == y ? a < b : x > y
    }
    return order.prefix(count).map { elements[$0] }
  }
}
