import Tensors

// Loops over the samples or bins of one frame: as operators of LibTorch their steps would each go through memory once more, and
// some, such as magnitudes of complex numbers, are slow there.

typealias Lanes = SIMD16<Float>

extension UnsafeBufferPointer<Float> {
  /// The sum, of sixteen partial ones.
  func sum() -> Float {
    let (partial, rest) = folded(Lanes()) { $0 + $1 }
    return self[rest...].reduce(partial.sum()) { $0 + $1 }
  }

  /// The sum of squares.
  func sumOfSquares() -> Float {
    let (partial, rest) = folded(Lanes()) { $0 + $1 * $1 }
    return self[rest...].reduce(partial.sum()) { $0 + $1 * $1 }
  }

  /// The largest |x - offset|; 0 of none.
  func largestMagnitude(less offset: Float) -> Float {
    let (largest, rest) = folded(Lanes()) { largest, x in
      let magnitude = (x - offset).magnitudes
      return largest.replacing(with: magnitude, where: magnitude .> largest)
    }
    return self[rest...].reduce(largest.max()) { Swift.max($0, abs($1 - offset)) }
  }

  /// The largest element, which is above 0.
  func largest() -> Float {
    let (largest, rest) = folded(Lanes()) { $0.replacing(with: $1, where: $1 .> $0) }
    return self[rest...].reduce(largest.max()) { Swift.max($0, $1) }
  }

  /// All whole lanes folded into one, and the index of the first element that was left over.
  @inline(__always) private func folded(_ start: Lanes, _ step: (Lanes, Lanes) -> Lanes) -> (Lanes, Int) {
    let rest = count / Lanes.scalarCount * Lanes.scalarCount
    var result = start
    for i in stride(from: 0, to: rest, by: Lanes.scalarCount) { result = step(result, lanes(at: i)) }
    return (result, rest)
  }

  /// The sixteen elements from an index on.
  @inline(__always) func lanes(at index: Int) -> Lanes {
    UnsafeRawBufferPointer(self).loadUnaligned(fromByteOffset: index * MemoryLayout<Float>.stride, as: Lanes.self)
  }
}

extension SIMD where Scalar == Float {
  fileprivate var magnitudes: Self { replacing(with: -self, where: self .< 0) }
}

extension Tensor {
  /// |z|² of complex64 elements: float32, of the same shape.
  func squaredMagnitudes() throws -> Tensor {
    let squares = try Tensor.empty(shape)
    try realView().contiguous().withUnsafeElements(of: Float.self) { parts in
      try squares.withUnsafeMutableElements(of: Float.self) { squares in
        for i in squares.indices {
          squares[i] = parts[2 * i] * parts[2 * i] + parts[2 * i + 1] * parts[2 * i + 1]
        }
      }
    }
    return squares
  }
}
