import Basics

/// A random forest for classification (Breiman 2001), grown as scikit-learn grows one: Gini impurity, exact splits,
/// thresholds midway between neighbouring values, class probabilities averaged over the trees.
///
/// The same settings, seed and data give the same forest on any number of threads.
public struct RandomForest: Equatable, Sendable {
  /// The number of features of a row.
  public let columnCount: Int
  /// The number of classes.
  public let classCount: Int
  /// What each feature's splits took from the Gini impurity, averaged over the trees; the sum is 1, or 0 where no tree
  /// has a split.
  public let importances: [Double]
  /// The nodes of all trees; children are places in this array.
  let nodes: [TreeNode]
  /// The root and the depth of each tree.
  let trees: [Tree]
  /// The share of each class in each leaf: (leaves, `stride`), with zeros behind the classes.
  let shares: [Double]

  struct Tree: Equatable, Sendable {
    var root: Int
    var depth: Int
  }

  /// The places that a leaf takes in `shares`.
  var stride: Int { Self.stride(classCount) }

  static func stride(_ classCount: Int) -> Int { (classCount + 3) / 4 * 4 }

  /// The most classes that there may be.
  public static let mostClasses = 256

  /// The number of trees.
  public var treeCount: Int { trees.count }

  init(columnCount: Int, classCount: Int, importances: [Double], nodes: [TreeNode], trees: [Tree], shares: [Double]) {
    self.columnCount = columnCount
    self.classCount = classCount
    self.importances = importances
    self.nodes = nodes
    self.trees = trees
    self.shares = shares
  }

  /// Grows a forest.
  ///
  /// - Parameters:
  ///   - features: a row for each utterance, at least one
  ///   - labels: the class of each row, from 0
  ///   - classCount: the number of classes, of which some may not occur
  ///   - seed: decides every draw. Each tree has a generator of its own, so that the number of threads changes nothing.
  ///   - threads: how many threads work; nil takes all cores
  /// - Throws: `EnsembleError` for labels that do not fit and settings that can't be
  public init(
    _ features: FeatureMatrix, labels: [Int], classCount: Int, settings: ForestSettings = .init(), seed: UInt64 = 0,
    threads: Int? = nil
  ) throws(EnsembleError) {
    try settings.check(columns: features.columnCount)
    guard features.rowCount > 0 else { throw .arguments("a forest needs at least one row to grow on; there is none") }
    guard features.rowCount == labels.count else {
      throw .arguments("there are \(features.rowCount) rows and \(labels.count) labels; each row has one label")
    }
    guard (1...Self.mostClasses).contains(classCount) else {
      throw .setting(name: "the number of classes", value: "\(classCount)", allowed: "1 to \(Self.mostClasses)")
    }
    if let row = labels.firstIndex(where: { !(0..<classCount).contains($0) }) {
      throw .arguments("the label of row \(row) is \(labels[row]); allowed is 0 to \(classCount - 1)")
    }
    let threads = threads ?? allCores
    let classes = labels.map { UInt8($0) }
    let grown =
      features.rowCount <= Int(UInt16.max) + 1
      ? Self.grow(RankedColumns<UInt16>(features, threads: threads), classes, classCount, settings, seed, threads)
      : Self.grow(RankedColumns<UInt32>(features, threads: threads), classes, classCount, settings, seed, threads)
    self.init(joining: grown, columnCount: features.columnCount, classCount: classCount)
  }

  private static func grow<Rank: FixedWidthInteger & UnsignedInteger & Sendable>(
    _ ranked: RankedColumns<Rank>, _ labels: [UInt8], _ classCount: Int, _ settings: ForestSettings, _ seed: UInt64,
    _ threads: Int
  ) -> [DecisionTree] {
    inParallel(
      settings.trees, threads: threads,
      scratch: { TreeGrower(ranked, labels: labels, classCount: classCount, settings: settings) }
    ) { grower, tree in
      var generator = SeededGenerator(seed: seed, tree)
      return grower.tree(&generator)
    }
  }

  /// Puts trees side by side.
  private init(joining grown: [DecisionTree], columnCount: Int, classCount: Int) {
    var nodes: [TreeNode] = []
    var trees: [Tree] = []
    var shares: [Double] = []
    var importances = [Double](repeating: 0, count: columnCount)
    let padding = [Double](repeating: 0, count: Self.stride(classCount) - classCount)
    var leaves = 0
    for tree in grown {
      let root = nodes.count
      trees.append(Tree(root: root, depth: tree.depth))
      for var node in tree.nodes {
        node.child += UInt32(root)
        if node.isLeaf { node.leaf += UInt32(leaves) }
        nodes.append(node)
      }
      leaves += tree.shares.count / classCount
      for start in Swift.stride(from: 0, to: tree.shares.count, by: classCount) {
        shares += tree.shares[start..<start + classCount]
        shares += padding
      }
      for (i, importance) in tree.importances.enumerated() { importances[i] += importance }
    }
    let sum = importances.reduce(0, +)
    if sum > 0 { for i in importances.indices { importances[i] /= sum } }
    self.init(
      columnCount: columnCount, classCount: classCount, importances: importances, nodes: nodes, trees: trees,
      shares: shares)
  }
}
