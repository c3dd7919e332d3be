public import Tensors

extension Module {
  /// The state by key; the tensors are the module's own, not copies.
  public func state() -> [String: Tensor] {
    Dictionary(namedState().map { ($0.key, $0.tensor) }, uniquingKeysWith: { first, _ in first })
  }

  /// Copies a checkpoint's tensors into the module's own, converting dtype and device. Keys may be those of `namedState()`
  /// or the modules' `aliases`.
  ///
  /// - Throws: `StateMismatch` with all keys that are missing, unexpected or of another shape. Nothing is copied then.
  public func load(_ checkpoint: [String: Tensor]) throws {
    let aliases = aliasedKeys()
    var renamed: [String: Tensor] = [:]
    renamed.reserveCapacity(checkpoint.count)
    for (key, tensor) in checkpoint {
      // A key of the module's own goes first; its alias then stays, and is reported as unexpected.
      if let own = aliases[key], checkpoint[own] == nil { renamed[own] = tensor } else { renamed[key] = tensor }
    }
    try copy(renamed, into: namedState())
  }
}

/// Throws a `StateMismatch` for a checkpoint of other keys or shapes than a state.
func checkFit(of checkpoint: [String: Tensor], to own: [(key: String, tensor: Tensor)]) throws {
  let known = Set(own.map(\.key))
  let mismatch = StateMismatch(
    missing: own.map(\.key).filter { checkpoint[$0] == nil },
    unexpected: checkpoint.keys.filter { !known.contains($0) }.sorted(),
    misshapen: own.compactMap { key, tensor in
      guard let found = checkpoint[key], found.shape != tensor.shape else { return nil }
      return .init(key: key, expected: tensor.shape, found: found.shape)
    })
  guard mismatch.isEmpty else { throw mismatch }
}

/// Copies a checkpoint's tensors into others of the same keys and shapes: all of them, or none and a `StateMismatch`.
func copy(_ checkpoint: [String: Tensor], into own: [(key: String, tensor: Tensor)]) throws {
  try checkFit(of: checkpoint, to: own)
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

  var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty }

  /// Every key, one to a line.
  public var description: String {
    let lines =
      missing.map { "missing: \($0)" } + unexpected.map { "unexpected: \($0)" }
      + misshapen.map { "misshapen: \($0.key) is \($0.found) in the checkpoint, \($0.expected) in the model" }
    return "the checkpoint does not fit the model:\n  " + lines.joined(separator: "\n  ")
  }
}
