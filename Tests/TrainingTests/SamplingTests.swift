import Basics
import Foundation
import Tensors
import Testing
import Training

@Suite struct SamplingTests {
  /// 30 clips of class 0, 12 of class 1, 9 of class 3, 40 without consensus.
  static let clips: [(clip: Int, label: Int?)] =
    (0..<91).map { clip in
      let label: Int? = clip < 30 ? 0 : clip < 42 ? 1 : clip < 51 ? 3 : nil
      return (clip: 100 + clip, label: label)
    }

  func labels(_ drawn: [Int]) -> [Int?: Int] {
    Dictionary(drawn.map { (Self.clips[$0 - 100].label, 1) }, uniquingKeysWith: +)
  }

  @Test func balancedEpochsAreBalancedAndFresh() {
    let sampling = Sampling.balanced(noConsensusShare: 0.25)
    var draws: [Int: Int] = [:]
    var orders: Set<[Int]> = []
    for epoch in 0..<200 {
      var random = SeededGenerator(seed: 1, epoch)
      let drawn = sampling.clips(Self.clips, using: &random)
      #expect(labels(drawn) == [0: 9, 1: 9, 3: 9, nil: 7])
      #expect(Set(drawn).count == drawn.count, "drawn without replacement")
      var again = SeededGenerator(seed: 1, epoch)
      #expect(sampling.clips(Self.clips, using: &again) == drawn)
      for clip in drawn { draws[clip, default: 0] += 1 }
      orders.insert(drawn)
    }
    // Each clip as often as others of its class: 60 of 200, 150 of 200, always, and 35 of 200 without consensus.
    for (clip, label) in Self.clips {
      let expected = [0: 60, 1: 150, 3: 200, nil: 35][label] ?? 0
      #expect(abs((draws[clip] ?? 0) - expected) < 26, "clip \(clip) was drawn \(draws[clip] ?? 0) times")
    }
    #expect(orders.count == 200)
  }

  @Test(arguments: [(0, 0), (0.125, 3), (1, 27), (50, 40), (1e300, 40), (.infinity, 40)] as [(Double, Int)])
  func clipsWithoutConsensusAreAShare(share: Double, count: Int) {
    var random = SeededGenerator(seed: 2)
    let drawn = Sampling.balanced(noConsensusShare: share).clips(Self.clips, using: &random)
    #expect(drawn.count == 27 + count)
    #expect(labels(drawn)[nil] ?? 0 == count)
  }

  @Test func naturalEpochsHaveEveryClipOnce() {
    var random = SeededGenerator(seed: 3)
    let (a, b) = (
      Sampling.natural.clips(Self.clips, using: &random), Sampling.natural.clips(Self.clips, using: &random)
    )
    #expect(a.sorted() == Self.clips.map(\.clip) && b.sorted() == a.sorted() && a != b)
    #expect(Sampling.balanced(noConsensusShare: 1).clips([], using: &random).isEmpty)
  }

  @Test func batchesCoverTheOrderInLikeLengths() {
    var random = SeededGenerator(seed: 4)
    let frames = (0..<203).map { _ in 1 + random.below(500) }
    let order = random.shuffled(Array(0..<203))
    let batches = Sampling.batches(order, size: 8, frames: { frames[$0] }, using: &random)
    #expect(batches.flatMap { $0 }.sorted() == Array(0..<203))
    #expect(batches.count == 26 && batches.count { $0.count == 8 } == 25 && batches.count { $0.count == 3 } == 1)
    func padding(_ batches: [[Int]]) -> Int {
      batches.reduce(0) { sum, batch in sum + batch.count * (batch.map { frames[$0] }.max() ?? 0) }
    }
    let plain = stride(from: 0, to: 203, by: 8).map { Array(order[$0..<min($0 + 8, 203)]) }
    let real = frames.reduce(0, +)
    #expect(padding(batches) - real < (padding(plain) - real) / 5)
    // Not from the shortest to the longest: the lengths of batches come in random order.
    let lengths = Sampling.batches(order, size: 8, window: 100, frames: { frames[$0] }, using: &random)
      .map { $0.map { frames[$0] }.max() ?? 0 }
    #expect(lengths != lengths.sorted())
    #expect(Sampling.batches([], size: 8, frames: { _ in 1 }, using: &random).isEmpty)
  }
}

