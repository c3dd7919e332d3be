/// What `config.json` says of a ModernBERT, in the spelling of its publication or in the newer one.
struct ModernBERTConfiguration: Decodable {
  let vocabSize: Int
  let hiddenSize: Int
  let numHiddenLayers: Int
  let numAttentionHeads: Int
  let intermediateSize: Int
  let hiddenActivation: Activation?
  let maxPositionEmbeddings: Int
  let normEps: Double?
  let normBias: Bool?
  let attentionBias: Bool?
  let mlpBias: Bool?
  let localAttention: Int?
  let globalAttnEveryNLayers: Int?
  let layerTypes: [String]?
  let globalRopeTheta: Double?
  let localRopeTheta: Double?
  let ropeParameters: [String: Rope]?

  struct Rope: Decodable {
    let ropeType: String?
    let ropeTheta: Double?
  }

  /// Whether each layer sees all tokens, or those within the window alone.
  var seesAll: [Bool] {
    if let layerTypes { return layerTypes.map { $0 == "full_attention" } }
    let every = max(globalAttnEveryNLayers ?? 3, 1)
    return (0..<numHiddenLayers).map { $0 % every == 0 }
  }

  /// The base of the rotary angles.
  func theta(seesAll: Bool) -> Double {
    let rope = ropeParameters?[seesAll ? "full_attention" : "sliding_attention"]
    return rope?.ropeTheta ?? (seesAll ? globalRopeTheta ?? 160_000 : localRopeTheta ?? 10_000)
  }

  /// Tokens to either side that a local layer sees.
  var reach: Int { (localAttention ?? 128) / 2 }

  var fault: String? {
    if numAttentionHeads < 1 || hiddenSize % numAttentionHeads != 0 || (hiddenSize / numAttentionHeads) % 2 != 0 {
      return "\(numAttentionHeads) heads do not divide hidden_size \(hiddenSize) into even widths"
    }
    if let types = layerTypes, types.count != numHiddenLayers {
      return "layer_types has \(types.count) entries for \(numHiddenLayers) layers"
    }
    if let type = layerTypes?.first(where: { $0 != "full_attention" && $0 != "sliding_attention" }) {
      return "layer_types holds '\(type)'; full_attention and sliding_attention are supported"
    }
    if let rope = ropeParameters?.values.first(where: { $0.ropeType ?? "default" != "default" }) {
      return "rope_type is '\(rope.ropeType ?? "")'; only 'default' is supported"
    }
    return nil
  }
}
