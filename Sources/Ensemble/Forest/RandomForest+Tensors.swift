import Foundation
import Tensors

extension RandomForest {
  /// The forest as tensors, each name behind `prefix`:
  /// `thresholds` float32, `features` int32 and `children` int32 (nodes), where a leaf has the feature -1 and its place
  /// among the leaves as child; `roots` int64 (trees); `shares` float64 (leaves, classes); `importances` float64.
  func tensors(_ prefix: String) throws -> [String: Tensor] {
    let leaves = shares.count / stride
    var compact: [Double] = []
    compact.reserveCapacity(leaves * classCount)
    for leaf in 0..<leaves { compact += shares[leaf * stride..<leaf * stride + classCount] }
    return [
      prefix + "thresholds": try Tensor(nodes.map { $0.isLeaf ? 0 : $0.threshold }),
      prefix + "features": try Tensor(nodes.map { $0.isLeaf ? -1 : Int32($0.feature) }),
      prefix + "children": try Tensor(nodes.map { Int32($0.isLeaf ? $0.leaf : $0.child) }),
      prefix + "roots": try Tensor(trees.map { Int64($0.root) }),
      prefix + "shares": try Tensor(compact, shape: [leaves, classCount]),
      prefix + "importances": try Tensor(importances),
    ]
  }

  /// A forest of the tensors of a file, every one of which is checked: a forged file can't lead a row out of its tree.
  ///
  /// - Throws: `EnsembleError.file`, which names the tensor
  init(_ file: SafeTensors, _ prefix: String, columnCount: Int, classCount: Int) throws {
    func fault(_ name: String, _ problem: String) -> EnsembleError {
      .file(file.url.path, problem: "the tensor '\(prefix)\(name)' \(problem)")
    }
    func elements<Scalar: TensorScalar>(_ name: String, _ shape: (Int?, Int?)) throws -> [Scalar] {
      guard let found = file.shape(of: prefix + name) else { throw fault(name, "is missing") }
      let expected = [shape.0, shape.1]
      guard file.dtype(of: prefix + name) == Scalar.dtype, found.count == (shape.1 == nil ? 1 : 2),
        zip(found, expected).allSatisfy({ $1 == nil || $0 == $1 })
      else {
        let dtype = file.dtype(of: prefix + name)?.rawValue ?? ""
        throw fault(
          name, "is \(dtype) \(found), which a forest of \(columnCount) features and \(classCount) classes has not")
      }
      return try file.tensor(prefix + name).array()
    }
    let features: [Int32] = try elements("features", (nil, nil))
    let thresholds: [Float] = try elements("thresholds", (features.count, nil))
    let children: [Int32] = try elements("children", (features.count, nil))
    let roots: [Int64] = try elements("roots", (nil, nil))
    let shares: [Double] = try elements("shares", (nil, classCount))
    let importances: [Double] = try elements("importances", (columnCount, nil))
    guard importances.allSatisfy({ (0...1).contains($0) }) else { throw fault("importances", "is not from 0 to 1") }
    let leaves = shares.count / classCount
    for leaf in 0..<leaves {
      let row = shares[leaf * classCount..<(leaf + 1) * classCount]
      guard row.allSatisfy({ (0...1).contains($0) }), abs(row.reduce(0, +) - 1) < 1e-6 else {
        throw fault("shares", "has the row \(leaf), which is no distribution: it must sum to 1")
      }
    }
    guard roots.first == 0, zip(roots, roots.dropFirst()).allSatisfy({ $0 < $1 }), roots.last ?? 0 < features.count
    else {
      throw fault("roots", "must rise from 0 and stay below the number of nodes, \(features.count)")
    }
    var nodes: [TreeNode] = []
    nodes.reserveCapacity(features.count)
    var trees: [Tree] = []
    for (i, root) in roots.enumerated() {
      let range = Int(root)..<(i + 1 < roots.count ? Int(roots[i + 1]) : features.count)
      var depths = [Int](repeating: -1, count: range.count)
      depths[0] = 0
      for place in range {
        let depth = depths[place - range.lowerBound]
        guard depth >= 0 else { throw fault("children", "leaves node \(place) without a parent") }
        let (feature, child) = (Int(features[place]), Int(children[place]))
        if feature == -1 {
          guard (0..<leaves).contains(child) else {
            throw fault("children", "has the leaf \(child) at node \(place); there are \(leaves) leaves")
          }
          nodes.append(.leaf(child, at: place))
          continue
        }
        guard (0..<columnCount).contains(feature) else {
          throw fault("features", "is \(feature) at node \(place); allowed is 0 to \(columnCount - 1), -1 for a leaf")
        }
        guard thresholds[place].isFinite else { throw fault("thresholds", "is not finite at node \(place)") }
        guard child > place, child + 1 < range.upperBound, depths[child - range.lowerBound] < 0,
          depths[child + 1 - range.lowerBound] < 0
        else { throw fault("children", "is \(child) at node \(place), which is not a place for children of its own") }
        depths[child - range.lowerBound] = depth + 1
        depths[child + 1 - range.lowerBound] = depth + 1
        nodes.append(
          TreeNode(threshold: thresholds[place], feature: UInt32(feature), child: UInt32(child), leaf: 0))
      }
      trees.append(Tree(root: range.lowerBound, depth: depths.max() ?? 0))
    }
    let stride = Self.stride(classCount)
    var padded = [Double](repeating: 0, count: leaves * stride)
    for leaf in 0..<leaves {
      for c in 0..<classCount { padded[leaf * stride + c] = shares[leaf * classCount + c] }
    }
    self.init(
      columnCount: columnCount, classCount: classCount, importances: importances, nodes: nodes, trees: trees,
      shares: padded)
  }
}