/// Properties of batches, for whatever clips there are.
@Suite struct BatchingTests {
  /// Clips with lengths as speech has them, a few very long.
  static func lengths(_ count: Int, seed: UInt64) -> [Int] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { _ in random.below(20) == 0 ? 1000 + random.below(3000) : 50 + random.below(600) }
  }

  @Test(arguments: [(1, 400), (16, 3000), (64, 10_000), (1000, 20_000)], [0, 1, 15, 16, 257] as [Int])
  func everyClipOnceWithinTheBudget(settings: (size: Int, budget: Int), count: Int) {
    let frames = Self.lengths(count, seed: UInt64(count))
    var random = SeededGenerator(seed: 9, settings.size)
    let order = random.shuffled(Array(0..<count))
    let batches = Sampling.batches(
      order, size: settings.size, frameBudget: settings.budget, frames: { frames[$0] }, using: &random)
    #expect(batches.flatMap { $0 }.sorted() == Array(0..<count))
    for batch in batches {
      let padded = batch.count * (batch.map { frames[$0] }.max() ?? 0)
      #expect(!batch.isEmpty && batch.count <= settings.size && (padded <= settings.budget || batch.count == 1))
    }
    var again = SeededGenerator(seed: 9, settings.size)
    let same = again.shuffled(Array(0..<count))
    #expect(
      Sampling.batches(
        same, size: settings.size, frameBudget: settings.budget, frames: { frames[$0] }, using: &again) == batches)
  }

  @Test func aBudgetFillsBatchesOfLikeSizeInFrames() {
    let frames = Self.lengths(4000, seed: 3)
    var random = SeededGenerator(seed: 4)
    let order = random.shuffled(Array(0..<4000))
    let batches = Sampling.batches(
      order, size: 200, frameBudget: 30_000, frames: { frames[$0] }, using: &random)
    let padded = batches.reduce(0) { sum, batch in sum + batch.count * (batch.map { frames[$0] }.max() ?? 0) }
    #expect(Double(padded) < 1.1 * Double(frames.reduce(0, +)), "less than a tenth is padding")
    #expect(Double(padded) > 0.9 * 30_000 * Double(batches.count), "batches are nearly full")
  }

  @Test(arguments: [nil, 5000]) func halfOfEachBatchIsNeutral(budget: Int?) {
    let frames = Self.lengths(151, seed: 5)
    let clips = (0..<151).map { clip in (clip: clip, label: clip < 30 ? 7 : clip < 120 ? clip % 7 : nil as Int?) }
    for epoch in 0..<20 {
      var random = SeededGenerator(seed: 6, epoch)
      let order = Sampling.neutralExpressive.clips(clips, neutral: 7, using: &random)
      let batches = Sampling.batches(
        order, size: 10, frameBudget: budget, sides: 2, frames: { frames[$0] }, using: &random)
      for batch in batches {
        #expect(batch.count { $0 < 30 } * 2 == batch.count && batch.count <= 10)
        let padded = batch.count * (batch.map { frames[$0] }.max() ?? 0)
        #expect(budget.map { padded <= $0 || batch.count == 2 } ?? true)
      }
      let all = batches.flatMap { $0 }
      #expect(all.filter { $0 >= 30 }.sorted() == Array(30..<120), "the larger side once")
      let neutral = Dictionary(all.filter { $0 < 30 }.map { ($0, 1) }, uniquingKeysWith: +)
      #expect(neutral.count == 30 && neutral.values.allSatisfy { $0 == 3 }, "the smaller side as often as it takes")
    }
    var random = SeededGenerator(seed: 7)
    #expect(Sampling.neutralExpressive.clips(clips, neutral: 3, using: &random).count == 2 * 107)
    #expect(Sampling.neutralExpressive.clips(clips, neutral: 9, using: &random).isEmpty, "nothing is neutral")
    #expect(Sampling.neutralExpressive.clips(clips, neutral: nil, using: &random).isEmpty)
  }

  @Test(arguments: [0, 0.5, 1] as [Double]) func weightedDrawsFollowTheirProbabilities(exponent: Double) {
    var counts: [Int?: Int] = [:]
    let rounds = 400
    for epoch in 0..<rounds {
      var random = SeededGenerator(seed: 8, epoch)
      let drawn = Sampling.weighted(exponent: exponent).clips(SamplingTests.clips, using: &random)
      #expect(drawn.count == 91)
      for clip in drawn { counts[SamplingTests.clips[clip - 100].label, default: 0] += 1 }
    }
    let sizes: [Int?: Double] = [0: 30, 1: 12, 3: 9, nil: 40]
    let weights = sizes.mapValues { pow($0, 1 - exponent) }
    let sum = weights.values.reduce(0, +)
    for (label, weight) in weights {
      let (expected, draws) = (weight / sum, Double(91 * rounds))
      let deviation = (expected * (1 - expected) / draws).squareRoot()
      #expect(abs(Double(counts[label] ?? 0) / draws - expected) < 4 * deviation, "class \(label ?? -1)")
    }
  }
}

