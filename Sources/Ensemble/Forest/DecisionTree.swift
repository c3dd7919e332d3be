/// A place of a tree where rows part, or end. 16 bytes, of which four nodes fill a line of the cache.
struct TreeNode: Equatable, Sendable {
  /// Rows whose feature is at most this go left. A leaf's is infinite, and its left child the leaf itself, so that
  /// walking on from a leaf stays there.
  var threshold: Float
  /// The feature's column.
  var feature: UInt32
  /// The left child's place; the right child follows it.
  var child: UInt32
  /// A leaf's place among the leaves.
  var leaf: UInt32

  /// A leaf at `place`.
  static func leaf(_ leaf: Int, at place: Int) -> TreeNode {
    TreeNode(threshold: .infinity, feature: 0, child: UInt32(place), leaf: UInt32(leaf))
  }

  var isLeaf: Bool { threshold == .infinity }
}

/// A tree that was grown.
struct DecisionTree: Sendable {
  /// The root first; children follow their parents.
  var nodes: [TreeNode] = []
  /// The share of each class in each leaf: (leaves, classes).
  var shares: [Double] = []
  /// The most splits between root and leaf.
  var depth = 0
  /// What each feature's splits took from the Gini impurity; the sum is 1, or 0 for a tree without splits.
  var importances: [Double]
}
