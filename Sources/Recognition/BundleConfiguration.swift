public import Emotion
public import Evaluation
import Foundation
public import Fusion
import Tensors

/// `bundle/config.json`: all of a trained system but its weights.
public struct BundleConfiguration: Codable, Equatable, Sendable {
  /// A stream of the model.
  public struct Stream: Codable, Equatable, Sendable {
    /// The name of its encoder.
    public var encoder: String
    /// What its numbers were rounded to in training: `bfloat16`, `float16` or `float32`; nil stands for float32.
    public var dtype: String?
    /// What happens to its frames before the model.
    public var preparation: StreamPreparation.Settings
    /// How a published model computes its frames, `encoder` being the model's folder, or its
    /// id on the hub at a commit; nil for front ends.
    public var pretrained: Pretrained?
    /// Whether the network was trained to do without the stream; nil stands for false.
    public var mayBeMissing: Bool?

    /// What it is called where its place does not matter: a front end's name, that of a model without its folder, owner and
    /// commit.
    public var shortName: String {
      URL(filePath: encoder).lastPathComponent.split(separator: "@").first.map(String.init) ?? encoder
    }

    /// A stream of its parts.
    public init(
      encoder: String, dtype: String? = nil, preparation: StreamPreparation.Settings, pretrained: Pretrained? = nil,
      mayBeMissing: Bool? = nil
    ) {
      self.encoder = encoder
      self.dtype = dtype
      self.preparation = preparation
      self.pretrained = pretrained
      self.mayBeMissing = mayBeMissing
    }
  }

  /// How a published model computes a stream.
  public struct Pretrained: Codable, Equatable, Sendable {
    /// `last`, a number, `mean:FIRST-LAST` or `sum:FIRST-LAST`; `all` or `all:FIRST-LAST` for states that the network mixes.
    public var layer: String
    /// `auto`, `float32` or `bfloat16`.
    public var precision: String
    /// Whisper: `window` or `clip`.
    public var context: String
    /// Whether a text's special tokens are frames too.
    public var specialTokens: Bool

    /// The choices of a recipe's stream.
    public init(layer: String, precision: String, context: String, specialTokens: Bool) {
      (self.layer, self.precision, self.context, self.specialTokens) = (layer, precision, context, specialTokens)
    }
  }

  /// The latest version of the format that this code reads and writes.
  public static let currentFormat = 2
  /// The version of bundles that mix no layers, which any Affect can read.
  private static let plainFormat = 1

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
  /// What is done to the probabilities before they are given out; nil for a bundle that was not calibrated.
  public var calibration: Calibration?

  /// A configuration in the oldest format that has room for it.
  public init(
    model: ModelConfiguration, streams: [Stream], classes: [EmotionClass], attributes: [Attribute],
    notes: [String: String], calibration: Calibration? = nil
  ) {
    format = model.mixesLayers ? Self.currentFormat : Self.plainFormat
    self.model = model
    self.streams = streams
    self.classes = classes
    self.attributes = attributes
    self.notes = notes
    self.calibration = calibration
  }

  /// What is wrong with the parts, as a sentence; nil when they fit together.
  public var fault: String? {
    if let fault = model.fault { return fault }
    guard streams.count == model.inputs.count else {
      return "it names \(streams.count) streams for a network of \(model.inputs.count)"
    }
    if let bad = streams.first(where: { $0.preparation.stack < 1 }) {
      return "the stream \(bad.encoder) stacks \(bad.preparation.stack) frames; 1 or more can be stacked"
    }
    if let bad = streams.first(where: { $0.dtype.map { DType(rawValue: $0)?.isFloatingPoint != true } ?? false }) {
      return "the stream \(bad.encoder) has the dtype \(bad.dtype ?? ""), which no features are rounded to"
    }
    guard classes.count == model.classCount, Set(classes).count == classes.count else {
      return
        "it names the classes \(classes.map(\.rawValue)) for a network of \(model.classCount); each is expected once"
    }
    guard attributes.count == model.attributeCount, Set(attributes).count == attributes.count else {
      return "it names the attributes \(attributes.map(\.rawValue)) for a network of \(model.attributeCount); each is "
        + "expected once"
    }
    if let calibration {
      guard calibration.classes == classes else {
        return "its calibration is for the classes \(calibration.classes.map(\.rawValue)), and not for "
          + "\(classes.map(\.rawValue))"
      }
      return calibration.fault
    }
    return nil
  }
}
