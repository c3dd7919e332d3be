/// What `config.json` says of a Whisper, as far as its encoder goes.
struct WhisperConfiguration: Decodable {
  let dModel: Int
  let encoderLayers: Int
  let encoderAttentionHeads: Int
  let encoderFfnDim: Int
  let numMelBins: Int
  let maxSourcePositions: Int
  let activationFunction: Activation?

  var fault: String? {
    if encoderAttentionHeads < 1 || dModel % encoderAttentionHeads != 0 {
      return "encoder_attention_heads \(encoderAttentionHeads) does not divide d_model \(dModel)"
    }
    return nil
  }
}
