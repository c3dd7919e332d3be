public import Emotion
import Foundation
public import Fusion
public import NN

/// `bundle/config.json`: all of a trained system but its weights.
public struct BundleConfiguration: Codable, Equatable, Sendable {
  /// A stream of the model.
  public struct Stream: Codable, Equatable, Sendable {
    /// The name of its encoder.
    public var encoder: String
    /// What happens to its frames before the model.
    public var preparation: StreamPreparation.Settings

    /// A stream of its parts.
    public init(encoder: String, preparation: StreamPreparation.Settings) {
      self.encoder = encoder
      self.preparation = preparation
    }
  }

  /// The version of the format that this code reads and writes.
  public static let currentFormat = 1

  /// The version of the format.
  public var format: Int
  /// The network.
  public var model: ModelConfiguration
  /// Its streams, in order.
  public var streams: [Stream]
  /// What its logits stand for, in order.
  public var classes: [EmotionClass]
  /// What its attribute outputs stand for, in order.
  public var attributes: [Attribute]
  /// What it was trained on and how well it does, in words, for whoever comes across it.
  public var notes: [String: String]

  /// A configuration in the current format.
  public init(
    model: ModelConfiguration, streams: [Stream], classes: [EmotionClass], attributes: [Attribute],
    notes: [String: String]
  ) {
    format = Self.currentFormat
    self.model = model
    self.streams = streams
    self.classes = classes
    self.attributes = attributes
    self.notes = notes
  }
}

/// A fusion model by its kind and sizes.
public enum ModelConfiguration: Codable, Equatable, Sendable {
  /// System B's network.
  case deepSER(DeepSER.Configuration)

  private enum Keys: String, CodingKey { case kind, sizes }

  /// The kinds, as `config.json` names them.
  public static let kinds = ["deepser"]

  /// Reads `{"kind": …, "sizes": {…}}`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    let kind = try values.decode(String.self, forKey: .kind)
    switch kind {
    case "deepser": self = .deepSER(try values.decode(DeepSER.Configuration.self, forKey: .sizes))
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: values,
        debugDescription: "there is no model '\(kind)'; there are \(Self.kinds.joined(separator: ", "))")
    }
  }

  /// Writes `{"kind": …, "sizes": {…}}`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Keys.self)
    switch self {
    case .deepSER(let sizes):
      try values.encode("deepser", forKey: .kind)
      try values.encode(sizes, forKey: .sizes)
    }
  }

  /// The network with new parameters.
  public func make(_ initializer: Initializer) throws -> any EmotionModel {
    switch self {
    case .deepSER(let sizes): try DeepSER(sizes, initializer)
    }
  }

  /// How many streams the network takes.
  public var streamCount: Int {
    switch self {
    case .deepSER(let sizes): sizes.inputs.count
    }
  }
}
