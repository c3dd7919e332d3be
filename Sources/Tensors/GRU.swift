/// A gated recurrent layer over packed rows (Cho et al. 2014, in PyTorch's form with the reset gate inside).
///
/// LibTorch's own on a CPU records each step's operators in the graph, and adds up the gradient of the recurrent weights
/// step by step. Here the gradient is stated: both directions share one product for all gates of all frames, and the
/// weights' gradients are one product each at the end. On a GPU cuDNN does the work.
public struct GRUDirection {
  /// (3 * hidden, input): reset, update and new gate, one above the other
  public let inputWeight: Tensor
  /// (3 * hidden, hidden)
  public let hiddenWeight: Tensor
  /// (3 * hidden)
  public let inputBias: Tensor
  /// (3 * hidden)
  public let hiddenBias: Tensor

  /// The weights of one direction.
  public init(inputWeight: Tensor, hiddenWeight: Tensor, inputBias: Tensor, hiddenBias: Tensor) {
    self.inputWeight = inputWeight
    self.hiddenWeight = hiddenWeight
    self.inputBias = inputBias
    self.hiddenBias = hiddenBias
  }

  var all: [Tensor] { [inputWeight, hiddenWeight, inputBias, hiddenBias] }
}

extension Tensor {
  /// Runs a GRU over rows that are ordered by time and, within a time, by falling length of their sequences.
  ///
  /// - Parameters:
  ///   - active: for each time, how many sequences are that long; never rising, its sum the number of rows
  ///   - directions: one set of weights for forwards alone, or two for forwards and backwards
  /// - Returns: (rows, directions * hidden): the state after each row, forwards beside backwards. States start at 0.
  ///   Under autocast the products run in its dtype; state and gates stay in the dtype of the weights.
  public func gatedRecurrent(active: [Int], directions: [GRUDirection]) throws -> Tensor {
    guard rank == 2, (1...2).contains(directions.count), active.reduce(0, +) == size(0), active.allSatisfy({ $0 > 0 }),
      zip(active, active.dropFirst()).allSatisfy(>=)
    else {
      throw TensorError(
        operation: "a GRU", arguments: [description],
        message:
          "rows (rows, width) are expected, as many as the never rising counts \(active) say, and 1 or 2 directions")
    }
    guard device == .cpu else { return try PackedRecurrence.gru(self, active: active, directions: directions) }
    let autocast = Autocast.current(on: device)
    let plan = GRUPlan(
      active: active, hidden: directions[0].hiddenWeight.size(1), count: directions.count,
      productDType: autocast.isEnabled ? autocast.dtype : directions[0].hiddenWeight.dtype)
    let plain = Autocast(device: device, isEnabled: false, dtype: autocast.dtype)
    let inputs = [self] + directions.flatMap(\.all)
    let needsRows = requiresGradient
    return try withCustomGradient(of: inputs) {
      try plain.apply { try plan.run(self, directions) }
    } backward: { gradients, saved in
      try plain.apply { try plan.gradients(gradients[0], saved, needsRows: needsRows) }
    }[0]
  }
}
