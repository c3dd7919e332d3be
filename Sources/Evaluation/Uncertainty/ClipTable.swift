import Emotion
import Foundation

/// Judged clips as the resampling goes through them: one number per utterance and sum, sorted by label so that the
/// utterances of one stratum lie together.
struct ClipTable: Sendable {
  /// The rows of the clips, in the order of the table.
  let order: [Int]
  let strata: [Int]
  let list: MetricList
  /// The sums of the whole set.
  let whole: MetricSums

  /// 8 × label + decision; 64 where it does not count.
  private let cells: [UInt8]
  /// The rank of the label; 8 where there are no scores.
  private let ranks: [UInt8]
  /// 2 × bin + right; 30 where there are no scores.
  private let bins: [UInt8]
  private let confidence, logLoss, brier: [Double]
  /// Whether there are votes, and the divergences from them; empty where there are none at all.
  private let voted: [Bool]
  private let kullbackLeibler, jensenShannon: [Double]
  /// Pairs about `MetricList.origin`, NaN where one is missing.
  private let attributes: [(index: Int, x: [Double], y: [Double])]
  private let rankings: [Ranking]

  /// The utterances with scores by falling score of a class.
  private struct Ranking: Sendable {
    let label: Int
    let rows: [Int32]
    let isOfClass: [Bool]
    /// Whether the score is that of the row before.
    let isTied: [Bool]
    /// For a large set: twice the step of each row of the table, of `stepCount` down the ranking, and one more for a row of
    /// the class; `UInt16.max` for rows that do not count. Empty for a small set.
    let steps: [UInt16]

    static let stepCount = 4096
    /// Utterances above which resamples are ranked by steps.
    static let exactUpTo = 1 << 17
  }

  init(_ clips: JudgedClips, averaged: [Int]? = nil) {
    let members = clips.rowsByLabel
    let order = members.flatMap(\.self)
    self.order = order
    strata = members.map(\.count)
    let truth = order.map { Int(clips.truth[$0]) }
    let counts = order.map(clips.isClassified)
    cells = order.indices.map { counts[$0] ? UInt8(truth[$0] * 8 + Int(clips.decisions[order[$0]])) : 64 }

    let width = clips.classes.count
    let hasScores = clips.hasScores
    var place = [Int](repeating: -1, count: 8)
    for (column, emotion) in clips.classes.enumerated() { place[emotion.index] = column }
    let columns = place
    var (ranks, bins) = ([UInt8](repeating: 8, count: order.count), [UInt8](repeating: 30, count: order.count))
    var (confidence, logLoss, brier) = ([Double](), [Double](), [Double]())
    if hasScores {
      confidence = [Double](repeating: 0, count: order.count)
      logLoss = confidence
      brier = confidence
      for (at, row) in order.enumerated() where counts[at] {
        let scores = Array(clips.probabilities[row * width..<(row + 1) * width])
        let label = place[truth[at]]
        ranks[at] = UInt8(DistributionMetrics.rank(scores, label: label))
        let top = scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
        confidence[at] = min(scores[top], 1)
        bins[at] = UInt8(2 * Reliability.bin(confidence[at], of: Reliability.usualBins) + (top == label ? 1 : 0))
        logLoss[at] = -log(min(max(scores[label], DistributionMetrics.tiny), 1 - DistributionMetrics.tiny))
        brier[at] = DistributionMetrics.brier(scores, label: label)
      }
    }
    (self.ranks, self.bins, self.confidence, self.logLoss, self.brier) = (ranks, bins, confidence, logLoss, brier)

    var (voted, kl, js) = ([Bool](), [Double](), [Double]())
    if !clips.votes.isEmpty, width > 0 {
      voted = [Bool](repeating: false, count: order.count)
      kl = [Double](repeating: 0, count: order.count)
      js = kl
      for (at, row) in order.enumerated() where !clips.votes[row * 8].isNaN {
        let votes = Array(clips.votes[row * 8..<row * 8 + 8])
        let scores = (0..<8).map { place[$0] < 0 ? 0 : clips.probabilities[row * width + place[$0]] }
        voted[at] = true
        kl[at] = DistributionMetrics.kullbackLeibler(votes, scores)
        js[at] = DistributionMetrics.jensenShannon(votes, scores)
      }
    }
    (self.voted, kullbackLeibler, jensenShannon) = (voted, kl, js)

    attributes = Attribute.allCases.enumerated().compactMap { index, attribute in
      guard let pair = clips.attributes[attribute] else { return nil }
      let (x, y) = (
        order.map { pair.predicted[$0] - MetricList.origin }, order.map { pair.rated[$0] - MetricList.origin }
      )
      return zip(x, y).contains { !$0.isNaN && !$1.isNaN } ? (index, x, y) : nil
    }
    rankings =
      hasScores
      ? concurrently(clips.classes) { emotion in
        Self.ranking(
          emotion.index, rows: order.indices.filter { counts[$0] }, truth: truth,
          scores: order.map { clips.probabilities[$0 * width + columns[emotion.index]] })
      }.compactMap(\.self) : []

    let one = [UInt8](repeating: 1, count: order.count * ResampleWeights.lanes)
    // The sums must be there before the list of metrics, which they decide.
    let sums = Self.Parts(
      cells: cells, ranks: ranks, bins: bins, confidence: confidence, logLoss: logLoss, brier: brier, voted: voted,
      kl: kl, js: js, attributes: attributes, rankings: rankings)
    var found = one.withUnsafeBufferPointer { weights in
      weights.baseAddress.map { sums.sums($0, lanes: 1)[0] } ?? MetricSums()
    }
    // In two passes, which loses nothing in differences of sums.
    for attribute in attributes {
      let rows = attribute.x.indices.filter { !attribute.x[$0].isNaN && !attribute.y[$0].isNaN }
      found.moments[attribute.index] = AttributeMoments(rows.map { attribute.x[$0] }, rows.map { attribute.y[$0] })
    }
    whole = found
    list = MetricList(
      of: whole, averaged: averaged, hasScores: hasScores, scoredClasses: width, attributes: attributes.map(\.index))
    parts = one.withUnsafeBufferPointer { weights in
      weights.baseAddress.map { sums.correctingSteps($0, whole: found) } ?? sums
    }
  }

