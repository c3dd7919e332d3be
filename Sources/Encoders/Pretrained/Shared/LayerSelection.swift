public import Tensors

/// Which of an encoder's hidden states become features. State 0 is what goes into the first layer, state n what comes out
/// of layer n, numbered and normalised as `hidden_states` of the reference implementation.
public enum LayerSelection: Hashable, Sendable {
  /// The encoder's output, after the final normalisation where there is one.
  case last
  /// One state; negative counts from the last, which is -1.
  case index(Int)
  /// All states, stacked.
  case all
  /// The states of a range, stacked.
  case each(ClosedRange<Int>)
  /// The mean of a range of states.
  case mean(ClosedRange<Int>)
  /// The sum of a range of states.
  case sum(ClosedRange<Int>)

  /// The states that are needed of an encoder of so many layers.
  func states(layers: Int) throws -> ClosedRange<Int> {
    let range: ClosedRange<Int> =
      switch self {
      case .last: layers...layers
      case .index(let index): index < 0 ? (layers + 1 + index)...(layers + 1 + index) : index...index
      case .all: 0...layers
      case .each(let range), .mean(let range), .sum(let range): range
      }
    guard range.lowerBound >= 0, range.upperBound <= layers else {
      throw EncoderError.noSuchLayer(selection: description, layers: layers)
    }
    return range
  }

  /// Whether several states come out side by side instead of one.
  public var isStacked: Bool {
    switch self {
    case .all, .each: true
    case .last, .index, .mean, .sum: false
    }
  }

  /// How many states stand side by side in the rows of `frames(of:)`; nil for all of an encoder that is not known.
  public var count: Int? {
    switch self {
    case .all: nil
    case .each(let range): range.count
    case .last, .index, .mean, .sum: 1
    }
  }

  /// The same with the range written out where all states are meant. Throws `EncoderError.noSuchLayer` for states that an
  /// encoder of so many layers has not.
  public func resolved(layers: Int) throws -> LayerSelection {
    let range = try states(layers: layers)
    return isStacked ? .each(range) : self
  }

  /// What an encoder gives, as one row to a frame: stacked states (states, frames, width) become (frames, states x width), the
  /// states of a frame side by side; one state (frames, width) stays as it is.
  public func frames(of states: Tensor) throws -> Tensor {
    guard isStacked else { return states }
    return try states.transposed(0, 1).reshaped([states.size(1), states.size(0) * states.size(2)])
  }
}

extension LayerSelection: Codable, LosslessStringConvertible {
  /// `last`, `all`, `all:1-6`, `12`, `-2`, `mean:9-12` or `sum:0-24`.
  public init?(_ description: String) {
    let range = { (text: Substring) -> ClosedRange<Int>? in
      let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else { return nil }
      return first...last
    }
    switch description {
    case "last": self = .last
    case "all": self = .all
    case _ where description.hasPrefix("all:"):
      guard let range = range(description.dropFirst(4)) else { return nil }
      self = .each(range)
    case _ where description.hasPrefix("mean:"):
      guard let range = range(description.dropFirst(5)) else { return nil }
      self = .mean(range)
    case _ where description.hasPrefix("sum:"):
      guard let range = range(description.dropFirst(4)) else { return nil }
      self = .sum(range)
    default:
      guard let index = Int(description) else { return nil }
      self = .index(index)
    }
  }

  /// As the initialiser reads it.
  public var description: String {
    switch self {
    case .last: "last"
    case .all: "all"
    case .each(let range): "all:\(range.lowerBound)-\(range.upperBound)"
    case .index(let index): "\(index)"
    case .mean(let range): "mean:\(range.lowerBound)-\(range.upperBound)"
    case .sum(let range): "sum:\(range.lowerBound)-\(range.upperBound)"
    }
  }

  /// Reads the description.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try (try? container.decode(Int.self)).map(String.init) ?? container.decode(String.self)
    guard let selection = LayerSelection(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription:
          "a layer is last, all, all:FIRST-LAST, a number, mean:FIRST-LAST or sum:FIRST-LAST, not '\(text)'")
    }
    self = selection
  }

  /// Writes the description.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
