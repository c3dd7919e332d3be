import Emotion

/// What the columns of a foreign table are called.
public struct ColumnNames: Equatable, Sendable {
  /// The table's own name of each of Affect's columns that is called otherwise there.
  public let names: [String: String]

  /// No column is called otherwise.
  public static let own = ColumnNames(names: [:])

  private init(names: [String: String]) { self.names = names }

  /// The columns that can be named: of predictions and of labels.
  public static let known =
    ["FileName", "EmoClass"] + EmotionClass.allCases.map(\.rawValue) + Attribute.allCases.map(\.column)
    + ["Split_Set"]

  /// Reads assignments such as `FileName=Filename` and `angry=class_0_prob`: Affect's name, then the table's.
  ///
  /// - Throws: `EvaluationError.arguments` for anything else.
  public init(_ assignments: [String]) throws(EvaluationError) {
    var names: [String: String] = [:]
    for text in assignments {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts[1].isEmpty, Self.known.contains(parts[0]) else {
        throw .arguments(
          "'\(text)' maps no column; write NAME=COLUMN with one of \(Self.known.joined(separator: ", ")), such as "
            + "angry=class_0_prob")
      }
      guard names.updateValue(parts[1], forKey: parts[0]) == nil else {
        throw .arguments("\(parts[0]) is mapped twice; each column has one name")
      }
    }
    guard Set(names.values).count == names.count else {
      throw .arguments("one column is mapped to two names: \(assignments.joined(separator: ", "))")
    }
    self.init(names: names)
  }

  /// What a column is called in the table.
  public subscript(_ name: String) -> String { names[name] ?? name }

  /// Whether any column is called otherwise; columns that Affect does not know are then passed over.
  var isEmpty: Bool { names.isEmpty }
}
