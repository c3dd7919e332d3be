/// What `config.json` says of a wav2vec 2.0, HuBERT or WavLM.
struct Wav2Vec2Configuration: Decodable {
  let modelType: String
  let hiddenSize: Int
  let numHiddenLayers: Int
  let numAttentionHeads: Int
  let intermediateSize: Int
  let hiddenAct: Activation
  let layerNormEps: Double
  let doStableLayerNorm: Bool?
  let convDim: [Int]
  let convKernel: [Int]
  let convStride: [Int]
  let convBias: Bool?
  let featExtractNorm: FeatureNorm
  let featExtractActivation: Activation
  let featProjLayerNorm: Bool?
  let numConvPosEmbeddings: Int
  let numConvPosEmbeddingGroups: Int
  let convPosBatchNorm: Bool?
  let addAdapter: Bool?
  let numBuckets: Int?
  let maxBucketDistance: Int?

  /// What normalises the convolutions: each frame of each layer, or each channel of the first layer over time.
  enum FeatureNorm: String, Decodable { case layer, group }

  /// WavLM's attention has a gated bias for relative positions.
  var hasRelativePositions: Bool { modelType == "wavlm" }
  /// Samples from one frame to the next.
  var hop: Int { convStride.reduce(1, *) }

  /// How many samples one frame sees.
  var receptiveField: Int {
    zip(convKernel, convStride).reversed().reduce(1) { ($0 - 1) * $1.1 + $1.0 }
  }

  /// How many frames so many samples give.
  func frames(samples: Int) -> Int {
    zip(convKernel, convStride).reduce(samples) { $0 < $1.0 ? 0 : ($0 - $1.0) / $1.1 + 1 }
  }

  var fault: String? {
    if numAttentionHeads < 1 || hiddenSize % numAttentionHeads != 0 {
      return "num_attention_heads \(numAttentionHeads) does not divide hidden_size \(hiddenSize)"
    }
    if convDim.isEmpty || convDim.count != convKernel.count || convDim.count != convStride.count {
      return
        "conv_dim, conv_kernel and conv_stride have \(convDim.count), \(convKernel.count) and \(convStride.count) entries"
    }
    if (convDim + convKernel + convStride).contains(where: { $0 < 1 }) { return "convolutions have positive sizes" }
    if addAdapter ?? false { return "add_adapter is not supported" }
    if convPosBatchNorm ?? false { return "conv_pos_batch_norm is not supported" }
    return nil
  }
}
