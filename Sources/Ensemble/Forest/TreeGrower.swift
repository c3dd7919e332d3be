import Basics

/// Grows trees one after another, in memory of its own; each thread has one.
///
/// Splits are exact: every boundary between neighbouring values of the drawn features is considered, as scikit-learn's
/// best splitter does. Rows come into order without sorting: each sets the bit of its rank, and the bits are read in
/// turn. Sums of weights and of their squares are whole numbers, which doubles hold exactly.
final class TreeGrower<Rank: FixedWidthInteger & UnsignedInteger & Sendable> {
  private let columns: [RankedColumns<Rank>.Column]
  private let labels: [UInt8]
  private let classCount: Int
  private let settings: ForestSettings
  private let featuresPerSplit: Int

  /// The tree's rows, those of a node side by side and rising, and what each brings: its class, and how often it was
  /// drawn in the lower 8 bits.
  private let rows: UnsafeMutablePointer<Rank>
  private let items: UnsafeMutablePointer<UInt16>
  private let spareRows: UnsafeMutablePointer<Rank>
  private let spareItems: UnsafeMutablePointer<UInt16>
  private let draws: UnsafeMutablePointer<UInt8>
  /// Items by rank; where `words` has a bit, there is one. `summary` has a bit for each word that is not empty.
  private let scattered: UnsafeMutablePointer<UInt16>
  private let words: UnsafeMutablePointer<UInt64>
  private let summary: UnsafeMutablePointer<UInt64>
  private let summaryCount: Int
  /// A node's items in the order of a feature, and their ranks.
  private let ordered: UnsafeMutablePointer<UInt16>
  private let orderedRanks: UnsafeMutablePointer<Rank>
  /// Weights by class: of the node, and of what lies left of a boundary.
  private let totals: UnsafeMutablePointer<Double>
  private let left: UnsafeMutablePointer<Double>
  private var features: [Int]

  /// A grower of trees on these columns; `labels` has a class for each row.
  init(_ ranked: RankedColumns<Rank>, labels: [UInt8], classCount: Int, settings: ForestSettings) {
    columns = ranked.columns
    self.labels = labels
    self.classCount = classCount
    self.settings = settings
    featuresPerSplit = settings.featuresPerSplit.count(of: columns.count)
    features = Array(columns.indices)
    let count = ranked.rowCount
    let wordCount = (count + 63) / 64
    summaryCount = (wordCount + 63) / 64
    rows = .allocate(capacity: count)
    items = .allocate(capacity: count)
    // Partitioning writes one place beyond what it keeps.
    spareRows = .allocate(capacity: count + 1)
    spareItems = .allocate(capacity: count + 1)
    draws = .allocate(capacity: count)
    scattered = .allocate(capacity: count)
    words = .allocate(capacity: wordCount)
    words.initialize(repeating: 0, count: wordCount)
    summary = .allocate(capacity: summaryCount)
    summary.initialize(repeating: 0, count: summaryCount)
    ordered = .allocate(capacity: count)
    orderedRanks = .allocate(capacity: count)
    totals = .allocate(capacity: classCount)
    left = .allocate(capacity: classCount)
  }

  deinit {
    for memory in [rows, spareRows, orderedRanks] { memory.deallocate() }
    for memory in [items, spareItems, scattered, ordered] { memory.deallocate() }
    for memory in [words, summary] { memory.deallocate() }
    for memory in [totals, left] { memory.deallocate() }
    draws.deallocate()
  }

  /// Part of the rows that still is to become a node.
  private struct Pending {
    var node: Int
    var range: Range<Int>
    var depth: Int
  }

  /// Where a node is parted. Proxies are compared as fractions: what is maximised is the sum over both sides of the
  /// squared class weights over the weight, which falls short of the parent's weight by the children's impurity.
  private struct Split {
    var feature = -1
    /// The last rank that goes left.
    var rank = 0
    var threshold: Float = 0
    var numerator = -1.0
    var denominator = 1.0
  }