  private let parts: Parts

  /// The sums of 16 resamples by their weights, (rows, 16).
  func sums(_ weights: UnsafePointer<UInt8>) -> [MetricSums] { parts.sums(weights, lanes: ResampleWeights.lanes) }

  private static func ranking(_ label: Int, rows: [Int], truth: [Int], scores: [Double]) -> Ranking? {
    let positives = rows.count { truth[$0] == label }
    guard positives > 0 else { return nil }
    // Pairs of score and row sort faster than rows by their scores.
    var pairs = rows.map { (score: scores[$0], row: Int32($0)) }
    pairs.sort { $0.score > $1.score }
    let isOfClass = pairs.map { truth[Int($0.row)] == label }
    let isTied = pairs.indices.map { $0 > 0 && pairs[$0].score == pairs[$0 - 1].score }
    var steps: [UInt16] = []
    if pairs.count > Ranking.exactUpTo {
      steps = [UInt16](repeating: .max, count: truth.count)
      var step = 0
      for (at, pair) in pairs.enumerated() {
        // What is tied stays together.
        // Steps grow down the ranking: precision changes fastest at its top.
        if !isTied[at] { step = Int(Double(Ranking.stepCount) * (Double(at) / Double(pairs.count)).squareRoot()) }
        steps[Int(pair.row)] = UInt16(2 * step + (isOfClass[at] ? 1 : 0))
      }
    }
    return Ranking(label: label, rows: pairs.map(\.row), isOfClass: isOfClass, isTied: isTied, steps: steps)
  }

  /// The arrays alone, for loops.
  private struct Parts: Sendable {
    let cells, ranks, bins: [UInt8]
    let confidence, logLoss, brier: [Double]
    let voted: [Bool]
    let kl, js: [Double]
    let attributes: [(index: Int, x: [Double], y: [Double])]
    let rankings: [Ranking]
    /// By class, how far steps fall short of the exact areas of the whole set.
    private var shortAUROC = [Double](repeating: 0, count: 8)
    private var shortPrecision = [Double](repeating: 0, count: 8)

    init(
      cells: [UInt8], ranks: [UInt8], bins: [UInt8], confidence: [Double], logLoss: [Double], brier: [Double],
      voted: [Bool], kl: [Double], js: [Double], attributes: [(index: Int, x: [Double], y: [Double])],
      rankings: [Ranking]
    ) {
      (self.cells, self.ranks, self.bins) = (cells, ranks, bins)
      (self.confidence, self.logLoss, self.brier) = (confidence, logLoss, brier)
      (self.voted, self.kl, self.js) = (voted, kl, js)
      (self.attributes, self.rankings) = (attributes, rankings)
    }

    /// What steps lose on the whole set they lose on its resamples: from here on it is given back to them. Left as it is,
    /// intervals would lie beside the figure.
    ///
    /// - Parameter weights: 1 for each row and lane.
    func correctingSteps(_ weights: UnsafePointer<UInt8>, whole: MetricSums) -> Parts {
      var stepped = [MetricSums()]
      var corrected = self
      for ranking in rankings where !ranking.steps.isEmpty {
        addSteps(ranking, weights, &stepped)
        let label = ranking.label
        corrected.shortAUROC[label] = whole.auroc[label] - stepped[0].auroc[label]
        corrected.shortPrecision[label] = whole.averagePrecision[label] - stepped[0].averagePrecision[label]
      }
      return corrected
    }

