public import Emotion
import Foundation

/// What is done to a system's probabilities before they are given out, fitted on data that the system did not learn from.
/// It travels in a bundle.
public struct Calibration: Codable, Equatable, Sendable {
  /// Ways of correcting probabilities.
  public enum Method: Codable, Equatable, Sendable {
    /// softmax(log p / T) with one T for all (Guo et al. 2017): decisions stay as they are.
    case temperature(Double)
    /// softmax(w · log p + b) with a weight and an offset for each class (Guo et al. 2017).
    case vector(weights: [Double], offsets: [Double])
    /// Each class's probability through a rising step function (Zadrozny and Elkan 2002), then divided by their sum.
    case isotonic([IsotonicFunction])

    private enum Keys: String, CodingKey { case kind, temperature, weights, offsets, functions }

    /// Reads `{"kind": "temperature", …}`.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: Keys.self)
      switch try values.decode(String.self, forKey: .kind) {
      case "temperature": self = .temperature(try values.decode(Double.self, forKey: .temperature))
      case "vector":
        self = .vector(
          weights: try values.decode([Double].self, forKey: .weights),
          offsets: try values.decode([Double].self, forKey: .offsets))
      case "isotonic": self = .isotonic(try values.decode([IsotonicFunction].self, forKey: .functions))
      case let other:
        throw DecodingError.dataCorruptedError(
          forKey: .kind, in: values,
          debugDescription: "there is no calibration '\(other)'; there are temperature, vector, isotonic")
      }
    }

    /// Writes `{"kind": "temperature", …}`.
    public func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: Keys.self)
      switch self {
      case .temperature(let value):
        try values.encode("temperature", forKey: .kind)
        try values.encode(value, forKey: .temperature)
      case .vector(let weights, let offsets):
        try values.encode("vector", forKey: .kind)
        try values.encode(weights, forKey: .weights)
        try values.encode(offsets, forKey: .offsets)
      case .isotonic(let functions):
        try values.encode("isotonic", forKey: .kind)
        try values.encode(functions, forKey: .functions)
      }
    }

    /// Its name, as commands and reports have it.
    public var name: String {
      switch self {
      case .temperature: "temperature"
      case .vector: "vector"
      case .isotonic: "isotonic"
      }
    }
  }

  /// The classes, in the order of the numbers.
  public var classes: [EmotionClass]
  /// The correction; nil leaves probabilities as they are.
  public var method: Method?
  /// The correction for other frequencies of the classes.
  public var priorShift: PriorShift?
  /// How sets of classes of a stated coverage are made; absent where none were asked for.
  public var conformal: ConformalSets?
  /// The least probability of a class that is given as an answer, chosen for a risk on the data it was fitted on; absent where
  /// none was asked for.
  public var abstainBelow: Double?

  /// A calibration of its parts.
  public init(
    classes: [EmotionClass], method: Method?, priorShift: PriorShift? = nil, conformal: ConformalSets? = nil,
    abstainBelow: Double? = nil
  ) {
    self.classes = classes
    self.method = method
    self.priorShift = priorShift
    self.conformal = conformal
    self.abstainBelow = abstainBelow
  }

  /// What is wrong with the numbers, as a sentence; nil when they can be used.
  public var fault: String? {
    let count = classes.count
    switch method {
    case .temperature(let value) where !(value > 0 && value.isFinite):
      return "its calibration has the temperature \(value); a positive number is expected"
    case .vector(let weights, let offsets)
    where weights.count != count || offsets.count != count || !(weights + offsets).allSatisfy(\.isFinite):
      return
        "its calibration has \(weights.count) weights and \(offsets.count) offsets for \(count) classes; one finite "
        + "number each is expected"
    case .isotonic(let functions) where functions.count != count || functions.contains { !$0.isSound }:
      return "its calibration has \(functions.count) step functions for \(count) classes; one rising function each is "
        + "expected"
    default: break
    }
    if let priorShift, priorShift.factors.count != count || !priorShift.factors.allSatisfy({ $0 >= 0 && $0.isFinite }) {
      return "its correction of class frequencies has \(priorShift.factors.count) factors for \(count) classes"
    }
    if let conformal, conformal.thresholds.count != count {
      return "its conformal sets have \(conformal.thresholds.count) thresholds for \(count) classes"
    }
    if let abstainBelow, !(0...1).contains(abstainBelow) {
      return "its answers are withheld below a probability of \(abstainBelow); a number from 0 to 1 is expected"
    }
    return nil
  }

  /// The least probability whose logarithm is taken.
  static let least = 1e-30

  /// Calibrated probabilities of one utterance, in the order of `classes`; they sum to 1.
  public func callAsFunction(_ probabilities: [Double]) -> [Double] {
    var result = probabilities
    switch method {
    case .temperature(let temperature):
      result = Self.softmax(probabilities.map { log(max($0, Self.least)) / temperature })
    case .vector(let weights, let offsets):
      result = Self.softmax(
        probabilities.indices.map { weights[$0] * log(max(probabilities[$0], Self.least)) + offsets[$0] })
    case .isotonic(let functions):
      let values = zip(functions, probabilities).map { $0($1) }
      let sum = values.reduce(0, +)
      // Where every class was never right at such a score, nothing is known.
      result = values.map { sum > 0 ? $0 / sum : 1 / Double(values.count) }
    case nil: break
    }
    return priorShift.map { $0(result) } ?? result
  }

  static func softmax(_ logits: [Double]) -> [Double] {
    let greatest = logits.max() ?? 0
    let values = logits.map { exp($0 - greatest) }
    let sum = values.reduce(0, +)
    return values.map { $0 / sum }
  }
}