  /// Grows a tree.
  func tree(_ generator: inout SeededGenerator) -> DecisionTree {
    let count = drawRows(&generator)
    for i in features.indices { features[i] = i }
    var tree = DecisionTree(importances: [Double](repeating: 0, count: columns.count))
    tree.nodes.append(.leaf(0, at: 0))
    var pending = [Pending(node: 0, range: 0..<count, depth: 0)]
    while let next = pending.popLast() {
      let (weight, squares) = total(next.range)
      tree.depth = max(tree.depth, next.depth)
      guard canSplit(next, weight: weight, squares: squares),
        let split = bestSplit(next.range, weight: weight, squares: squares, &generator)
      else {
        let leaf = tree.shares.count / classCount
        for c in 0..<classCount { tree.shares.append(totals[c] / weight) }
        tree.nodes[next.node] = .leaf(leaf, at: next.node)
        continue
      }
      let gain = split.numerator / split.denominator - squares / weight
      tree.importances[split.feature] += max(gain, 0)
      let middle = part(next.range, split)
      let child = tree.nodes.count
      tree.nodes[next.node] = TreeNode(
        threshold: split.threshold, feature: UInt32(split.feature), child: UInt32(child), leaf: 0)
      tree.nodes.append(.leaf(0, at: child))
      tree.nodes.append(.leaf(0, at: child + 1))
      pending.append(Pending(node: child + 1, range: middle..<next.range.upperBound, depth: next.depth + 1))
      pending.append(Pending(node: child, range: next.range.lowerBound..<middle, depth: next.depth + 1))
    }
    let sum = tree.importances.reduce(0, +)
    if sum > 0 { for i in tree.importances.indices { tree.importances[i] /= sum } }
    return tree
  }

  /// Chooses the tree's rows, and returns how many different ones there are.
  private func drawRows(_ generator: inout SeededGenerator) -> Int {
    let rowCount = labels.count
    draws.initialize(repeating: settings.bootstrap ? 0 : 1, count: rowCount)
    if settings.bootstrap {
      var left = rowCount
      while left > 0 {
        let row = generator.below(rowCount)
        // 8 bits hold what ever happens: 256 draws of one row have a probability below 1e-500.
        guard draws[row] < 255 else { continue }
        draws[row] += 1
        left -= 1
      }
    }
    var count = 0
    for row in 0..<rowCount where draws[row] > 0 {
      rows[count] = Rank(truncatingIfNeeded: row)
      items[count] = UInt16(labels[row]) << 8 | UInt16(draws[row])
      count += 1
    }
    return count
  }

  /// Sums the weights of each class into `totals`; returns the sum and the sum of the squares.
  private func total(_ range: Range<Int>) -> (weight: Double, squares: Double) {
    totals.initialize(repeating: 0, count: classCount)
    for i in range { totals[Int(items[i] >> 8)] += Double(items[i] & 255) }
    var (weight, squares) = (0.0, 0.0)
    for c in 0..<classCount {
      weight += totals[c]
      squares += totals[c] * totals[c]
    }
    return (weight, squares)
  }

  private func canSplit(_ node: Pending, weight: Double, squares: Double) -> Bool {
    let isPure = squares == weight * weight
    return !isPure && node.depth < settings.depth ?? .max
      && node.range.count >= settings.minSplit && node.range.count / 2 >= settings.minLeaf
  }

  /// The best boundary of the drawn features; nil where all features are constant or none leaves enough on both sides.
  private func bestSplit(
    _ range: Range<Int>, weight: Double, squares: Double, _ generator: inout SeededGenerator
  ) -> Split? {
    var best = Split()
    var hasVariation = false
    for drawn in features.indices {
      guard drawn < featuresPerSplit || !hasVariation else { break }
      features.swapAt(drawn, drawn + generator.below(features.count - drawn))
      let feature = features[drawn]
      guard !columns[feature].isConstant else { continue }
      let varies = columns[feature].ranks.withUnsafeBufferPointer { ranks in
        columns[feature].sorted.withUnsafeBufferPointer { sorted in
          order(range, ranks)
          let last = range.count - 1
          guard RankedColumns<Rank>.differ(sorted[Int(orderedRanks[0])], sorted[Int(orderedRanks[last])]) else {
            return false
          }
          search(feature, count: range.count, weight: weight, squares: squares, sorted, &best)
          return true
        }
      }
      if varies { hasVariation = true }
    }
    return best.feature < 0 ? nil : best
  }

