/// The arithmetic of a GRU over packed rows on a CPU, forwards and for its gradient.
///
/// With input rows x, state h, gates r, z, n (reset, update, new) and the hidden part q of the new gate:
///
///     r = sigmoid(W_r x + b_r + U_r h + c_r)        q = U_n h + c_n
///     z = sigmoid(W_z x + b_z + U_z h + c_z)        n = tanh(W_n x + b_n + r q)        h' = n + z (h - n)
struct GRUPlan {
  /// For each time, how many sequences are that long.
  let active: [Int]
  /// The first row of each time.
  let starts: [Int]
  let hidden: Int
  /// How many directions there are.
  let count: Int
  /// What matrix products are computed in.
  let productDType: DType

  init(active: [Int], hidden: Int, count: Int, productDType: DType) {
    self.active = active
    self.hidden = hidden
    self.count = count
    self.productDType = productDType
    var start = 0
    starts = active.map { length in
      defer { start += length }
      return start
    }
  }

  private var rows: Int { active.reduce(0, +) }

  /// The times in the order in which a direction walks them.
  private func times(_ direction: Int) -> [Int] { direction == 0 ? Array(active.indices) : active.indices.reversed() }

  // MARK: Forwards

  /// Returns (rows, count * hidden), and what the gradient needs: the rows, all weights, the output, then for each
  /// direction r beside z (rows, 2 * hidden), n and q (rows, hidden).
  func run(_ x: Tensor, _ directions: [GRUDirection]) throws -> (outputs: [Tensor], saved: [Tensor]) {
    let dtype = directions[0].hiddenWeight.dtype
    let output = try Tensor.empty([rows, count * hidden], dtype: dtype)
    let gates = try inputGates(x, directions, dtype)
    var saved = [x] + directions.flatMap(\.all) + [output]
    for (d, weights) in directions.enumerated() {
      let (resetUpdate, new, query) = try (
        Tensor.empty([rows, 2 * hidden], dtype: dtype), Tensor.empty([rows, hidden], dtype: dtype),
        Tensor.empty([rows, hidden], dtype: dtype)
      )
      saved += [resetUpdate, new, query]
      try run(
        direction: d, weights, gates: gates.columns(d * 3 * hidden, 3 * hidden),
        output: output.columns(d * hidden, hidden), resetUpdate, new, query)
    }
    return ([output], saved)
  }

  /// W x + b of all gates, directions and rows in one product, with U's biases of the first two gates added.
  private func inputGates(_ x: Tensor, _ directions: [GRUDirection], _ dtype: DType) throws -> Tensor {
    let bias = try Tensor.concatenated(
      directions.map { weights in
        let late = try weights.hiddenBias.narrowed(0, start: 0, length: 2 * hidden)
        return try weights.inputBias + Tensor.concatenated([late, Tensor.zeros([hidden], dtype: dtype)])
      })
    let weight = try Tensor.concatenated(directions.map(\.inputWeight))
    return try x.converted(to: productDType).linear(
      weight.converted(to: productDType), bias: bias.converted(to: productDType)
    ).converted(to: dtype)
  }

  private func run(
    direction: Int, _ weights: GRUDirection, gates: Tensor, output: Tensor, _ resetUpdate: Tensor, _ new: Tensor,
    _ query: Tensor
  ) throws {
    let dtype = weights.hiddenWeight.dtype
    let state = try Tensor.zeros([active[0], hidden], dtype: dtype)
    let product = try StepProduct(weights.hiddenWeight.converted(to: productDType).transposed(), rows: active[0], dtype)
    let queryBias = try weights.hiddenBias.narrowed(0, start: 2 * hidden, length: hidden)
    for time in times(direction) {
      let (start, n) = (starts[time], active[time])
      let h = try state.rows(0, n)
      let recurrent = try product(h)
      let gate = try gates.rows(start, n)
      let rz = try resetUpdate.rows(start, n)
      try Op.addOut.perform(
        .tensor(gate.columns(0, 2 * hidden)), .tensor(recurrent.columns(0, 2 * hidden)), 1, .tensor(rz))
      try Op.sigmoidInPlace.perform(.tensor(rz))
      let q = try query.rows(start, n)
      try Op.addOut.perform(.tensor(recurrent.columns(2 * hidden, hidden)), .tensor(queryBias), 1, .tensor(q))
      let candidate = try new.rows(start, n)
      try Op.addcmulOut.perform(
        .tensor(gate.columns(2 * hidden, hidden)), .tensor(rz.columns(0, hidden)), .tensor(q), 1, .tensor(candidate))
      try Op.tanhInPlace.perform(.tensor(candidate))
      try Op.lerpOut.perform(.tensor(candidate), .tensor(h), .tensor(rz.columns(hidden, hidden)), .tensor(h))
      try output.rows(start, n).copyInPlace(h)
    }
  }

