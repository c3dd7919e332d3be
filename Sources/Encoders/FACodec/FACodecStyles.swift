import NN
import Tensors

/// The two parts of FACodec's decoder that describe how something is said: prosody and timbre.
final class FACodecStyles: Module {
  /// Numbers in a frame of either.
  static let width = 256

  private let melProjection: Linear
  private let melEncoder: FACodecTransformer
  private let timbreEncoder: FACodecTransformer
  private let quantizer: FactorizedQuantizer

  init(dtype: DType) throws {
    let initializer = Initializer.unset(dtype: dtype)
    melProjection = try Linear(20, Self.width, initializer)
    melEncoder = try FACodecTransformer(Self.width, initializer)
    timbreEncoder = try FACodecTransformer(Self.width, initializer)
    // Nearest codes are told apart by small differences, which less precision would lose.
    quantizer = try FactorizedQuantizer(Self.width, .unset())
  }

  var members: Members {
    [
      "melspec_linear": .module(melProjection), "melspec_encoder": .module(melEncoder),
      "timbre_encoder": .module(timbreEncoder),
      // One quantiser for prosody; those after it are for content and detail.
      "quantizer": .modules([Parts(["layers": .modules([quantizer])])]),
    ]
  }

  /// Mel bands (frames, 20) to quantised prosody (frames, 256).
  func prosody(_ mel: Tensor) throws -> Tensor {
    let dtype = melProjection.weight.dtype
    return try quantizer(melEncoder(melProjection(mel.converted(to: dtype))).converted(to: .float32)).converted(
      to: dtype)
  }

  /// The encoder's frames (frames, 256) to timbre (frames, 256).
  func timbre(_ frames: Tensor) throws -> Tensor { try timbreEncoder(frames) }
}

/// Vectors replaced by the nearest of a book of 1,024, found among eight numbers of unit length (Yu et al. 2022).
final class FactorizedQuantizer: Module {
  private let entrance: Linear
  private let output: Linear
  private let codes: EmbeddingTable

  init(_ width: Int, _ initializer: Initializer) throws {
    entrance = try Linear(width, 8, initializer)
    output = try Linear(8, width, initializer)
    codes = try EmbeddingTable(1024, 8, dtype: initializer.dtype)
  }

  var members: Members {
    ["in_proj": .module(entrance), "out_proj": .module(output), "_codebook": .module(codes)]
  }

  /// (frames, width) to the same shape.
  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let (vectors, book) = try (Self.directions(entrance(x)), Self.directions(codes.weight))
    let lengths = try (vectors * vectors).sum(1, keepDimensions: true)
    let products = try vectors.matmul(book.transposed()) * 2
    let distances = try lengths - products + (book * book).sum(1)
    return try output(codes(distances.argmin(1)))
  }

  /// Rows of length 1.
  private static func directions(_ rows: Tensor) throws -> Tensor {
    try rows / rows.norm(1, keepDimensions: true).clamped(min: 1e-12)
  }
}

/// Transformer layers, normalised before, with a convolution in the place of the first linear layer (Ren et al. 2019).
final class FACodecTransformer: Module {
  private let positions: Tensor
  private let layers: [Layer]
  private let norm: LayerNorm

  init(_ width: Int, _ initializer: Initializer) throws {
    positions = try Tensor.empty([5000, 1, width], dtype: initializer.dtype)
    layers = try (0..<4).map { _ in try Layer(width, initializer) }
    norm = try LayerNorm(width, initializer)
  }

  var members: Members {
    [
      "position_emb": .module(Parts(["pe": .buffer(positions)])), "layers": .modules(layers), "last_ln": .module(norm),
    ]
  }

  /// (frames, width) to the same shape.
  func callAsFunction(_ x: Tensor) throws -> Tensor {
    // As it was trained, the codec adds the position of a clip in its batch and not of a frame in its clip: of a clip by
    // itself that is the first, for all of its frames.
    var x = try (x + positions[0]).unsqueezed(0)
    for layer in layers { x = try layer(x) }
    return try norm(x)[0]
  }

  private final class Layer: Module {
    private let attentionNorm: LayerNorm
    private let attention: MultiheadAttention
    private let norm: LayerNorm
    private let convolution: FACodecConvolution
    private let output: Linear

    init(_ width: Int, _ initializer: Initializer) throws {
      attentionNorm = try LayerNorm(width, initializer)
      attention = try MultiheadAttention(width, heads: 4, initializer)
      norm = try LayerNorm(width, initializer)
      convolution = try FACodecConvolution(width, 1024, kernel: 5, padding: 2, dtype: initializer.dtype)
      output = try Linear(1024, width, initializer)
    }

    var members: Members {
      [
        "ln_1": .module(attentionNorm), "self_attn": .module(attention), "ln_2": .module(norm),
        "ffn": .module(Parts(["ffn_1": .module(convolution), "ffn_2": .module(output)])),
      ]
    }

    /// (1, frames, width) to the same shape.
    func callAsFunction(_ x: Tensor) throws -> Tensor {
      let mixed = try x + attention(SequenceBatch(attentionNorm(x), lengths: [x.size(1)])).values
      let wide = try convolution(norm(mixed).transposed(1, 2)).relu().transposed(1, 2)
      return try mixed + output(wide)
    }
  }
}