  /// Brings the node's items into the order of their ranks.
  private func order(_ range: Range<Int>, _ ranks: UnsafeBufferPointer<Rank>) {
    // Known not to change while memory is written.
    let (rows, items, scattered, words, summary) = (self.rows, self.items, self.scattered, self.words, self.summary)
    let (ordered, orderedRanks) = (self.ordered, self.orderedRanks)
    for i in range {
      let rank = Int(ranks[Int(rows[i])])
      scattered[rank] = items[i]
      words[rank &>> 6] |= 1 &<< UInt64(truncatingIfNeeded: rank & 63)
      summary[rank &>> 12] |= 1 &<< UInt64(truncatingIfNeeded: rank &>> 6 & 63)
    }
    var place = 0
    for s in 0..<summaryCount {
      var filled = summary[s]
      summary[s] = 0
      while filled != 0 {
        let word = s &<< 6 | filled.trailingZeroBitCount
        filled &= filled &- 1
        var bits = words[word]
        words[word] = 0
        while bits != 0 {
          let rank = word &<< 6 | bits.trailingZeroBitCount
          bits &= bits &- 1
          ordered[place] = scattered[rank]
          orderedRanks[place] = Rank(truncatingIfNeeded: rank)
          place &+= 1
        }
      }
    }
  }

  /// Goes through the boundaries between neighbours in `ordered`, and replaces `best` where one is better.
  private func search(
    _ feature: Int, count: Int, weight: Double, squares: Double, _ sorted: UnsafeBufferPointer<Float>,
    _ best: inout Split
  ) {
    let hasTies = columns[feature].hasTies
    let minLeaf = settings.minLeaf
    let (ordered, orderedRanks, left, totals) = (self.ordered, self.orderedRanks, self.left, self.totals)
    left.initialize(repeating: 0, count: classCount)
    // Of the weights left of the boundary: the sum, the sum of the squares, and that of the products with the totals.
    var (sum, leftSquares, products) = (0.0, 0.0, 0.0)
    var (numerator, denominator, boundary) = (best.numerator, best.denominator, -1)
    @inline(__always) func move(_ i: Int) {
      let c = Int(ordered[i] &>> 8)
      let w = Double(Int32(ordered[i] & 255))
      let before = left[c]
      leftSquares += w * (before + before + w)
      products += w * totals[c]
      left[c] = before + w
      sum += w
    }
    for i in 0..<minLeaf - 1 { move(i) }
    var i = minLeaf
    while i <= count - minLeaf {
      move(i &- 1)
      // The right side's squares are squares - 2 products + leftSquares.
      let over = leftSquares * weight + (squares - products - products) * sum
      let under = sum * (weight - sum)
      if over * denominator > numerator * under,
        !hasTies || RankedColumns<Rank>.differ(sorted[Int(orderedRanks[i &- 1])], sorted[Int(orderedRanks[i])])
      {
        (numerator, denominator, boundary) = (over, under, i)
      }
      i &+= 1
    }
    guard boundary > 0 else { return }
    let (low, high) = (Int(orderedRanks[boundary - 1]), Int(orderedRanks[boundary]))
    best = Split(
      feature: feature, rank: low, threshold: Self.middle(sorted[low], sorted[high]), numerator: numerator,
      denominator: denominator)
  }

  /// The middle of two floats, rounded down: for features that are floats, comparing with it is the same as comparing
  /// with the exact middle.
  private static func middle(_ low: Float, _ high: Float) -> Float {
    let exact = Double(low) / 2 + Double(high) / 2
    let nearest = Float(exact)
    return Double(nearest) > exact ? nearest.nextDown : nearest
  }

  /// Parts a node's rows, each side keeping its order, and returns where the right side begins.
  private func part(_ range: Range<Int>, _ split: Split) -> Int {
    let (rows, items, spareRows, spareItems) = (self.rows, self.items, self.spareRows, self.spareItems)
    return columns[split.feature].ranks.withUnsafeBufferPointer { ranks in
      var (leftEnd, rightCount) = (range.lowerBound, 0)
      for i in range {
        let (row, item) = (rows[i], items[i])
        let goesLeft = Int(ranks[Int(row)]) <= split.rank ? 1 : 0
        rows[leftEnd] = row
        items[leftEnd] = item
        spareRows[rightCount] = row
        spareItems[rightCount] = item
        leftEnd &+= goesLeft
        rightCount &+= 1 &- goesLeft
      }
      (rows + leftEnd).update(from: spareRows, count: rightCount)
      (items + leftEnd).update(from: spareItems, count: rightCount)
      return leftEnd
    }
  }
}
