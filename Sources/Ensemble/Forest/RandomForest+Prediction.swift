extension RandomForest {
  /// Rows that go through all trees together: few enough to stay in a core's second cache.
  private static let blockRows = 256
  /// Rows that walk down a tree side by side, so that none waits for another's memory.
  private static let lanes = 16

  /// The probability of each class for each row: (rows, classes), the mean of the trees' leaves.
  ///
  /// - Parameter threads: how many threads work; nil takes all cores. The result does not depend on it.
  /// - Throws: `EnsembleError.arguments` for rows of another width than the forest's
  public func probabilities(of features: FeatureMatrix, threads: Int? = nil) throws(EnsembleError) -> [Double] {
    guard features.columnCount == columnCount else {
      throw .arguments("rows have \(features.columnCount) features, but the forest was grown on \(columnCount)")
    }
    let (rows, classes) = (features.rowCount, classCount)
    let blocks = (rows + Self.blockRows - 1) / Self.blockRows
    let parts = inParallel(
      blocks, threads: threads ?? allCores, scratch: { [Double](repeating: 0, count: Self.blockRows * stride) }
    ) { sums, block in
      let first = block * Self.blockRows
      let count = min(Self.blockRows, rows - first)
      sums.withUnsafeMutableBufferPointer { sums in
        sums.update(repeating: 0)
        add(features, first, count, to: sums)
      }
      var means: [Double] = []
      means.reserveCapacity(count * classes)
      for row in 0..<count {
        for c in 0..<classes { means.append(sums[row * stride + c] / Double(trees.count)) }
      }
      return means
    }
    var all: [Double] = []
    all.reserveCapacity(rows * classes)
    for part in parts { all += part }
    return all
  }

  /// Adds the shares of the leaves that rows end in.
  private func add(
    _ features: FeatureMatrix, _ first: Int, _ count: Int, to sums: UnsafeMutableBufferPointer<Double>
  ) {
    features.values.withUnsafeBufferPointer { values in
      nodes.withUnsafeBufferPointer { nodes in
        shares.withUnsafeBytes { shares in
          withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.lanes) { places in
            guard let values = values.baseAddress, let nodes = nodes.baseAddress, let shares = shares.baseAddress,
              let sums = sums.baseAddress, let places = places.baseAddress
            else { return }
            for tree in trees {
              for start in Swift.stride(from: 0, to: count, by: Self.lanes) {
                let lanes = min(Self.lanes, count - start)
                walk(tree, values + (first + start) * columnCount, lanes, nodes, places)
                addLeaves(lanes, nodes, places, shares, sums + start * stride)
              }
            }
          }
        }
      }
    }
  }

  /// Takes rows, which begin at `rows`, down a tree; `places` then holds the leaves' places among the nodes.
  @inline(__always)
  private func walk(
    _ tree: Tree, _ rows: UnsafePointer<Float>, _ lanes: Int, _ nodes: UnsafePointer<TreeNode>,
    _ places: UnsafeMutablePointer<UInt32>
  ) {
    let width = columnCount
    places.initialize(repeating: UInt32(tree.root), count: Self.lanes)
    @inline(__always) func step(_ lane: Int) {
      let node = nodes[Int(places[lane])]
      let isRight: UInt32 = rows[lane &* width &+ Int(node.feature)] > node.threshold ? 1 : 0
      places[lane] = node.child &+ isRight
    }
    if lanes == Self.lanes {
      // A count that the compiler knows lets it unroll the loop.
      for _ in 0..<tree.depth { for lane in 0..<Self.lanes { step(lane) } }
    } else {
      for _ in 0..<tree.depth { for lane in 0..<lanes { step(lane) } }
    }
  }

  @inline(__always)
  private func addLeaves(
    _ lanes: Int, _ nodes: UnsafePointer<TreeNode>, _ places: UnsafePointer<UInt32>, _ shares: UnsafeRawPointer,
    _ sums: UnsafeMutablePointer<Double>
  ) {
    let quarters = stride / 4
    let sums = UnsafeMutableRawPointer(sums)
    let size = MemoryLayout<SIMD4<Double>>.stride
    for lane in 0..<lanes {
      let leaf = shares + Int(nodes[Int(places[lane])].leaf) &* quarters &* size
      let sum = sums + lane &* quarters &* size
      for quarter in 0..<quarters {
        // Arrays of Double are aligned to 16 bytes alone.
        let total =
          (sum + quarter &* size).loadUnaligned(as: SIMD4<Double>.self)
          + (leaf + quarter &* size).loadUnaligned(as: SIMD4<Double>.self)
        (sum + quarter &* size).storeBytes(of: total, as: SIMD4<Double>.self)
      }
    }
  }
}
