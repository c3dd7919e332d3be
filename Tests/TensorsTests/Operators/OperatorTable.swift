import Tensors

/// The tensors that a row of a table works on: x, y and z of the family's shapes, and i, int64 in 0..<2 in the shape of x.
struct Operands {
  let x: Tensor
  let y: Tensor
  let z: Tensor
  let i: Tensor
}

/// One expression in PyTorch and in Swift.
struct OperatorCase {
  let python: String
  let hasGradient: Bool
  /// Whether it also runs in float16 and bfloat16.
  let isHalf: Bool
  let swift: (Operands) throws -> Tensor

  /// - Parameters:
  ///   - gradient: false for what has none: integers, booleans, constants
  ///   - half: false for what LibTorch does not have in 16 bits on a CPU
  init(
    _ python: String, gradient: Bool = true, half: Bool = true, _ swift: @escaping (Operands) throws -> Tensor
  ) {
    self.python = python
    hasGradient = gradient
    isHalf = half
    self.swift = swift
  }
}

/// Expressions that take tensors of the same shapes.
struct OperatorFamily: CustomStringConvertible {
  let name: String
  /// The shapes of x, y and z, of which each expression sees all.
  let shapes: [[[Int]]]
  /// Whether x, y and z are positive, for what is not defined elsewhere.
  let isPositive: Bool
  let cases: [OperatorCase]

  init(_ name: String, _ shapes: [[[Int]]], isPositive: Bool = false, _ cases: [OperatorCase]) {
    self.name = name
    self.shapes = shapes
    self.isPositive = isPositive
    self.cases = cases
  }

  var description: String { name }

  static var all: [OperatorFamily] {
    elementwise + [comparison, activations, reductions, views, gathering, products, convolution, normalization]
      + [fourier, losses]
  }
}
