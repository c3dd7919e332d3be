/// The columns of a training set, sorted once for all trees: a tree then orders the rows of a node by their ranks, which
/// are small whole numbers, instead of comparing features.
struct RankedColumns<Rank: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
  let rowCount: Int
  /// One for each feature.
  let columns: [Column]

  struct Column: Sendable {
    /// The place of each row in the order of the feature, each place taken once.
    var ranks: [Rank]
    /// The feature in that order.
    var sorted: [Float]
    /// Whether neighbours in that order count as equal somewhere.
    var hasTies: Bool
    /// Whether all rows count as equal.
    var isConstant: Bool
  }

  /// Whether two neighbours in the order are different enough to split between, as scikit-learn has it: by more than
  /// 1e-7, computed in float32.
  static func differ(_ low: Float, _ high: Float) -> Bool { high > low + 1e-7 }

  init(_ matrix: FeatureMatrix, threads: Int) {
    let (rows, width) = (matrix.rowCount, matrix.columnCount)
    rowCount = rows
    columns = inParallel(width, threads: threads, scratch: { RadixSort(count: rows) }) { sort, column in
      matrix.values.withUnsafeBufferPointer { values in
        for row in 0..<rows {
          sort.keys[row] = UInt64(Self.ordered(values[row * width + column])) << 32 | UInt64(row)
        }
      }
      sort.sort()
      var ranks = [Rank](repeating: 0, count: rows)
      var sorted = [Float](repeating: 0, count: rows)
      var hasTies = false
      for place in 0..<rows {
        ranks[Int(sort.keys[place] & 0xFFFF_FFFF)] = Rank(truncatingIfNeeded: place)
        sorted[place] = Self.float(UInt32(sort.keys[place] >> 32))
        if place > 0, !Self.differ(sorted[place - 1], sorted[place]) { hasTies = true }
      }
      let isConstant = rows == 0 || !Self.differ(sorted[0], sorted[rows - 1])
      return Column(ranks: ranks, sorted: sorted, hasTies: hasTies, isConstant: isConstant)
    }
  }

  /// A whole number that is ordered as the finite float is.
  private static func ordered(_ value: Float) -> UInt32 {
    // Minus zero is zero.
    let bits = (value + 0).bitPattern
    return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
  }

  private static func float(_ ordered: UInt32) -> Float {
    Float(bitPattern: ordered & 0x8000_0000 == 0 ? ~ordered : ordered & 0x7FFF_FFFF)
  }
}

/// Sorts numbers by their upper 32 bits, keeping the order of equal ones: three passes of 11 bits.
private struct RadixSort {
  var keys: [UInt64]
  private var spare: [UInt64]

  init(count: Int) {
    keys = [UInt64](repeating: 0, count: count)
    spare = keys
  }

  mutating func sort() {
    for shift in [32, 43, 54] as [UInt64] {
      var starts = [Int](repeating: 0, count: 2048)
      for key in keys { starts[Int(key >> shift & 2047)] += 1 }
      var start = 0
      for digit in starts.indices {
        start += starts[digit]
        starts[digit] = start - starts[digit]
      }
      for key in keys {
        let digit = Int(key >> shift & 2047)
        spare[starts[digit]] = key
        starts[digit] += 1
      }
      swap(&keys, &spare)
    }
  }
}