  // MARK: The gradient

  /// The gradients of the rows and of all weights, in the order of the custom gradient's inputs.
  func gradients(_ gradient: Tensor?, _ saved: [Tensor], needsRows: Bool) throws -> [Tensor?] {
    guard let gradient else { return [Tensor?](repeating: nil, count: 1 + 4 * count) }
    let x = try saved[0].converted(to: productDType)
    let output = saved[1 + 4 * count]
    var ofRows: Tensor?
    var ofWeights: [Tensor?] = []
    for d in 0..<count {
      let weights = Array(saved[(1 + 4 * d)..<(5 + 4 * d)])
      let kept = Array(saved[(2 + 4 * count + 3 * d)..<(5 + 4 * count + 3 * d)])
      let before = try stateBefore(direction: d, output.columns(d * hidden, hidden))
      let gates = try gateGradients(
        direction: d, gradient.columns(d * hidden, hidden), hiddenWeight: weights[1], before, kept)
      let products = try gates.converted(to: productDType)
      // Stored as query, reset, update, new: the first three belong to U, the last three to W.
      let (late, early) = try (products.columns(0, 3 * hidden), products.columns(hidden, 3 * hidden))
      let dtype = weights[0].dtype
      ofWeights.append(try early.transposed().matmul(x).converted(to: dtype))
      ofWeights.append(
        try rotated(late.transposed().matmul(before.converted(to: productDType)).converted(to: dtype)))
      let sums = try gates.sum(0)
      ofWeights.append(try sums.narrowed(0, start: hidden, length: 3 * hidden))
      ofWeights.append(try rotated(sums.narrowed(0, start: 0, length: 3 * hidden)))
      guard needsRows else { continue }
      let part = try early.matmul(weights[0].converted(to: productDType)).converted(to: saved[0].dtype)
      ofRows = try ofRows?.addInPlace(part) ?? part
    }
    return [ofRows] + ofWeights
  }

  /// From the order query, reset, update to reset, update, query.
  private func rotated(_ blocks: Tensor) throws -> Tensor {
    try Tensor.concatenated([
      blocks.narrowed(0, start: hidden, length: 2 * hidden), blocks.narrowed(0, start: 0, length: hidden),
    ])
  }

  /// (rows, hidden): the state that each row found.
  private func stateBefore(direction: Int, _ output: Tensor) throws -> Tensor {
    let before = try Tensor.empty([rows, hidden], dtype: output.dtype)
    var previous: Int?
    for time in times(direction) {
      let target = try before.rows(starts[time], active[time])
      let known = previous.map { min(active[$0], active[time]) } ?? 0
      if let previous { try target.rows(0, known).copyInPlace(output.rows(starts[previous], known)) }
      if known < active[time] { _ = try target.rows(known, active[time] - known).fillInPlace(0) }
      previous = time
    }
    return before
  }