@Suite struct MixUpTests {
  @Test func vectorsAndTargetsAreMixedByTheSameShares() throws {
    var random = SeededGenerator(seed: 5)
    let generator = try Generator(seed: 5)
    let mixing = try #require(try MixUp(probability: 1, alpha: 0.4).draw(16, using: &random))
    let shares = try mixing.share.array(of: Float.self)
    let partners = try mixing.partner.array(of: Int.self)
    #expect(shares.allSatisfy { (0...1).contains($0) } && Set(shares).count > 10)
    #expect(partners.sorted() == Array(0..<16))
    let x = try Tensor.randn([16, 5], generator: generator).requireGradient()
    let targets = try Tensor.randn([16, 3], generator: generator).softmax(1)
    for tensor in [x, targets] {
      let (values, mixed) = (try tensor.array(of: Float.self), try mixing(tensor).array(of: Float.self))
      let width = tensor.size(1)
      for i in 0..<16 {
        for j in 0..<width {
          let expected = shares[i] * values[i * width + j] + (1 - shares[i]) * values[partners[i] * width + j]
          #expect(abs(mixed[i * width + j] - expected) < 1e-6)
        }
      }
    }
    #expect(try mixing(targets).sum(1).distance(from: .ones([16])) < 1e-6, "a mixture of distributions is one")
    try mixing(x).sum().backward()
    #expect(try x.gradient?.sum().distance(from: Tensor([80 as Float]).reshaped([])) ?? 1 < 1e-5)
  }

  @Test func batchesAreMixedWithTheProbability() throws {
    var random = SeededGenerator(seed: 6)
    let mixed = try (0..<2000).count { _ in try MixUp(probability: 0.3, alpha: 0.2).draw(4, using: &random) != nil }
    #expect((520...680).contains(mixed))
    #expect(try MixUp(probability: 0, alpha: 1).draw(4, using: &random) == nil)
    #expect(try MixUp(probability: 1, alpha: 1).draw(1, using: &random) == nil, "a clip alone has no partner")
  }
}

@Suite struct FeatureMaskingTests {
  @Test func masksAreStretchesNoLongerThanTheirShare() throws {
    let x = try Tensor.ones([50, 20])
    var random = SeededGenerator(seed: 7)
    var lengths: (time: Set<Int>, band: Set<Int>) = ([], [])
    for _ in 0..<200 {
      let time = try FeatureMasking(timeMasks: 1, timeShare: 0.2)(x, using: &random)
      let rows = try time.sum(1).array(of: Int.self)
      #expect(rows.allSatisfy { $0 == 0 || $0 == 20 })
      lengths.time.insert(try stretch(rows.map { $0 == 0 }))
      let band = try FeatureMasking(bandMasks: 1, bandShare: 0.25)(x, using: &random)
      let columns = try band.sum(0).array(of: Int.self)
      #expect(columns.allSatisfy { $0 == 0 || $0 == 50 })
      lengths.band.insert(try stretch(columns.map { $0 == 0 }))
    }
    #expect(lengths.time == Set(0...10) && lengths.band == Set(0...5))
  }

  @Test func statesSideBySideAreMaskedInTheSameBand() throws {
    let x = try Tensor.ones([9, 8])
    let masking = FeatureMasking(timeMasks: 1, timeShare: 0.3, bandMasks: 1, bandShare: 0.5)
    for seed in 0..<20 as Range<UInt64> {
      var (one, three) = (SeededGenerator(seed: seed), SeededGenerator(seed: seed))
      let masked = try masking(x, using: &one)
      let side = try masking(Tensor.concatenated([x, x, x], dimension: 1), states: 3, using: &three)
      #expect(try side.equals(Tensor.concatenated([masked, masked, masked], dimension: 1)))
    }
  }

  @Test func noMaskAndTooLargeAShare() throws {
    let x = try Tensor.ones([5, 2])
    var random = SeededGenerator(seed: 8)
    #expect(try FeatureMasking()(x, using: &random).equals(x))
    for _ in 0..<50 {
      let masked = try FeatureMasking(timeMasks: 3, timeShare: 7, bandMasks: 2, bandShare: -1)(x, using: &random)
      #expect(masked.shape == [5, 2])
    }
    var again = SeededGenerator(seed: 8)
    var other = SeededGenerator(seed: 8)
    let masking = FeatureMasking(timeMasks: 2, timeShare: 0.8, bandMasks: 1, bandShare: 0.5)
    #expect(try masking(x, using: &again).equals(masking(x, using: &other)))
  }

  /// The length of the only stretch of true.
  private func stretch(_ masked: [Bool]) throws -> Int {
    guard let first = masked.firstIndex(of: true), let last = masked.lastIndex(of: true) else { return 0 }
    #expect(masked[first...last].allSatisfy { $0 })
    return last - first + 1
  }
}
