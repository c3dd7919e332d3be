import Foundation
import NN
import Tensors

/// Puts published weights into a network: whatever task head, prefix and spelling they were published with.
struct PublishedKeys {
  /// What the network's own keys may begin with, such as `wavlm.`.
  let prefixes: [String]
  /// Beginnings of keys that belong to heads and training alone.
  let ignored: [String]

  /// Copies each tensor of the network from the weights, one after the other, converted to the network's dtype.
  ///
  /// - Throws: `EncoderError.weights` with all keys that are missing, unexpected or misshapen
  func load(_ network: any Module, from weights: PublishedWeights) throws {
    let state = network.namedState()
    let prefix = prefixes.first { prefix in weights.names.contains { $0.hasPrefix(prefix) } } ?? ""
    var sources: [String: Source] = [:]
    var unexpected: [String] = []
    let known = Set(state.map(\.key))
    for name in weights.names {
      guard name.hasPrefix(prefix) else { continue }
      let key = Self.modern(String(name.dropFirst(prefix.count)))
      if known.contains(key.name) {
        sources[key.name, default: Source()].take(name, key.part)
      } else if !ignored.contains(where: key.name.hasPrefix) {
        unexpected.append(name)
      }
    }
    var faults = unexpected.map { "unexpected: \($0)" }
    for (key, tensor) in state {
      guard let source = sources[key], source.isWhole else {
        faults.append("missing: \(prefix)\(key)")
        continue
      }
      if let name = source.whole ?? source.direction, let shape = weights.shape(of: name), shape != tensor.shape {
        faults.append("misshapen: \(name) is \(shape), \(tensor.shape) is expected")
      }
    }
    guard faults.isEmpty else {
      throw EncoderError.weights(
        file: weights.url.path, reason: "the weights do not fit the configuration:\n  " + faults.joined(separator: "\n  "))
    }
    try withoutGradients {
      for (key, tensor) in state {
        guard let source = sources[key] else { continue }
        try tensor.copyInPlace(source.tensor(weights))
      }
    }
  }

  /// Where a tensor comes from: one published tensor, or the magnitude and direction of weight normalisation.
  private struct Source {
    var whole: String?
    var magnitude: String?
    var direction: String?

    var isWhole: Bool { whole != nil || (magnitude != nil && direction != nil) }

    mutating func take(_ name: String, _ part: Part) {
      switch part {
      case .whole: whole = name
      case .magnitude: magnitude = name
      case .direction: direction = name
      }
    }

    func tensor(_ weights: PublishedWeights) throws -> Tensor {
      if let whole { return try weights.tensor(whole) }
      guard let magnitude, let direction else {
        throw EncoderError.weights(file: weights.url.path, reason: "a weight norm lacks one of its halves")
      }
      let (g, v) = try (
        weights.tensor(magnitude).converted(to: .float32), weights.tensor(direction).converted(to: .float32)
      )
      // The norm runs over all dimensions in which the magnitude has one entry alone (Salimans and Kingma 2016).
      let squares = try v * v
      let norm = try g.shape.enumerated().reduce(squares) { sum, dimension in
        dimension.element == 1 ? try sum.sum(dimension.offset, keepDimensions: true) : sum
      }.sqrt()
      return try v * (g / norm)
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
