import Tensors

/// A long short-term memory over real frames only, in one direction or both, with the parameters of `torch.nn.LSTM`.
public final class LSTM: Module {
  /// Forwards, then backwards if there is that direction.
  private let directions: [LSTMDirection]
  /// Numbers in a direction's state.
  public let hidden: Int

  /// A layer of one depth from `input` numbers to `hidden` for each direction, drawn as `torch.nn.LSTM` draws: uniform in
  /// ±1 / sqrt(hidden).
  public init(_ input: Int, _ hidden: Int, isBidirectional: Bool = false, _ initializer: Initializer) throws {
    self.hidden = hidden
    directions = try (0..<(isBidirectional ? 2 : 1)).map { _ in
      LSTMDirection(
        inputWeight: try initializer.kaiming([4 * hidden, input], inputs: hidden),
        hiddenWeight: try initializer.kaiming([4 * hidden, hidden], inputs: hidden),
        inputBias: try initializer.kaiming([4 * hidden], inputs: hidden),
        hiddenBias: try initializer.kaiming([4 * hidden], inputs: hidden))
    }
  }

  /// The names of `torch.nn.LSTM`.
  public var members: Members {
    let forwards = directions[0]
    let backwards = directions.count == 2 ? directions[1] : nil
    return [
      "weight_ih_l0": .parameter(forwards.inputWeight), "weight_hh_l0": .parameter(forwards.hiddenWeight),
      "bias_ih_l0": .parameter(forwards.inputBias), "bias_hh_l0": .parameter(forwards.hiddenBias),
      "weight_ih_l0_reverse": .parameter(backwards?.inputWeight),
      "weight_hh_l0_reverse": .parameter(backwards?.hiddenWeight),
      "bias_ih_l0_reverse": .parameter(backwards?.inputBias), "bias_hh_l0_reverse": .parameter(backwards?.hiddenBias),
    ]
  }

  /// (batch, frames, input) to (batch, frames, directions * hidden): the state after each real frame, forwards beside
  /// backwards; backwards starts at each sequence's own end.
  public func callAsFunction(_ x: SequenceBatch) throws -> SequenceBatch {
    let frames = try TimeMajorRows(of: x)
    return try frames.sequences(frames.rows().longShortTermMemory(active: frames.active, directions: directions))
  }
}
