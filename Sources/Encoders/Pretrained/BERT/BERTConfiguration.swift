/// What `config.json` says of a BERT or RoBERTa.
struct BERTConfiguration: Decodable {
  let modelType: String
  let vocabSize: Int
  let hiddenSize: Int
  let numHiddenLayers: Int
  let numAttentionHeads: Int
  let intermediateSize: Int
  let hiddenAct: Activation
  let maxPositionEmbeddings: Int
  let typeVocabSize: Int
  let layerNormEps: Double
  let padTokenId: Int?
  let positionEmbeddingType: String?

  /// Positions count from here: RoBERTa's tables begin with what padding has.
  var firstPosition: Int { modelType == "bert" ? 0 : (padTokenId ?? 1) + 1 }

  var fault: String? {
    if hiddenSize % max(numAttentionHeads, 1) != 0 { return "num_attention_heads does not divide hidden_size" }
    if let type = positionEmbeddingType, type != "absolute" {
      return "position_embedding_type is '\(type)'; only 'absolute' is supported"
    }
    return nil
  }
}