/// A rising step function, linear between its points and constant outside of them.
public struct IsotonicFunction: Codable, Equatable, Sendable {
  /// Where the points lie, rising.
  public var x: [Double]
  /// Their values, not falling.
  public var y: [Double]

  /// A function of its points.
  public init(x: [Double], y: [Double]) {
    self.x = x
    self.y = y
  }

  var isSound: Bool {
    !x.isEmpty && x.count == y.count && zip(x, x.dropFirst()).allSatisfy { $0 <= $1 }
      && zip(y, y.dropFirst()).allSatisfy { $0 <= $1 } && (x + y).allSatisfy(\.isFinite)
  }

  /// The value at a place.
  public func callAsFunction(_ value: Double) -> Double {
    guard let first = x.first, let last = x.last, !value.isNaN else { return 0 }
    if value <= first { return y[0] }
    if value >= last { return y[y.count - 1] }
    var (low, high) = (0, x.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if x[middle] <= value { low = middle } else { high = middle }
    }
    let width = x[high] - x[low]
    return width > 0 ? y[low] + (y[high] - y[low]) * (value - x[low]) / width : y[high]
  }

  /// The best rising fit to pairs by least squares: pools adjacent violators (Ayer et al. 1955). Pairs of the same place
  /// are averaged first, as in scikit-learn's `IsotonicRegression`.
  public init(fitting places: [Double], to values: [Double]) {
    let order = places.indices.sorted { places[$0] < places[$1] }
    var points: [(x: Double, sum: Double, weight: Double)] = []
    for place in order {
      if let last = points.last, last.x == places[place] {
        points[points.count - 1].sum += values[place]
        points[points.count - 1].weight += 1
      } else {
        points.append((places[place], values[place], 1))
      }
    }
    var pools: [(sum: Double, weight: Double, members: Int)] = []
    for point in points {
      pools.append((point.sum, point.weight, 1))
      while pools.count > 1 {
        let (a, b) = (pools[pools.count - 2], pools[pools.count - 1])
        guard a.sum * b.weight >= b.sum * a.weight else { break }
        pools.removeLast()
        pools[pools.count - 1] = (a.sum + b.sum, a.weight + b.weight, a.members + b.members)
      }
    }
    var (x, y): ([Double], [Double]) = ([], [])
    var at = 0
    for pool in pools {
      let value = pool.sum / pool.weight
      // Both ends of a step say all of it.
      x.append(points[at].x)
      y.append(value)
      if pool.members > 1 {
        x.append(points[at + pool.members - 1].x)
        y.append(value)
      }
      at += pool.members
    }
    self.init(x: x, y: y)
  }
}
