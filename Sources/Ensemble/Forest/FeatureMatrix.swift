/// Rows of features, such as the scores of all models for each utterance; every number is finite.
public struct FeatureMatrix: Equatable, Sendable {
  /// The numbers row by row: (rows, columns).
  public let values: [Float]
  /// How many rows there are.
  public let rowCount: Int
  /// How many features a row has.
  public let columnCount: Int

  /// Checks and keeps the numbers.
  ///
  /// - Parameters:
  ///   - values: row by row, a multiple of `columns`
  ///   - columns: features in a row, at least 1
  /// - Throws: `EnsembleError.notFinite` for the first NaN or infinite number, `.arguments` for a wrong count
  public init(_ values: [Float], columns: Int) throws(EnsembleError) {
    guard columns > 0, values.count.isMultiple(of: columns) else {
      throw .arguments("\(values.count) numbers do not make rows of \(columns) features")
    }
    if let place = values.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(row: place / columns, column: place % columns, value: values[place])
    }
    self.values = values
    columnCount = columns
    rowCount = values.count / columns
  }

  /// The rows of these numbers, in their order.
  func rows(_ chosen: [Int]) -> FeatureMatrix {
    var kept: [Float] = []
    kept.reserveCapacity(chosen.count * columnCount)
    for row in chosen { kept += values[row * columnCount..<(row + 1) * columnCount] }
    return FeatureMatrix(checked: kept, rows: chosen.count, columns: columnCount)
  }

  private init(checked: [Float], rows: Int, columns: Int) {
    values = checked
    rowCount = rows
    columnCount = columns
  }
}
