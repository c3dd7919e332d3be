/// LibTorch's recurrent operators over packed rows.
enum PackedRecurrence {
  /// Whether rows are (rows, width), as many as the never rising counts say, and directions 1 or 2.
  static func fits(_ rows: Tensor, active: [Int], directions: Int) -> Bool {
    rows.rank == 2 && (1...2).contains(directions) && !active.isEmpty && active.reduce(0, +) == rows.size(0)
      && active.allSatisfy { $0 > 0 } && zip(active, active.dropFirst()).allSatisfy(>=)
  }

  /// What is said of rows that do not fit.
  static func misfit(_ rows: Tensor, active: [Int], layer: String) -> TensorError {
    TensorError(
      operation: layer, arguments: [rows.description],
      message:
        "rows (rows, width) are expected, as many as the never rising counts \(active) say, and 1 or 2 directions")
  }

  /// (rows, directions * hidden), as `aten::gru` computes it: cuDNN on an NVIDIA GPU.
  static func gru(_ rows: Tensor, active: [Int], directions: [GRUDirection]) throws -> Tensor {
    let hidden = directions[0].hiddenWeight.size(1)
    let start = try start(rows, active, hidden, directions.count, directions[0].hiddenWeight.dtype)
    return try gru.tensors(
      .tensor(rows), .tensor(Tensor(active)), .tensor(start), .tensors(directions.flatMap(\.all)), true, 1, 0.0, false,
      .bool(directions.count == 2))[0]
  }

  /// (rows, directions * hidden), as `aten::lstm` computes it.
  static func lstm(
    _ rows: Tensor, active: [Int], hidden: Int, directions: Int, weights: [Tensor]
  ) throws -> Tensor {
    let start = try start(rows, active, hidden, directions, weights[0].dtype)
    return try lstm.tensors(
      .tensor(rows), .tensor(Tensor(active)), .tensors([start, start]), .tensors(weights), true, 1, 0.0, false,
      .bool(directions == 2))[0]
  }

  private static func start(
    _ rows: Tensor, _ active: [Int], _ hidden: Int, _ directions: Int, _ dtype: DType
  ) throws -> Tensor {
    try Tensor.zeros([directions, active[0], hidden], dtype: dtype, device: rows.device)
  }

  private static let gru = Operator("aten::gru", "data")
  private static let lstm = Operator("aten::lstm", "data")
}
