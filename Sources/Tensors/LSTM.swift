/// The weights of one direction of a long short-term memory (Hochreiter and Schmidhuber 1997).
public struct LSTMDirection {
  /// (4 * hidden, input): input, forget, cell and output gate, one above the other
  public let inputWeight: Tensor
  /// (4 * hidden, hidden)
  public let hiddenWeight: Tensor
  /// (4 * hidden)
  public let inputBias: Tensor
  /// (4 * hidden)
  public let hiddenBias: Tensor

  /// The weights of one direction.
  public init(inputWeight: Tensor, hiddenWeight: Tensor, inputBias: Tensor, hiddenBias: Tensor) {
    self.inputWeight = inputWeight
    self.hiddenWeight = hiddenWeight
    self.inputBias = inputBias
    self.hiddenBias = hiddenBias
  }
}

extension Tensor {
  /// Runs a long short-term memory over rows that are ordered by time and, within a time, by falling length of their
  /// sequences.
  ///
  /// - Parameters:
  ///   - active: for each time, how many sequences are that long; never rising, its sum the number of rows
  ///   - directions: one set of weights for forwards alone, or two for forwards and backwards
  /// - Returns: (rows, directions * hidden): the state after each row, forwards beside backwards. States start at 0.
  public func longShortTermMemory(active: [Int], directions: [LSTMDirection]) throws -> Tensor {
    guard PackedRecurrence.fits(self, active: active, directions: directions.count) else {
      throw PackedRecurrence.misfit(self, active: active, layer: "an LSTM")
    }
    return try PackedRecurrence.lstm(
      self, active: active, hidden: directions[0].hiddenWeight.size(1), directions: directions.count,
      weights: directions.flatMap { [$0.inputWeight, $0.hiddenWeight, $0.inputBias, $0.hiddenBias] })
  }
}