  /// (rows, 4 * hidden): the gradients of q, and of the arguments of r, z and n.
  private func gateGradients(
    direction: Int, _ gradient: Tensor, hiddenWeight: Tensor, _ before: Tensor, _ kept: [Tensor]
  ) throws -> Tensor {
    let dtype = hiddenWeight.dtype
    let all = try Tensor.empty([rows, 4 * hidden], dtype: dtype)
    let state = try Tensor.zeros([active[0], hidden], dtype: dtype)
    let scratch = try Tensor.empty([active[0], hidden], dtype: dtype)
    // In the order in which the gates' gradients are stored.
    let weight = try Tensor.concatenated([
      hiddenWeight.narrowed(0, start: 2 * hidden, length: hidden),
      hiddenWeight.narrowed(0, start: 0, length: 2 * hidden),
    ])
    let product = try StepProduct(weight.converted(to: productDType), rows: active[0], dtype)
    for time in times(direction).reversed() {
      let (start, n) = (starts[time], active[time])
      let (resetUpdate, new, query) = try (kept[0].rows(start, n), kept[1].rows(start, n), kept[2].rows(start, n))
      let (reset, update) = try (resetUpdate.columns(0, hidden), resetUpdate.columns(hidden, hidden))
      let gates = try all.rows(start, n)
      let (ofQuery, ofReset, ofUpdate, ofNew) = try (
        gates.columns(0, hidden), gates.columns(hidden, hidden), gates.columns(2 * hidden, hidden),
        gates.columns(3 * hidden, hidden)
      )
      let dh = try state.rows(0, n)
      let part = try scratch.rows(0, n)
      try dh.addInPlace(gradient.rows(start, n))
      // h' = n + z (h - n)
      try Op.subOut.perform(.tensor(before.rows(start, n)), .tensor(new), 1, .tensor(part))
      try Op.mulInPlace.perform(.tensor(part), .tensor(dh))
      try Op.sigmoidBackward.perform(.tensor(part), .tensor(update), .tensor(ofUpdate))
      try Op.mulOut.perform(.tensor(dh), .tensor(update), .tensor(part))
      try Op.subOut.perform(.tensor(dh), .tensor(part), 1, .tensor(dh))
      try Op.tanhBackward.perform(.tensor(dh), .tensor(new), .tensor(ofNew))
      // n = tanh(… + r q)
      try Op.mulOut.perform(.tensor(ofNew), .tensor(reset), .tensor(ofQuery))
      try Op.mulOut.perform(.tensor(ofNew), .tensor(query), .tensor(dh))
      try Op.sigmoidBackward.perform(.tensor(dh), .tensor(reset), .tensor(ofReset))
      let recurrent = try product(gates.columns(0, 3 * hidden))
      try Op.addOut.perform(.tensor(recurrent), .tensor(part), 1, .tensor(dh))
    }
    return all
  }

  private enum Op {
    static let addOut = Operator("aten::add", "out")
    static let subOut = Operator("aten::sub", "out")
    static let mulOut = Operator("aten::mul", "out")
    static let mulInPlace = Operator("aten::mul_", "Tensor")
    static let addcmulOut = Operator("aten::addcmul", "out")
    static let lerpOut = Operator("aten::lerp", "Tensor_out")
    static let sigmoidInPlace = Operator("aten::sigmoid_")
    static let tanhInPlace = Operator("aten::tanh_")
    static let sigmoidBackward = Operator("aten::sigmoid_backward", "grad_input")
    static let tanhBackward = Operator("aten::tanh_backward", "grad_input")
  }
}

/// A product with one fixed matrix, done once a step into memory that all steps share.
private struct StepProduct {
  private let matrix: Tensor
  private let argument: Tensor?
  private let product: Tensor
  private let result: Tensor

  /// For arguments of at most so many rows of the dtype `outside`; the product runs in the matrix's own.
  init(_ matrix: Tensor, rows: Int, _ outside: DType) throws {
    self.matrix = matrix
    let isNarrow = matrix.dtype != outside
    argument = isNarrow ? try Tensor.empty([rows, matrix.size(0)], dtype: matrix.dtype) : nil
    product = try Tensor.empty([rows, matrix.size(1)], dtype: matrix.dtype)
    result = isNarrow ? try Tensor.empty([rows, matrix.size(1)], dtype: outside) : product
  }

  /// (rows, inner) to (rows, outer); the result is overwritten by the next call.
  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let n = x.size(0)
    let target = try product.rows(0, n)
    guard let argument else {
      try Self.mmOut.perform(.tensor(x), .tensor(matrix), .tensor(target))
      return target
    }
    try Self.mmOut.perform(.tensor(argument.rows(0, n).copyInPlace(x)), .tensor(matrix), .tensor(target))
    return try result.rows(0, n).copyInPlace(target)
  }

  private static let mmOut = Operator("aten::mm", "out")
}

extension Tensor {
  fileprivate func rows(_ start: Int, _ length: Int) throws -> Tensor {
    start == 0 && length == size(0) ? self : try narrowed(0, start: start, length: length)
  }

  fileprivate func columns(_ start: Int, _ length: Int) throws -> Tensor {
    try narrowed(1, start: start, length: length)
  }
}
