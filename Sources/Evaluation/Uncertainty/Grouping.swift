/// A way of dividing utterances: a name, and the group of each utterance.
public struct Grouping: Equatable, Sendable {
  /// What they are divided by, such as `Gender`.
  public let name: String
  /// The groups, in the order in which they are shown.
  public let groups: [String]
  /// The group of each utterance, an index into `groups`; -1 where it belongs to none.
  public let members: [Int]

  /// Groups by the texts of a column, in alphabetical order; an empty text belongs to no group. A column of more than twelve
  /// different numbers is divided at its quartiles.
  public init(_ name: String, texts: [String]) {
    let numbers = texts.map { $0.isEmpty ? Double.nan : Double($0) ?? .infinity }
    let isNumeric = numbers.contains { !$0.isNaN } && !numbers.contains(.infinity)
    if isNumeric, Set(texts).count > 12, name != "SpkrID" {
      self.init(name, numbers: numbers, edges: Self.quartiles(numbers))
      return
    }
    let all = Set(texts).subtracting([""])
    let groups = isNumeric ? all.sorted { (Double($0) ?? 0) < (Double($1) ?? 0) } : all.sorted()
    let places = Dictionary(uniqueKeysWithValues: groups.enumerated().map { ($0.element, $0.offset) })
    self.init(name, groups: groups, members: texts.map { places[$0] ?? -1 })
  }

  private init(_ name: String, groups: [String], members: [Int]) {
    self.name = name
    self.groups = groups
    self.members = members
  }

  /// Groups by numbers: below the first edge, from each edge up to the next, from the last edge on. NaN belongs to no group.
  ///
  /// - Parameters:
  ///   - unit: such as ` s`, for the groups' names.
  ///   - last: what the last group is called, where the last edge is the greatest number that can be; nil for `… and more`.
  public init(_ name: String, numbers: [Double], edges: [Double], unit: String = "", last lastName: String? = nil) {
    let edges = Array(Set(edges)).sorted()
    func text(_ value: Double) -> String {
      let rounded = (value * 100).rounded() / 100
      return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
    var names: [String] = []
    if let first = edges.first { names.append("below \(text(first))\(unit)") }
    for (low, high) in zip(edges, edges.dropFirst()) { names.append("\(text(low)) to \(text(high))\(unit)") }
    if let last = edges.last { names.append(lastName ?? "\(text(last))\(unit) and more") }
    let found = numbers.map { value in value.isNaN ? -1 : edges.count { value >= $0 } }
    let used = Set(found).subtracting([-1]).sorted()
    let places = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($0.element, $0.offset) })
    self.init(
      name, groups: used.map { edges.isEmpty ? "all" : names[$0] }, members: found.map { places[$0] ?? -1 })
  }

  /// Groups by numbers as `init(_:numbers:edges:unit:)` does or, where all lie between two of the edges, at their quartiles.
  public init(_ name: String, numbers: [Double], edgesOrQuartiles edges: [Double], unit: String = "") {
    self.init(name, numbers: numbers, edges: edges, unit: unit)
    guard groups.count < 2, numbers.contains(where: { !$0.isNaN }) else { return }
    self.init(name, numbers: numbers, edges: Self.quartiles(numbers), unit: unit)
  }

  private static func quartiles(_ numbers: [Double]) -> [Double] {
    let sorted = numbers.filter { !$0.isNaN }.sorted()
    return [1, 2, 3].map { sorted[sorted.count * $0 / 4] }
  }
}
