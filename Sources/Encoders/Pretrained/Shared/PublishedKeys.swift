import Foundation
import NN
import Tensors

/// Puts published weights into a network: whatever task head, prefix and spelling they were published with.
struct PublishedKeys {
  /// What the network's own keys may begin with, such as `wavlm.`.
  let prefixes: [String]
  /// Beginnings of keys that belong to heads and training alone.
  let ignored: [String]

  /// Bytes of a tensor that are read before they go back to the system.
  private static let bytes = 1 << 20

  /// Copies each tensor of the network from the weights, one after the other, converted to the network's dtype. What was
  /// read of the file goes back to the system tensor by tensor, and weights are laid out part by part: beside the network no
  /// more than its largest part is in memory.
  ///
  /// - Parameter device: where the network goes
  /// - Throws: `EncoderError.weights` with all keys that are missing, unexpected or misshapen
  func load(_ network: any Module, from weights: PublishedWeights, onto device: Device = .cpu) throws {
    let sources = try sources(network, weights)
    var read: [String] = []
    func copy(_ key: String, _ tensor: Tensor) throws {
      guard let source = sources[key], tensor.count > 0 else { return }
      let published = try source.tensor(weights)
      let rows = max(Self.bytes / (published.count / published.size(0) * published.dtype.byteCount), 1)
      for start in stride(from: 0, to: tensor.size(0), by: rows) {
        let length = min(rows, tensor.size(0) - start)
        try tensor.narrowed(0, start: start, length: length)
          .copyInPlace(published.narrowed(0, start: start, length: length))
        for name in source.names { weights.release(name) }
      }
      read += source.names
    }
    try withoutGradients {
      var loaded: Set<String> = []
      // These alone: other modules in the list would keep views of what was settled, and with them all of it.
      let settling = network.namedModules().compactMap { prefix, module in
        (module as? any Settling).map { (prefix: prefix, module: $0) }
      }
      for (prefix, module) in settling {
        for (key, tensor) in module.namedState() {
          try copy(prefix + key, tensor)
          loaded.insert(prefix + key)
        }
        try module.settle(on: device)
        // The part as it was published is freed, and would count as if it were still there.
        Runtime.returnFreedMemory()
        // Reading maps some pages of the neighbours too.
        for name in read { weights.release(name) }
      }
      for (key, tensor) in network.namedState() where !loaded.contains(key) { try copy(key, tensor) }
      if device.kind != .cpu { try network.move(to: device) }
    }
  }

  /// Where each tensor of the network comes from, by its key.
  private func sources(_ network: any Module, _ weights: PublishedWeights) throws -> [String: Source] {
    let prefix = prefixes.first { prefix in weights.names.contains { $0.hasPrefix(prefix) } } ?? ""
    let state = network.namedState().map { (key: $0.key, shape: $0.tensor.shape) }
    var sources: [String: Source] = [:]
    var faults: [String] = []
    let known = Set(state.map(\.key))
    for name in weights.names {
      guard name.hasPrefix(prefix) else { continue }
      let key = Self.modern(String(name.dropFirst(prefix.count)))
      if known.contains(key.name) {
        sources[key.name, default: Source()].take(name, key.part)
      } else if !ignored.contains(where: key.name.hasPrefix) {
        faults.append("unexpected: \(name)")
      }
    }
    for (key, shape) in state {
      guard let source = sources[key], source.isWhole else {
        faults.append("missing: \(prefix)\(key)")
        continue
      }
      faults += source.misshapen(in: weights, expected: shape).map { "misshapen: \($0)" }
    }
    guard faults.isEmpty else {
      throw EncoderError.weights(
        file: weights.url.path,
        reason: "the weights do not fit the configuration:\n  " + faults.joined(separator: "\n  "))
    }
    return sources
  }

  /// Where a tensor comes from: one published tensor, or the magnitude and direction of weight normalisation.
  private struct Source {
    var whole: String?
    var magnitude: String?
    var direction: String?

    var isWhole: Bool { whole != nil || (magnitude != nil && direction != nil) }
    var names: [String] { whole.map { [$0] } ?? [magnitude, direction].compactMap { $0 } }

    mutating func take(_ name: String, _ part: Part) {
      switch part {
      case .whole: whole = name
      case .magnitude: magnitude = name
      case .direction: direction = name
      }
    }

    /// What is wrong with the shapes.
    func misshapen(in weights: PublishedWeights, expected: [Int]) -> [String] {
      func fault(_ name: String, _ wanted: String) -> String {
        "\(name) is \(weights.shape(of: name) ?? []), \(wanted) is expected"
      }
      if let name = whole ?? direction, weights.shape(of: name) != expected { return [fault(name, "\(expected)")] }
      guard whole == nil, let magnitude else { return [] }
      let lengths = weights.shape(of: magnitude) ?? []
      guard lengths.count == expected.count, Self.dimension(lengths, of: expected) != nil else {
        return [fault(magnitude, "one length for each slice of \(expected) along one dimension")]
      }
      return []
    }

    /// The dimension along which slices have a length of their own (Salimans and Kingma 2016).
    private static func dimension(_ lengths: [Int], of shape: [Int]) -> Int? {
      shape.indices.first { dimension in
        lengths.indices.allSatisfy { lengths[$0] == ($0 == dimension ? shape[$0] : 1) }
      }
    }

    func tensor(_ weights: PublishedWeights) throws -> Tensor {
      if let whole { return try weights.tensor(whole) }
      guard let magnitude, let direction, let lengths = weights.shape(of: magnitude),
        let dimension = Self.dimension(lengths, of: weights.shape(of: direction) ?? [])
      else {
        throw EncoderError.weights(file: weights.url.path, reason: "a weight norm lacks one of its halves")
      }
      return try weights.tensor(direction).converted(to: .float32)
        .weightNormalized(lengths: weights.tensor(magnitude).converted(to: .float32), dimension: dimension)
    }
  }

  private enum Part { case whole, magnitude, direction }

  /// A key in today's spelling, and which part of a normalised weight it is.
  private static func modern(_ key: String) -> (name: String, part: Part) {
    for (ending, name, part) in [
      (".parametrizations.weight.original0", ".weight", Part.magnitude),
      (".parametrizations.weight.original1", ".weight", .direction), (".weight_g", ".weight", .magnitude),
      (".weight_v", ".weight", .direction), (".gamma", ".weight", .whole), (".beta", ".bias", .whole),
    ] where key.hasSuffix(ending) {
      return (key.dropLast(ending.count) + name, part)
    }
    return (key, .whole)
  }
}