    func sums(_ weights: UnsafePointer<UInt8>, lanes used: Int) -> [MetricSums] {
      var found = [MetricSums](repeating: MetricSums(), count: used)
      addCounts(weights, &found)
      if !confidence.isEmpty { addScores(weights, &found) }
      if !voted.isEmpty { addDivergences(weights, &found) }
      for attribute in attributes { addMoments(attribute, weights, &found) }
      let isWhole = used == 1
      for ranking in rankings {
        if isWhole || ranking.steps.isEmpty {
          addRanking(ranking, weights, &found)
        } else {
          addSteps(ranking, weights, &found)
        }
      }
      return found
    }

    /// As `addRanking`, with the utterances of a step tied: the weights are gone through in their own order, for which a
    /// large set's ranking would jump about in memory.
    private func addSteps(_ ranking: Ranking, _ weights: UnsafePointer<UInt8>, _ found: inout [MetricSums]) {
      let lanes = ResampleWeights.lanes
      let size = Ranking.stepCount * lanes
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * size) { counts in
        counts.initialize(repeating: 0)
        let base = counts.baseAddress!
        ranking.steps.withUnsafeBufferPointer { steps in
          for row in steps.indices where steps[row] != .max {
            // Twice the step, and one more for an utterance of the class.
            let target = base + Int(steps[row]) * lanes
            let weight = weights + row * lanes
            for lane in 0..<16 { target[lane] &+= Int32(weight[lane]) }
          }
        }
        for lane in found.indices {
          var (hits, others, area, precision) = (0.0, 0.0, 0.0, 0.0)
          for step in 0..<Ranking.stepCount {
            let newOthers = Double(base[2 * step * lanes + lane])
            let newHits = Double(base[(2 * step + 1) * lanes + lane])
            area += newOthers * (hits + newHits / 2)
            hits += newHits
            others += newOthers
            if newHits > 0 { precision += newHits * hits / (hits + others) }
          }
          let label = ranking.label
          found[lane].auroc[label] =
            hits > 0 && others > 0 ? min(area / (hits * others) + shortAUROC[label], 1) : .nan
          found[lane].averagePrecision[label] = hits > 0 ? min(precision / hits + shortPrecision[label], 1) : .nan
        }
      }
    }

