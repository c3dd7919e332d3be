/// What `config.json` says of a DeBERTa-v2 or v3.
struct DeBERTaConfiguration: Decodable {
  let vocabSize: Int
  let hiddenSize: Int
  let embeddingSize: Int?
  let numHiddenLayers: Int
  let numAttentionHeads: Int
  let attentionHeadSize: Int?
  let intermediateSize: Int
  let hiddenAct: Activation
  let maxPositionEmbeddings: Int
  let typeVocabSize: Int
  let layerNormEps: Double
  let relativeAttention: Bool?
  let maxRelativePositions: Int?
  let positionBuckets: Int?
  let normRelEbd: String?
  let shareAttKey: Bool?
  /// A list, or names joined by `|` in old files.
  let posAttType: Names?
  let positionBiasedInput: Bool?
  let convKernelSize: Int?
  let convAct: Activation?
  let convGroups: Int?

  struct Names: Decodable {
    let list: [String]
    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      let names =
        try (try? container.decode([String].self))
        ?? container.decode(String.self).split(separator: "|").map(String.init)
      list = names.map { $0.trimmingPrefix(while: \.isWhitespace).lowercased() }
    }
  }

  var headWidth: Int { attentionHeadSize ?? hiddenSize / max(numAttentionHeads, 1) }
  var isRelative: Bool { relativeAttention ?? false }
  var hasContentToPosition: Bool { isRelative && (posAttType?.list.contains("c2p") ?? false) }
  var hasPositionToContent: Bool { isRelative && (posAttType?.list.contains("p2c") ?? false) }
  var sharesKey: Bool { shareAttKey ?? false }
  var largestDistance: Int { (maxRelativePositions ?? -1) < 1 ? maxPositionEmbeddings : maxRelativePositions ?? 0 }
  var buckets: Int { positionBuckets ?? -1 }
  /// Relative positions are told apart from -span to span.
  var span: Int { buckets > 0 ? buckets : largestDistance }
  var normalisesPositions: Bool { (normRelEbd ?? "none").lowercased().contains("layer_norm") }
  var convolutionTaps: Int { convKernelSize ?? 0 }

  var fault: String? {
    if numAttentionHeads < 1 || hiddenSize % numAttentionHeads != 0 {
      return "num_attention_heads \(numAttentionHeads) does not divide hidden_size \(hiddenSize)"
    }
    if convolutionTaps > 0, convGroups ?? 1 != 1 { return "conv_groups is \(convGroups ?? 1); only 1 is supported" }
    if convolutionTaps > 0, convolutionTaps % 2 == 0 {
      return "conv_kernel_size is \(convolutionTaps); odd is expected"
    }
    return nil
  }
}
