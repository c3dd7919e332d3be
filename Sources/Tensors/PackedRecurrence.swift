/// LibTorch's recurrent operators over packed rows.
enum PackedRecurrence {
  /// (rows, directions * hidden), as `aten::gru` computes it: cuDNN on an NVIDIA GPU.
  static func gru(_ rows: Tensor, active: [Int], directions: [GRUDirection]) throws -> Tensor {
    let hidden = directions[0].hiddenWeight.size(1)
    let start = try Tensor.zeros(
      [directions.count, active[0], hidden], dtype: directions[0].hiddenWeight.dtype, device: rows.device)
    return try gru.tensors(
      .tensor(rows), .tensor(Tensor(active)), .tensor(start), .tensors(directions.flatMap(\.all)), true, 1, 0.0, false,
      .bool(directions.count == 2))[0]
  }

  private static let gru = Operator("aten::gru", "data")
}
