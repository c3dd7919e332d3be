import Basics
import Foundation

/// How a test set is drawn anew: the bootstrap (Efron 1979).
public struct Resampling: Equatable, Sendable {
  /// What is drawn.
  public enum Unit: Equatable, Sendable {
    /// Utterances, within each label, so that each resample has as many of each class as the set.
    case utterances
    /// Whole groups of utterances by a column of the labels, such as `SpkrID`: utterances of one speaker resemble each
    /// other, and an interval that takes them for independent is too narrow.
    case groups(column: String)
  }

  /// What is drawn.
  public var unit: Unit
  /// How many resamples.
  public var count: Int
  /// The same seed gives the same resamples on every machine and any number of threads.
  public var seed: UInt64
  /// The confidence of intervals.
  public var confidence: Double

  /// Resampling as it is mostly done.
  public init(unit: Unit = .utterances, count: Int = 1000, seed: UInt64 = 0, confidence: Double = 0.95) {
    self.unit = unit
    self.count = count
    self.seed = seed
    self.confidence = confidence
  }

  /// In words.
  public var description: String {
    let percent = "\((confidence * 1000).rounded() / 10)".replacing(".0", with: "")
    return switch unit {
    case .utterances: "\(percent) % intervals, \(count) bootstrap resamples of utterances within each label"
    case .groups(let column): "\(percent) % intervals, \(count) bootstrap resamples of whole groups by \(column)"
    }
  }
}

/// Draws resamples as weights: how often each utterance is in each of 16 resamples, which are worked on together.
struct ResampleWeights: Sendable {
  /// Resamples in a block.
  static let lanes = 16

  /// The number of rows.
  let rows: Int
  /// The number of blocks.
  let blocks: Int
  private let resampling: Resampling
  /// Where each stratum ends; the rows are sorted by stratum.
  private let ends: [Int]
  /// The group of each row, where whole groups are drawn.
  private let groups: [Int32]
  private let groupCount: Int

  /// - Parameters:
  ///   - strata: sizes of the strata, in the order of the rows
  ///   - groups: the group of each row, from 0; empty to draw rows
  init(_ resampling: Resampling, strata: [Int], groups: [Int32]) {
    self.resampling = resampling
    rows = strata.reduce(0, +)
    blocks = (resampling.count + Self.lanes - 1) / Self.lanes
    var end = 0
    ends = strata.map { size in
      end += size
      return end
    }
    self.groups = groups
    groupCount = groups.max().map { Int($0) + 1 } ?? 0
  }

  /// Fills `weights`, (rows, 16), with the resamples of a block.
  func fill(_ weights: UnsafeMutablePointer<UInt8>, block: Int) {
    let lanes = Self.lanes
    let units = groups.isEmpty ? rows : groupCount
    // Drawing into one array at a time keeps it in the cache.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(units, 1)) { lane in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: groups.isEmpty ? 1 : max(units, 1) * lanes) { table in
        for number in 0..<lanes {
          lane.update(repeating: 0)
          draw(into: lane, resample: block * lanes + number)
          if groups.isEmpty {
            for row in 0..<rows { weights[row * lanes + number] = lane[row] }
          } else {
            for group in 0..<units { table[group * lanes + number] = lane[group] }
          }
        }
        if !groups.isEmpty {
          groups.withUnsafeBufferPointer { groups in
            for row in 0..<rows {
              let from = Int(groups[row]) * lanes
              for number in 0..<lanes { weights[row * lanes + number] = table[from + number] }
            }
          }
        }
      }
    }
  }

  private func draw(into lane: UnsafeMutableBufferPointer<UInt8>, resample: Int) {
    var random = SeededGenerator(seed: resampling.seed, resample)
    func add(_ start: Int, _ count: Int) {
      // Two draws of 32 bits from each number; the bias of a multiplication is below 1e-3 of a draw in all.
      let bound = UInt64(count)
      var left = count
      while left > 1 {
        let bits = random.next()
        lane[start + Int(((bits & 0xFFFF_FFFF) &* bound) >> 32)] &+= 1
        lane[start + Int(((bits >> 32) &* bound) >> 32)] &+= 1
        left -= 2
      }
      if left == 1 { lane[start + random.below(count)] &+= 1 }
    }
    if groups.isEmpty {
      var start = 0
      for end in ends {
        add(start, end - start)
        start = end
      }
    } else {
      add(0, groupCount)
    }
  }
}
