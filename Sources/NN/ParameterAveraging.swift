public import Tensors

/// The mean of several states of one architecture: a model soup (Wortsman et al. 2022).
///
/// - Parameters:
///   - states: at least one, all with the same keys, shapes and dtypes
///   - weights: how much each state counts, in proportion; nil counts all alike
/// - Returns: the weighted mean of every floating-point tensor, summed in float64; tensors of integers, which have no mean,
///   as they are, if all states agree on them
/// - Throws: `StateMismatch` for states that differ in keys or shapes from the first; `TensorError` for weights that make no
///   mean, and for integers that differ
public func averaged(_ states: [[String: Tensor]], weights: [Double]? = nil) throws -> [String: Tensor] {
  let weights = weights ?? [Double](repeating: 1, count: states.count)
  let total = weights.reduce(0, +)
  guard let first = states.first, weights.count == states.count, total > 0, total.isFinite,
    weights.allSatisfy({ $0 >= 0 })
  else {
    throw TensorError(
      operation: "averaging states",
      message:
        "\(states.count) states have the weights \(weights); as many weights are expected, none negative, not all 0")
  }
  let own = first.map { (key: $0.key, tensor: $0.value) }
  for state in states.dropFirst() { try checkFit(of: state, to: own) }
  return try withoutGradients {
    try Dictionary(
      uniqueKeysWithValues: first.map { key, tensor in
        let all = states.compactMap { $0[key] }
        guard tensor.dtype.isFloatingPoint else {
          guard try all.allSatisfy({ try $0.equals(tensor) }) else {
            throw TensorError(
              operation: "averaging states", arguments: [tensor.description],
              message: "'\(key)' holds no real numbers, and is not the same in all states")
          }
          return (key, tensor)
        }
        let sum = try tensor.detached().converted(to: .float64).zerosLike()
        for (tensor, weight) in zip(all, weights) {
          try sum.addInPlace(tensor.detached().converted(to: .float64).moved(to: sum.device), scale: weight / total)
        }
        return (key, try sum.converted(to: tensor.dtype))
      })
  }
}
