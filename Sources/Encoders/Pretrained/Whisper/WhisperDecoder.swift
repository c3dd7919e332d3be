import NN
import Tensors

/// The decoder of Whisper (Radford et al. 2022): token and position embeddings, pre-norm layers that attend to what is
/// written so far and to the encoder's output, and logits by the token embeddings.
final class WhisperDecoder: Module {
  private let configuration: WhisperDecoderConfiguration
  private let tokens: EmbeddingTable
  private let positions: EmbeddingTable
  private let layers: [WhisperDecoderLayer]
  private let norm: LayerNorm
  private var head: PackedLinear?

  init(_ configuration: WhisperDecoderConfiguration, dtype: DType) throws {
    let (width, initializer) = (configuration.dModel, Initializer.unset(dtype: dtype))
    self.configuration = configuration
    tokens = try EmbeddingTable(configuration.vocabSize, width, dtype: dtype)
    positions = try EmbeddingTable(configuration.maxTargetPositions, width, dtype: dtype)
    layers = try (0..<configuration.decoderLayers).map { _ in try WhisperDecoderLayer(configuration, initializer) }
    norm = try LayerNorm(width, initializer)
  }

  var members: Members {
    [
      "embed_tokens": .module(tokens), "embed_positions": .module(positions), "layers": .modules(layers),
      "layer_norm": .module(norm),
    ]
  }

  var vocabularySize: Int { configuration.vocabSize }
  /// The most tokens that a sequence may have, those of the prompt included.
  var longest: Int { configuration.maxTargetPositions }

  /// Puts the loaded weights in the order in which steps multiply them; they can't be loaded again.
  func pack() throws {
    for layer in layers { try layer.pack() }
    head = try PackedLinear(tokens.weight, rows: 5)
  }

  /// Keys and values of encoder outputs, (clips, frames, width): once for a window, whatever is decoded from it.
  func crossMemory(_ output: Tensor) throws -> WhisperCrossMemory {
    WhisperCrossMemory(clips: output.size(0), layers: try layers.map { try $0.crossMemory(output) })
  }

  /// An empty cache for so many sequences to a clip, of at most so many tokens each.
  func cache(_ memory: WhisperCrossMemory, sequences: Int, capacity: Int) throws -> WhisperCache {
    let heads = configuration.decoderAttentionHeads
    let shape = [memory.clips * sequences, heads, capacity, configuration.dModel / heads]
    return WhisperCache(
      memory: memory, sequences: sequences, capacity: capacity,
      layers: try layers.map { _ in
        WhisperCache.Layer(
          keys: try .empty(shape), values: try .empty(shape))
      })
  }

  /// Reads the next tokens of each sequence and gives the logits after some of them.
  ///
  /// - Parameters:
  ///   - ids: as many for each sequence; several only into an empty cache
  ///   - wanted: the places among them whose logits are wanted
  /// - Returns: float32 (sequences, wanted, vocabulary)
  func logits(after ids: [[Int]], wanted: [Int], _ cache: WhisperCache) throws -> Tensor {
    let (rows, count) = (ids.count, ids.first?.count ?? 0)
    let start = cache.length
    guard rows == cache.rows, count > 0, ids.allSatisfy({ $0.count == count }), start + count <= cache.capacity,
      count == 1 || start == 0, start + count <= longest
    else {
      throw TensorError(
        operation: "decoding", message: "\(rows) sequences of \(count) tokens do not fit the cache after \(start)")
    }
    var x = try tokens(Tensor(ids.flatMap { $0 }))
    if configuration.scaleEmbedding == true { x = try x * Double(configuration.dModel).squareRoot() }
    x =
      try x.reshaped([rows, count, configuration.dModel])
      + positions.weight.narrowed(0, start: start, length: count)
    for (number, layer) in layers.enumerated() { x = try layer(x, number, cache) }
    cache.length += count
    if wanted.count < count {
      x = try wanted == [count - 1] ? x.narrowed(1, start: count - 1, length: 1) : x.indexSelected(1, Tensor(wanted))
    }
    let states = try norm(x)
    return try (head?(states) ?? states.linear(tokens.weight)).converted(to: .float32)
  }
}

