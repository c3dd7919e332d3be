public import Tensors

/// A gated recurrent layer over real frames only, in one direction or both, with the parameters of `torch.nn.GRU`.
public final class GRU: Module {
  /// Forwards, then backwards if there is that direction.
  private let directions: [GRUDirection]
  /// Numbers in a direction's state.
  public let hidden: Int

  /// A layer of one depth from `input` numbers to `hidden` for each direction, drawn as `torch.nn.GRU` draws: uniform in
  /// ±1 / sqrt(hidden).
  public init(_ input: Int, _ hidden: Int, isBidirectional: Bool = false, _ initializer: Initializer) throws {
    self.hidden = hidden
    directions = try (0..<(isBidirectional ? 2 : 1)).map { _ in
      GRUDirection(
        inputWeight: try initializer.kaiming([3 * hidden, input], inputs: hidden),
        hiddenWeight: try initializer.kaiming([3 * hidden, hidden], inputs: hidden),
        inputBias: try initializer.kaiming([3 * hidden], inputs: hidden),
        hiddenBias: try initializer.kaiming([3 * hidden], inputs: hidden))
    }
  }

  /// The names of `torch.nn.GRU`.
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
  public func callAsFunction(_ x: SequenceBatch) throws -> SequenceBatch { try self(x) { $0 } }

  /// The same with each frame first replaced by what `prepare`, which must not mix frames, makes of it: (rows, width) to
  /// (rows, input), for real frames only.
  public func callAsFunction(_ x: SequenceBatch, preparing prepare: (Tensor) throws -> Tensor) throws -> SequenceBatch {
    let frames = try TimeMajorRows(of: x)
    let states = try prepare(frames.rows()).gatedRecurrent(active: frames.active, directions: directions)
    return try frames.sequences(states)
  }
}
