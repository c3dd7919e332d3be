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
    let sources = sources(Array(checkpoint.keys))
    try copy(sources.compactMapValues { checkpoint[$0] }, into: namedState())
  }

  /// Copies the tensors of a file or folder into the module's own, one by one, converting dtype and device: no more than
  /// one of them is in memory beside the module.
  ///
  /// - Throws: `StateMismatch` with all keys that are missing, unexpected or of another shape. Nothing is copied then.
  ///   `FileError` for a tensor whose elements can't be read.
  public func load(_ weights: any TensorSource) throws {
    let own = namedState()
    let sources = sources(weights.names)
    try StateMismatch(of: sources.keys.sorted(), shape: { sources[$0].flatMap(weights.shape(of:)) }, with: own)
      .throwUnlessEmpty()
    try withoutGradients {
      for (key, tensor) in own { if let name = sources[key] { try tensor.copyInPlace(weights.tensor(name)) } }
    }
  }

  /// For each key of the module, the name of the checkpoint that it comes from. A key of the module's own goes before an
  /// alias, which then stays and is reported as unexpected.
  private func sources(_ names: [String]) -> [String: String] {
    let aliases = aliasedKeys()
    let present = Set(names)
    return Dictionary(
      names.map { name in
        guard let own = aliases[name], !present.contains(own) else { return (name, name) }
        return (own, name)
      }, uniquingKeysWith: { first, _ in first })
  }
}

/// Throws a `StateMismatch` for a checkpoint of other keys or shapes than a state.
func checkFit(of checkpoint: [String: Tensor], to own: [(key: String, tensor: Tensor)]) throws {
  try StateMismatch(of: checkpoint.keys.sorted(), shape: { checkpoint[$0]?.shape }, with: own).throwUnlessEmpty()
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
