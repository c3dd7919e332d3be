import Encoders
import FeatureStore
import Foundation
public import Tensors

/// An encoder with all that decides its numbers, as a recipe's stream or a command line chooses it.
public struct EncoderChoice: Hashable, Sendable {
  /// A front end's name, that of features imported into the store, or a published model's folder or id on the hub.
  public var name: String
  /// What its numbers are stored in.
  public var dtype: DType
  /// Which hidden state of a published model: `last`, a number, `mean:FIRST-LAST` or `sum:FIRST-LAST`; `all` and `all:FIRST-LAST`
  /// keep several side by side, (frames, states x width).
  public var layer = "last"
  /// What a published model computes in: `auto`, `float32` or `bfloat16`.
  public var precision = "auto"
  /// What Whisper sees around a clip: `window` or `clip`.
  public var context = "window"
  /// Whether a text's special tokens become features.
  public var specialTokens = true
  /// Where a published model computes.
  public var device = "cpu"

  /// Which version of the clips is heard; nil for them as they are.
  public var copy: AugmentedCopy?

  /// A choice with the usual options.
  public init(_ name: String, dtype: DType = .bfloat16, layer: String = "last") {
    (self.name, self.dtype, self.layer) = (name, dtype, layer)
  }

  /// What is wrong with the options, as a sentence that begins with the option; nil where they can be.
  var fault: (option: String, problem: String)? {
    guard let selection = LayerSelection(layer) else {
      return (
        option: "layer",
        problem: "'\(layer)' is none of last, a number, mean:FIRST-LAST, sum:FIRST-LAST, all, all:FIRST-LAST"
      )
    }
    if selection.isStacked, FrontEnds.names.contains(name) {
      return (
        option: "layer",
        problem: "'\(layer)' keeps the layers of a published model, and \(name) has none; leave layer out"
      )
    }
    if !EncoderPrecision.names.contains(precision) {
      let known = EncoderPrecision.names.joined(separator: ", ")
      return (option: "precision", problem: "'\(precision)' is none of \(known)")
    }
    return SpeechEncoder.Context(rawValue: context) == nil
      ? (option: "context", problem: "'\(context)' is neither window nor clip") : nil
  }

  /// The source of its features. A model that is named by its id is fetched.
  ///
  /// - Parameter report: is told of that
  func source(in store: FeatureStore, report: (Notice) -> Void) throws -> FeatureExtraction.Source {
    if let copy {
      // What fails here is the name: copies are of front ends, which compute clips one by one as they are decoded.
      let frontEnd = try FrontEnds.named(name)
      let settings = try copy.settings().merging(["version": frontEnd.version]) { _, new in new }
      return .init(
        name: name,
        identity: EncoderIdentity(name: "\(name)-copy-\(copy.number)", settings: settings, dtype: dtype),
        maker: .augmented(frontEnd, copy))
    }
    if let frontEnd = try? FrontEnds.named(name) {
      return .init(
        name: name, identity: EncoderIdentity(name: name, settings: ["version": frontEnd.version], dtype: dtype),
        maker: .frontEnd(frontEnd))
    }
    let isThere = FileManager.default.fileExists(atPath: store.folder.path)
    let imported = isThere ? try store.encoders().filter { $0.name == name && $0.isImported } : []
    if let identity = imported.first(where: { $0.dtype == dtype }) ?? imported.first {
      guard LayerSelection(layer)?.isStacked != true else {
        throw EncoderError.input(
          reason:
            "layer '\(layer)' keeps the layers of a published model, and the features '\(name)' were imported, as one "
            + "vector to a frame; leave layer out")
      }
      return .init(name: name, identity: identity, maker: .imported)
    }
    // Ids have an owner before the slash: what has none, and is no folder, is a front end's name mistyped.
    if !name.contains("/"), !FileManager.default.fileExists(atPath: name) { _ = try FrontEnds.named(name) }
    let model = try PretrainedSource(ModelLocation.folder(name, report: report), self)
    return .init(name: name, identity: try model.identity(dtype), maker: .pretrained(model))
  }
}
