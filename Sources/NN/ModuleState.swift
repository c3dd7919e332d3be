public import Tensors

extension Module {
  /// The state by key; the tensors are the module's own, not copies.
  public func state() -> [String: Tensor] {
    Dictionary(namedState().map { ($0.key, $0.tensor) }, uniquingKeysWith: { first, _ in first })
  }

  /// Copies a checkpoint's tensors into the module's own, converting dtype and device.
  ///
  /// - Throws: `StateMismatch` with all keys that are missing, unexpected or of another shape. Nothing is copied then.
  public func load(_ checkpoint: [String: Tensor]) throws {
    try copy(checkpoint, into: namedState())
  }

  /// Copies the tensors of a file or folder into the module's own, one by one, converting dtype and device: no more than
  /// one of them is in memory beside the module.
  ///
  /// - Throws: `StateMismatch` with all keys that are missing, unexpected or of another shape. Nothing is copied then.
  ///   `FileError` for a tensor whose elements can't be read.
  public func load(_ weights: any TensorSource) throws {
    let own = namedState()
    try StateMismatch(of: weights.names, shape: weights.shape(of:), with: own).throwUnlessEmpty()
    try withoutGradients { for (key, tensor) in own { try tensor.copyInPlace(weights.tensor(key)) } }
  }
}

/// Copies a checkpoint's tensors into others of the same keys and shapes: all of them, or none and a `StateMismatch`.
func copy(_ checkpoint: [String: Tensor], into own: [(key: String, tensor: Tensor)]) throws {
  try StateMismatch(of: checkpoint.keys.sorted(), shape: { checkpoint[$0]?.shape }, with: own).throwUnlessEmpty()
  try withoutGradients {
    for (key, tensor) in own { if let source = checkpoint[key] { try tensor.copyInPlace(source) } }
  }
}

/// All that keeps a checkpoint from fitting a module.
public struct StateMismatch: Error, Equatable, CustomStringConvertible {
  /// A key whose tensor has another shape.
  public struct Misshapen: Equatable, Sendable {
    /// The key.
    public let key: String
    /// The module's shape.
    public let expected: [Int]
    /// The checkpoint's shape.
    public let found: [Int]
  }

  /// Keys of the module that the checkpoint lacks.
  public let missing: [String]
  /// Keys of the checkpoint that the module lacks.
  public let unexpected: [String]
  /// Keys whose shapes differ.
  public let misshapen: [Misshapen]

  /// What differs between a checkpoint's sorted keys, with their shapes, and a module's own.
  init(of keys: [String], shape: (String) -> [Int]?, with own: [(key: String, tensor: Tensor)]) {
    let known = Set(own.map(\.key))
    missing = own.map(\.key).filter { shape($0) == nil }
    unexpected = keys.filter { !known.contains($0) }
    misshapen = own.compactMap { key, tensor in
      guard let found = shape(key), found != tensor.shape else { return nil }
      return Misshapen(key: key, expected: tensor.shape, found: found)
    }
  }

  func throwUnlessEmpty() throws(StateMismatch) {
    guard missing.isEmpty, unexpected.isEmpty, misshapen.isEmpty else { throw self }
  }

  /// Every key, one to a line.
  public var description: String {
    let lines =
      missing.map { "missing: \($0)" } + unexpected.map { "unexpected: \($0)" }
      + misshapen.map { "misshapen: \($0.key) is \($0.found) in the checkpoint, \($0.expected) in the model" }
    return "the checkpoint does not fit the model:\n  " + lines.joined(separator: "\n  ")
  }
}
