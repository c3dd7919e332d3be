import NN
import Tensors

/// The decoder of Whisper (Radford et al. 2022): token and position embeddings, pre-norm layers that attend to what is
/// written so far and to the encoder's output, and logits by the token embeddings.
final class WhisperDecoder: Module {
  private let configuration: WhisperDecoderConfiguration
  private let tokens: TiedTable
  private let positions: EmbeddingTable
  private let layers: [WhisperDecoderLayer]
  private let norm: LayerNorm

  /// Rows of most products: the beams of a window, or the next tokens of some windows. They are bound by how fast weights
  /// come from memory.
  static let rows = 5

  init(_ configuration: WhisperDecoderConfiguration, dtype: DType) throws {
    let (width, initializer) = (configuration.dModel, Initializer.unset(dtype: dtype))
    self.configuration = configuration
    tokens = try TiedTable(configuration.vocabSize, width, dtype: dtype, rows: Self.rows)
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
      layers: try layers.map { _ in WhisperCache.Layer(keys: try .empty(shape), values: try .empty(shape)) })
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
    let width = configuration.dModel
    x = try (x.reshaped([rows, count, width]) + positions.weight.narrowed(0, start: start, length: count))
      .reshaped([rows * count, width])
    for (number, layer) in layers.enumerated() { x = try layer(x, number, cache) }
    cache.length += count
    if wanted.count < count {
      x = try x.indexSelected(0, Tensor((0..<rows).flatMap { row in wanted.map { row * count + $0 } }))
    }
    return try tokens.logits(norm(x)).converted(to: .float32)
      .reshaped([rows, wanted.count, configuration.vocabSize])
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
  private let input: FrozenLinear
  private let output: FrozenLinear
  private let crossQuery: FrozenLinear
  /// Key and value of the encoder's output; keys have no bias.
  private let crossInput: FrozenLinear
  private let crossOutput: FrozenLinear
  private let inner: FrozenLinear
  private let outer: FrozenLinear

  init(_ configuration: WhisperDecoderConfiguration, _ initializer: Initializer) throws {
    let width = configuration.dModel
    heads = configuration.decoderAttentionHeads
    activation = configuration.activationFunction ?? .gelu
    (attentionNorm, crossNorm, norm) = try (
      LayerNorm(width, initializer), LayerNorm(width, initializer), LayerNorm(width, initializer)
    )
    let rows = WhisperDecoder.rows
    input = try FrozenLinear(
      width, each: width, [("q_proj", true), ("k_proj", false), ("v_proj", true)], initializer, rows: rows)
    output = try FrozenLinear(width, width, initializer, rows: rows)
    crossQuery = try FrozenLinear(width, width, initializer, rows: rows)
    crossInput = try FrozenLinear(
      width, each: width, [("k_proj", false), ("v_proj", true)], initializer, rows: configuration.maxSourcePositions)
    crossOutput = try FrozenLinear(width, width, initializer, rows: rows)
    inner = try FrozenLinear(width, configuration.decoderFfnDim, initializer, rows: rows)
    outer = try FrozenLinear(configuration.decoderFfnDim, width, initializer, rows: rows)
  }

  var members: Members {
    [
      "self_attn": .module(Parts(["": .module(input), "out_proj": .module(output)])),
      "self_attn_layer_norm": .module(attentionNorm),
      "encoder_attn": .module(
        Parts(["q_proj": .module(crossQuery), "": .module(crossInput), "out_proj": .module(crossOutput)])),
      "encoder_attn_layer_norm": .module(crossNorm), "fc1": .module(inner), "fc2": .module(outer),
      "final_layer_norm": .module(norm),
    ]
  }

  /// Keys and values of encoder outputs (clips, frames, width), each (clips, heads, frames, width / heads).
  func crossMemory(_ output: Tensor) throws -> WhisperCache.Layer {
    let (clips, frames) = (output.size(0), output.size(1))
    let width = output.size(2)
    let both = try crossInput(output.reshaped([clips * frames, width]))
      .reshaped([clips, frames, 2, heads, width / heads])
      .permuted([2, 0, 3, 1, 4]).converted(to: .float32).contiguous()
    return WhisperCache.Layer(keys: try both[0], values: try both[1])
  }

  /// The next tokens of each sequence, one sequence after the other: (sequences * tokens, width) to the same shape.
  func callAsFunction(_ x: Tensor, _ number: Int, _ cache: WhisperCache) throws -> Tensor {
    let (rows, width) = (cache.rows, x.size(1))
    let count = x.size(0) / rows
    let projected = try input(attentionNorm(x)).reshaped([rows, count, 3, heads, width / heads])
      .permuted([2, 0, 3, 1, 4])
    let (keys, values) = try cache.append(number, keys: projected[1], values: projected[2])
    // Attention of few queries is fastest, and exact, in float32: processors have nothing faster for it.
    let written = try projected[0].converted(to: .float32)
      .attended(key: keys, value: values, isCausal: count > 1)
      .converted(to: x.dtype).transposed(1, 2).reshaped([rows * count, width])
    let middle = try output(written, adding: x)
    // Sequences of one clip ask its keys together, as if they were tokens of one.
    let clips = cache.memory.clips
    let query = try crossQuery(crossNorm(middle)).reshaped([clips, cache.sequences * count, heads, width / heads])
      .transposed(1, 2).converted(to: .float32)
    let memory = cache.memory.layers[number]
    let heard = try query.attended(key: memory.keys, value: memory.values).converted(to: x.dtype).transposed(1, 2)
      .reshaped([rows * count, width])
    let late = try crossOutput(heard, adding: middle)
    return try outer(inner(norm(late), activation), adding: late)
  }
}
