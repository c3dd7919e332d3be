public import Foundation
import NN
public import Tensors
public import Tokenizers

/// A pretrained text encoder: token ids in, hidden states out. BERT, RoBERTa, DeBERTa-v2 and v3, ModernBERT.
public final class TextEncoder {
  /// The `model_type`s that are supported.
  public static let supported = ["bert", "roberta", "xlm-roberta", "deberta-v2", "modernbert"]

  private let network: any TextNetwork
  private let options: EncoderOptions

  /// Loads a published model.
  ///
  /// - Parameters:
  ///   - folder: holds `config.json` and the weights in a published layout
  ///   - options: what it computes in and on
  /// - Throws: `EncoderError`, and `FileError` for weights that can't be read
  public init(folder: URL, options: EncoderOptions = EncoderOptions()) throws {
    if let fault = options.fault { throw EncoderError.input(reason: fault) }
    let folder = try ModelFolder(folder)
    let dtype = options.dtype
    switch folder.type {
    case "bert", "roberta", "xlm-roberta":
      network = try BERT(folder.configuration(BERTConfiguration.self, fault: \.fault), dtype: dtype)
    case "deberta-v2":
      network = try DeBERTa(folder.configuration(DeBERTaConfiguration.self, fault: \.fault), dtype: dtype)
    case "modernbert":
      network = try ModernBERT(folder.configuration(ModernBERTConfiguration.self, fault: \.fault), dtype: dtype)
    default: throw folder.unsupported("text", Self.supported)
    }
    self.options = options
    let prefixes = ["bert.", "roberta.", "deberta.", "model."]
    let ignored = [
      "pooler.", "cls.", "lm_head.", "classifier.", "embeddings.position_ids", "embeddings.position_embeddings.",
      "lm_predictions.", "mask_predictions.", "head.", "decoder.", "qa_outputs.",
    ]
    try PublishedKeys(prefixes: prefixes, ignored: ignored)
      .load(network, from: PublishedWeights(folder.url), onto: options.device)
  }

  /// Numbers in a token's hidden state.
  public var width: Int { network.width }
  /// Numbers in a row of `LayerSelection.frames(of:)`: those of all states of a token. Throws `EncoderError` for layers that are
  /// not there.
  public func frameWidth(of layers: LayerSelection) throws -> Int {
    try width * (layers.resolved(layers: layerCount).count ?? 1)
  }
  /// How many layers there are; there is one hidden state more.
  public var layerCount: Int { network.layerCount }
  /// The most tokens a text may have; nil where there is no limit.
  public var longest: Int? { network.longest }
  /// What it computes in and on.
  public var dtype: DType { options.dtype }

  /// Hidden states of texts, each as it would have alone: nothing is padded. Texts of like length are computed together, up
  /// to the options' budget.
  ///
  /// - Parameters:
  ///   - tokens: the ids of each text, with special tokens where they are wanted
  ///   - layers: which hidden states
  ///   - report: is told how many texts are done, of how many
  /// - Returns: for each text (tokens, width), or (states, tokens, width) for layers that are stacked
  /// - Throws: `EncoderError.input` for an empty or too long text, or an id that the model has not
  public func hiddenStates(
    of tokens: [[Int]], layers: LayerSelection = .last, report: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> [Tensor] {
    for (number, text) in tokens.enumerated() {
      if let fault = fault(of: text) {
        throw EncoderError.input(reason: "text \(number) \(fault)")
      }
    }
    var found = [Tensor?](repeating: nil, count: tokens.count)
    var done = 0
    for batch in BatchPlan(rows: tokens.map(\.count), budget: options.rowBudget).batches {
      for (number, states) in zip(batch, try computed(batch.map { tokens[$0] }, layers)) { found[number] = states }
      done += batch.count
      report(done, tokens.count)
    }
    return found.compactMap { $0 }
  }

  /// Hidden states of texts with the tokens' places in them.
  ///
  /// - Parameters:
  ///   - texts: any texts
  ///   - tokenizer: the one that the model was published with
  ///   - keepsSpecialTokens: whether the states of the tokens around a text come out too; the model sees them always
  /// - Throws: `EncoderError.input` for a text that is too long or leaves no token, `TokenizerError`
  public func features(
    of texts: [String], tokenizer: Tokenizer, layers: LayerSelection = .last, keepsSpecialTokens: Bool = true
  ) throws -> [TextFeatures] {
    let encodings = try texts.map { try tokenizer.encode($0) }
    return try zip(encodings, hiddenStates(of: encodings.map(\.ids), layers: layers)).enumerated().map { number, item in
      let (encoding, states) = item
      let kept = encoding.ids.indices.filter { keepsSpecialTokens || !encoding.isSpecial[$0] }
      guard !kept.isEmpty else {
        throw EncoderError.input(reason: "text \(number) has no tokens but special ones, which are left out")
      }
      let dimension = states.rank - 2
      return TextFeatures(
        states: kept.count == encoding.ids.count
          ? states : try states.indexSelected(dimension, Tensor(kept).moved(to: states.device)),
        ids: kept.map { encoding.ids[$0] }, spans: kept.map { encoding.spans[$0] })
    }
  }

  /// Why the model can't take a text of these tokens, as the rest of a sentence; nil where it can.
  public func fault(of tokens: [Int]) -> String? {
    guard !tokens.isEmpty else { return "has no tokens" }
    if let longest = network.longest, tokens.count > longest {
      return "has \(tokens.count) tokens; the model takes at most \(longest)"
    }
    return tokens.first { !(0..<network.vocabularySize).contains($0) }.map {
      "has the token \($0); the model knows 0 to \(network.vocabularySize - 1)"
    }
  }

  /// What a selection of layers is of all hidden states, (states, tokens, width).
  public func selected(_ layers: LayerSelection, from all: Tensor) throws -> Tensor { try layers.selected(from: all) }

  private func computed(_ tokens: [[Int]], _ layers: LayerSelection) throws -> [Tensor] {
    try withoutGradients {
      var states = try HiddenStates(layers, layers: network.layerCount)
      try network.run(tokens) { state, rows in
        try states.take(state, rows)
        return !states.isComplete(after: state)
      }
      guard tokens.count > 1 else { return [try states.result()] }
      // Copies, so that one text's states do not keep those of the whole batch in memory.
      return try states.result().split(tokens.map(\.count), dimension: -2).map { try $0.clone() }
    }
  }
}

/// Hidden states of a text with the tokens' places in it.
public struct TextFeatures {
  /// (tokens, width), or (states, tokens, width)
  public let states: Tensor
  /// The tokens' ids.
  public let ids: [Int]
  /// Where each token lies in the text, in Unicode scalars; empty for special tokens.
  public let spans: [Range<Int>]
}