    /// Confusion, ranks and bins: whole numbers, 16 lanes side by side.
    private func addCounts(_ weights: UnsafePointer<UInt8>, _ found: inout [MetricSums]) {
      let lanes = ResampleWeights.lanes
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: (65 + 9 + 31) * lanes) { counts in
        counts.initialize(repeating: 0)
        let hasScores = !confidence.isEmpty
        cells.withUnsafeBufferPointer { cells in
          ranks.withUnsafeBufferPointer { ranks in
            bins.withUnsafeBufferPointer { bins in
              for row in cells.indices {
                let weight = weights + row * lanes
                let cell = counts.baseAddress! + Int(cells[row]) * lanes
                for lane in 0..<16 { cell[lane] &+= Int32(weight[lane]) }
                if hasScores {
                  let rank = counts.baseAddress! + (65 + Int(ranks[row])) * lanes
                  let bin = counts.baseAddress! + (74 + Int(bins[row])) * lanes
                  for lane in 0..<16 { rank[lane] &+= Int32(weight[lane]) }
                  for lane in 0..<16 { bin[lane] &+= Int32(weight[lane]) }
                }
              }
            }
          }
        }
        for lane in found.indices {
          for cell in 0..<64 { found[lane].confusion[cell] = Int(counts[cell * lanes + lane]) }
          for rank in 0..<8 { found[lane].ranks[rank] = Int(counts[(65 + rank) * lanes + lane]) }
          for bin in 0..<30 { found[lane].bins[bin] = Int(counts[(74 + bin) * lanes + lane]) }
        }
      }
    }

    private func addScores(_ weights: UnsafePointer<UInt8>, _ found: inout [MetricSums]) {
      let lanes = ResampleWeights.lanes
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 18 * lanes) { sums in
        sums.initialize(repeating: 0)
        let (losses, scores) = (sums.baseAddress! + 16 * lanes, sums.baseAddress! + 17 * lanes)
        for row in cells.indices {
          let weight = weights + row * lanes
          let bin = sums.baseAddress! + Int(bins[row] / 2) * lanes
          let (sure, loss, score) = (confidence[row], logLoss[row], brier[row])
          for lane in 0..<16 {
            let times = Double(weight[lane])
            bin[lane] += times * sure
            losses[lane] += times * loss
            scores[lane] += times * score
          }
        }
        for lane in found.indices {
          for bin in 0..<15 { found[lane].confidence[bin] = sums[bin * lanes + lane] }
          found[lane].logLoss = losses[lane]
          found[lane].brier = scores[lane]
        }
      }
    }

    private func addDivergences(_ weights: UnsafePointer<UInt8>, _ found: inout [MetricSums]) {
      let lanes = ResampleWeights.lanes
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * lanes) { sums in
        sums.initialize(repeating: 0)
        let base = sums.baseAddress!
        for row in voted.indices where voted[row] {
          let weight = weights + row * lanes
          let (a, b) = (kl[row], js[row])
          for lane in 0..<16 {
            let times = Double(weight[lane])
            base[lane] += times
            base[16 + lane] += times * a
            base[32 + lane] += times * b
          }
        }
        for lane in found.indices {
          found[lane].voted = Int(sums[lane])
          found[lane].kullbackLeibler = sums[16 + lane]
          found[lane].jensenShannon = sums[32 + lane]
        }
      }
    }

    private func addMoments(
      _ attribute: (index: Int, x: [Double], y: [Double]), _ weights: UnsafePointer<UInt8>, _ found: inout [MetricSums]
    ) {
      let lanes = ResampleWeights.lanes
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 6 * lanes) { sums in
        sums.initialize(repeating: 0)
        let base = sums.baseAddress!
        for row in attribute.x.indices {
          let (x, y) = (attribute.x[row], attribute.y[row])
          if x.isNaN || y.isNaN { continue }
          let weight = weights + row * lanes
          let (xx, yy, xy) = (x * x, y * y, x * y)
          for lane in 0..<16 {
            let times = Double(weight[lane])
            base[lane] += times
            base[16 + lane] += times * x
            base[32 + lane] += times * y
            base[48 + lane] += times * xx
            base[64 + lane] += times * yy
            base[80 + lane] += times * xy
          }
        }
        for lane in found.indices {
          found[lane].moments[attribute.index] = AttributeMoments(
            count: sums[lane], x: sums[16 + lane], y: sums[32 + lane], xx: sums[48 + lane], yy: sums[64 + lane],
            xy: sums[80 + lane], origin: MetricList.origin)
        }
      }
    }

    /// The areas under both curves: down the ranking, counting what was found and what else came.
    private func addRanking(_ ranking: Ranking, _ weights: UnsafePointer<UInt8>, _ found: inout [MetricSums]) {
      let lanes = ResampleWeights.lanes
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 6 * lanes) { sums in
        sums.initialize(repeating: 0)
        let hits = sums.baseAddress!
        let (others, area) = (hits + 16, hits + 32)
        let (precision, newHits, newOthers) = (hits + 48, hits + 64, hits + 80)
        func take() {
          for lane in 0..<16 {
            area[lane] += newOthers[lane] * (hits[lane] + newHits[lane] / 2)
            hits[lane] += newHits[lane]
            others[lane] += newOthers[lane]
            precision[lane] += newHits[lane] * hits[lane] / max(hits[lane] + others[lane], 1)
            newHits[lane] = 0
            newOthers[lane] = 0
          }
        }
        let count = ranking.rows.count
        ranking.rows.withUnsafeBufferPointer { rows in
          for at in 0..<count {
            let weight = weights + Int(rows[at]) * lanes
            let isAlone = !ranking.isTied[at] && (at + 1 == count || !ranking.isTied[at + 1])
            if isAlone {
              if ranking.isOfClass[at] {
                for lane in 0..<16 {
                  let times = Double(weight[lane])
                  hits[lane] += times
                  precision[lane] += times * hits[lane] / max(hits[lane] + others[lane], 1)
                }
              } else {
                for lane in 0..<16 {
                  let times = Double(weight[lane])
                  area[lane] += times * hits[lane]
                  others[lane] += times
                }
              }
            } else {
              let target = ranking.isOfClass[at] ? newHits : newOthers
              for lane in 0..<16 { target[lane] += Double(weight[lane]) }
              if at + 1 == count || !ranking.isTied[at + 1] { take() }
            }
          }
        }
        for lane in found.indices {
          let (of, rest) = (hits[lane], others[lane])
          found[lane].auroc[ranking.label] = of > 0 && rest > 0 ? area[lane] / (of * rest) : .nan
          found[lane].averagePrecision[ranking.label] = of > 0 ? precision[lane] / of : .nan
        }
      }
    }
  }
}

/// Maps elements on all cores, results in the order of the elements.
func concurrently<Element: Sendable, Output: Sendable>(
  _ elements: [Element], _ body: @Sendable (Element) -> Output
) -> [Output] {
  [Output](unsafeUninitializedCapacity: elements.count) { buffer, count in
    count = elements.count
    guard let outputs = buffer.baseAddress else { return }
    nonisolated(unsafe) let place = outputs
    withoutActuallyEscaping(body) { body in
      DispatchQueue.concurrentPerform(iterations: elements.count) { index in
        (place + index).initialize(to: body(elements[index]))
      }
    }
  }
}
