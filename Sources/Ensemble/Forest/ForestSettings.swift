/// How a random forest is grown (Breiman 2001), with scikit-learn's meaning of each setting. The defaults are System A's.
public struct ForestSettings: Codable, Equatable, Sendable {
  /// How many features are tried for each split.
  public enum FeaturesPerSplit: Codable, Equatable, Sendable {
    /// The square root of their number, rounded down.
    case squareRoot
    /// Every feature.
    case all
    /// This many.
    case count(Int)

    /// Of `columns` features.
    func count(of columns: Int) -> Int {
      switch self {
      case .squareRoot: max(1, Int(Double(columns).squareRoot()))
      case .all: columns
      case .count(let count): count
      }
    }
  }

  /// How many trees are grown.
  public var trees = 200
  /// How many splits lie between the root and a leaf at the most; nil sets no limit.
  public var depth: Int? = 8
  /// A split leaves at least so many rows on either side. Of a bootstrap, different rows count.
  public var minLeaf = 10
  /// A node of fewer rows is not split.
  public var minSplit = 10
  /// Features drawn for each split, without replacement. Should all of them be constant, more are drawn until one is not.
  public var featuresPerSplit = FeaturesPerSplit.squareRoot
  /// Whether each tree sees as many rows as there are, drawn with replacement; else all see the same.
  public var bootstrap = true

  /// System A's settings.
  public init() {}

  /// Throws `EnsembleError.setting` for a setting that can't be.
  func check(columns: Int) throws(EnsembleError) {
    func atLeast(_ least: Int, _ value: Int, _ name: String) throws(EnsembleError) {
      guard value >= least else {
        throw .setting(name: name, value: "\(value)", allowed: "\(least) or more")
      }
    }
    try atLeast(1, trees, "the number of trees")
    try atLeast(1, depth ?? 1, "the depth")
    try atLeast(1, minLeaf, "the least number of rows in a leaf")
    try atLeast(2, minSplit, "the least number of rows to split")
    let drawn = featuresPerSplit.count(of: columns)
    guard (1...columns).contains(drawn) else {
      throw .setting(name: "the number of features per split", value: "\(drawn)", allowed: "1 to \(columns)")
    }
  }
}
