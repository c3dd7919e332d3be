/// What `config.json` says of a Whisper's decoder.
struct WhisperDecoderConfiguration: Decodable {
  let dModel: Int
  let decoderLayers: Int
  let decoderAttentionHeads: Int
  let decoderFfnDim: Int
  let vocabSize: Int
  let maxTargetPositions: Int
  let maxSourcePositions: Int
  let activationFunction: Activation?
  let scaleEmbedding: Bool?

  var fault: String? {
    if decoderAttentionHeads < 1 || dModel % decoderAttentionHeads != 0 {
      return "decoder_attention_heads \(decoderAttentionHeads) does not divide d_model \(dModel)"
    }
    for (name, value) in [
      ("decoder_layers", decoderLayers), ("decoder_ffn_dim", decoderFfnDim), ("vocab_size", vocabSize),
      ("max_target_positions", maxTargetPositions), ("max_source_positions", maxSourcePositions),
    ] where value < 1 {
      return "\(name) is \(value); a positive number is expected"
    }
    return nil
  }
}