/// One pre-norm layer of Whisper's decoder. Projections of one input are one product.
final class WhisperDecoderLayer: Module {
  private let heads: Int
  private let activation: Activation
  private let attentionNorm: LayerNorm
  private let crossNorm: LayerNorm
  private let norm: LayerNorm
  /// Query, key and value of what is written so far.
  private let input: JoinedLinear
  private let output: JoinedLinear
  private let crossQuery: JoinedLinear
  /// Key and value of the encoder's output.
  private let crossInput: JoinedLinear
  private let crossOutput: JoinedLinear
  private let inner: JoinedLinear
  private let outer: JoinedLinear

  init(_ configuration: WhisperDecoderConfiguration, _ initializer: Initializer) throws {
    let (width, dtype) = (configuration.dModel, initializer.dtype)
    heads = configuration.decoderAttentionHeads
    activation = configuration.activationFunction ?? .gelu
    (attentionNorm, crossNorm, norm) = try (
      LayerNorm(width, initializer), LayerNorm(width, initializer), LayerNorm(width, initializer)
    )
    input = try JoinedLinear(
      width, [("q_proj", width, true), ("k_proj", width, false), ("v_proj", width, true)], dtype)
    output = try JoinedLinear(width, [("out_proj", width, true)], dtype)
    crossQuery = try JoinedLinear(width, [("q_proj", width, true)], dtype)
    crossInput = try JoinedLinear(width, [("k_proj", width, false), ("v_proj", width, true)], dtype)
    crossOutput = try JoinedLinear(width, [("out_proj", width, true)], dtype)
    inner = try JoinedLinear(width, [("fc1", configuration.decoderFfnDim, true)], dtype)
    outer = try JoinedLinear(configuration.decoderFfnDim, [("fc2", width, true)], dtype)
  }

  var members: Members {
    [
      "self_attn": .module(
        Parts([
          "q_proj": input["q_proj"], "k_proj": input["k_proj"], "v_proj": input["v_proj"],
          "out_proj": output["out_proj"],
        ])), "self_attn_layer_norm": .module(attentionNorm),
      "encoder_attn": .module(
        Parts([
          "q_proj": crossQuery["q_proj"], "k_proj": crossInput["k_proj"], "v_proj": crossInput["v_proj"],
          "out_proj": crossOutput["out_proj"],
        ])), "encoder_attn_layer_norm": .module(crossNorm), "fc1": inner["fc1"], "fc2": outer["fc2"],
      "final_layer_norm": .module(norm),
    ]
  }

  func pack() throws {
    for layer in [input, output, crossQuery, crossOutput, inner, outer] { try layer.pack(rows: 5) }
    try crossInput.pack(rows: 1500)
  }

  /// Keys and values of encoder outputs (clips, frames, width), each (clips, heads, frames, width / heads).
  func crossMemory(_ output: Tensor) throws -> WhisperCache.Layer {
    let (clips, frames) = (output.size(0), output.size(1))
    let both = try crossInput(output).reshaped([clips, frames, 2, heads, output.size(2) / heads])
      .permuted([2, 0, 3, 1, 4]).converted(to: .float32).contiguous()
    return WhisperCache.Layer(keys: try both[0], values: try both[1])
  }

  /// (sequences, tokens, width) to the same shape.
  func callAsFunction(_ x: Tensor, _ number: Int, _ cache: WhisperCache) throws -> Tensor {
    let (rows, count, width) = (x.size(0), x.size(1), x.size(2))
    let projected = try input(attentionNorm(x)).reshaped([rows, count, 3, heads, width / heads])
      .permuted([2, 0, 3, 1, 4])
    let (keys, values) = try cache.append(number, keys: projected[1], values: projected[2])
    // Attention of few queries is fastest, and exact, in float32: processors have nothing faster for it.
    let written = try projected[0].converted(to: .float32)
      .attended(key: keys, value: values, isCausal: count > 1)
      .converted(to: x.dtype).transposed(1, 2).reshaped([rows, count, width])
    let middle = try x + output(written)
    // Sequences of one clip ask its keys together, as if they were tokens of one.
    let queries = cache.sequences * count
    let query = try crossQuery(crossNorm(middle)).reshaped([cache.memory.clips, queries, heads, width / heads])
      .transposed(1, 2).converted(to: .float32)
    let memory = cache.memory.layers[number]
    let heard = try query.attended(key: memory.keys, value: memory.values).converted(to: x.dtype).transposed(1, 2)
      .reshaped([rows, count, width])
    let late = try middle + crossOutput(heard)
    return try late + outer(activation(inner(norm(late))))
  }
}
