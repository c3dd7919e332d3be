public import Foundation
import NN
public import Tensors

/// A pretrained text encoder: token ids in, hidden states out. BERT, RoBERTa, DeBERTa-v2 and v3, ModernBERT.
public final class TextEncoder {
  /// The `model_type`s that are supported.
  public static let supported = ["bert", "roberta", "deberta-v2", "modernbert"]

  private let network: any TextNetwork

  /// Loads a published model.
  ///
  /// - Parameters:
  ///   - folder: holds `config.json` and the weights in a published layout
  ///   - dtype: what it computes in
  /// - Throws: `EncoderError`, and `FileError` for weights that can't be read
  public init(folder: URL, dtype: DType = .float32) throws {
    let folder = try ModelFolder(folder)
    switch folder.type {
    case "bert", "roberta":
      network = try BERT(folder.configuration(BERTConfiguration.self, fault: \.fault), dtype: dtype)
    case "deberta-v2":
      network = try DeBERTa(folder.configuration(DeBERTaConfiguration.self, fault: \.fault), dtype: dtype)
    case "modernbert":
      network = try ModernBERT(folder.configuration(ModernBERTConfiguration.self, fault: \.fault), dtype: dtype)
    default: throw folder.unsupported("text", Self.supported)
    }
    let prefixes = ["bert.", "roberta.", "deberta.", "model."]
    let ignored = [
      "pooler.", "cls.", "lm_head.", "classifier.", "embeddings.position_ids", "embeddings.position_embeddings.",
      "lm_predictions.", "mask_predictions.", "head.", "decoder.", "qa_outputs.",
    ]
    try PublishedKeys(prefixes: prefixes, ignored: ignored).load(network, from: PublishedWeights(folder.url))
  }

  /// Numbers in a token's hidden state.
  public var width: Int { network.width }
  /// How many layers there are; there is one hidden state more.
  public var layerCount: Int { network.layerCount }
  /// The most tokens a text may have; nil where there is no limit.
  public var longest: Int? { network.longest }

  /// Hidden states of texts, each as it would have alone: nothing is padded.
  ///
  /// - Parameters:
  ///   - tokens: the ids of each text, with special tokens where they are wanted
  ///   - layers: which hidden states
  /// - Returns: for each text (tokens, width), or (states, tokens, width) for all layers
  /// - Throws: `EncoderError.input` for an empty or too long text, or an id that the model has not
  public func hiddenStates(of tokens: [[Int]], layers: LayerSelection = .last) throws -> [Tensor] {
    for (number, text) in tokens.enumerated() {
      guard !text.isEmpty else { throw EncoderError.input(reason: "text \(number) has no tokens") }
      if let longest = network.longest, text.count > longest {
        throw EncoderError.input(reason: "text \(number) has \(text.count) tokens; the model takes at most \(longest)")
      }
      if let id = text.first(where: { !(0..<network.vocabularySize).contains($0) }) {
        throw EncoderError.input(
          reason: "text \(number) has the token \(id); the model knows 0 to \(network.vocabularySize - 1)")
      }
    }
    guard !tokens.isEmpty else { return [] }
    return try withoutGradients {
      var states = try HiddenStates(layers, layers: network.layerCount)
      try network.run(tokens) { state, rows in
        try states.take(state, rows)
        return !states.isComplete(after: state)
      }
      return try states.result().split(tokens.map(\.count), dimension: -2)
    }
  }
}
