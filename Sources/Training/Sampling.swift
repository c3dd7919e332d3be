public import Basics
import Foundation

/// Which clips an epoch goes through.
public enum Sampling: Equatable, Sendable {
  /// All clips once, in the corpus's own distribution.
  case natural
  /// As many clips of each class as the rarest has, drawn afresh each epoch without replacement, and clips without
  /// consensus numbering `noConsensusShare` of these.
  case balanced(noConsensusShare: Double)
  /// As many clips as there are, drawn with replacement: a class of n clips is drawn with a probability proportional to
  /// n^(1 - exponent), so that 0 is the corpus's own distribution and 1 draws all classes alike. Clips without consensus
  /// are a class of their own.
  case weighted(exponent: Double)
  /// As many clips as there are, those of large corpora, of speakers with many clips and of frequent classes less often.
  case evened(EvenedShares)
  /// Neutral and expressive clips in turn, as many of one as of the other in each batch (the second design of UNICAMP's
  /// system). All clips of the larger side once; those of the smaller are gone through as often as it takes, in a fresh
  /// order each time. Clips without consensus are on neither side.
  case neutralExpressive

  /// How many sides take turns in the order that `clips` gives; batches are made of as many of each.
  var sides: Int { self == .neutralExpressive ? 2 : 1 }

  /// The clips of one epoch, in random order.
  ///
  /// - Parameters:
  ///   - consensus: the class of each clip that may be drawn, nil for one without consensus
  ///   - neutral: the class that is neutral; nil where there is none
  ///   - origin: where a clip comes from
  public func clips(
    _ consensus: [(clip: Int, label: Int?)], neutral: Int? = nil, origin: (Int) -> ClipOrigin = { _ in ClipOrigin() },
    using random: inout SeededGenerator
  ) -> [Int] {
    switch self {
    case .natural: return random.shuffled(consensus.map(\.clip))
    case .balanced(let share):
      let byClass = Dictionary(grouping: consensus.filter { $0.label != nil }) { $0.label ?? 0 }
      let perClass = byClass.values.map(\.count).min() ?? 0
      // Sorted: a dictionary's own order differs from run to run.
      var drawn = byClass.sorted { $0.key < $1.key }.flatMap { _, clips in
        random.shuffled(clips.map(\.clip)).prefix(perClass)
      }
      let without = random.shuffled(consensus.filter { $0.label == nil }.map(\.clip))
      drawn += without.prefix(Int(min(share * Double(drawn.count), Double(without.count)).rounded()))
      return random.shuffled(drawn)
    case .weighted(let exponent):
      let byClass = Dictionary(grouping: consensus) { $0.label ?? -1 }.sorted { $0.key < $1.key }.map(\.value)
      let weights = byClass.map { pow(Double($0.count), 1 - exponent) }
      return consensus.map { _ in random.pick(byClass[random.pick(weights: weights)]).clip }
    case .evened(let shares):
      return shares.clips(
        consensus.map { (clip: $0.clip, label: $0.label, origin: origin($0.clip)) }, using: &random)
    case .neutralExpressive:
      let sides = [true, false].map { isNeutral in
        consensus.filter { $0.label != nil && ($0.label == neutral) == isNeutral }.map(\.clip)
      }
      guard let count = sides.map(\.count).max(), sides.allSatisfy({ !$0.isEmpty }) else { return [] }
      let orders = sides.map { side in
        var order: [Int] = []
        while order.count < count { order += random.shuffled(side) }
        return order
      }
      return (0..<count).flatMap { i in orders.map { $0[i] } }
    }
  }
}
