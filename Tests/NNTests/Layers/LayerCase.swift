import NN
import Tensors

/// What a layer is given, one batch of sequences for each of its inputs.
struct LayerInput {
  /// (batch, frames, width), or int64 (batch, frames)
  let values: Tensor
  let lengths: [Int]

  func batch() throws -> SequenceBatch { try SequenceBatch(values, lengths: lengths) }
}

/// What a layer made: sequences, or one vector of each.
enum LayerOutput {
  case sequences(SequenceBatch)
  case vectors(Tensor)

  var values: Tensor {
    switch self {
    case .sequences(let batch): batch.values
    case .vectors(let tensor): tensor
    }
  }

  /// The values with 0 in the padding.
  func real() throws -> Tensor {
    switch self {
    case .sequences(let batch): try batch.cleared()
    case .vectors(let tensor): tensor
    }
  }

  /// What was made of one sequence: (frames, width) or (width).
  func sequence(_ i: Int) throws -> Tensor {
    switch self {
    case .sequences(let batch): try batch.values[i, 0..<batch.lengths[i]]
    case .vectors(let tensor): try tensor[i]
    }
  }
}

/// One layer of NN with its counterpart in PyTorch. `LayerHarnessTests` runs each through all of its checks.
struct LayerCase {
  /// What an input consists of.
  enum Input {
    /// Frames of so many numbers.
    case frames(Int)
    /// Indices below a number.
    case ids(Int)
  }

  let name: String
  /// The line that makes the counterpart, whose state has the same keys.
  let constructor: String
  /// An expression for the counterpart's output. It may use
  /// - `layer`, `x` and `lengths`, for a second input `x2` and `lengths2`
  /// - `pad(x, lengths)`: true where a frame is padding
  /// - `each(f, x, lengths)`: f on every sequence alone, (1, frames, width), padded again
  /// - `packed(layer, x, lengths)`: a recurrent layer over packed sequences
  let call: String
  let inputs: [Input]
  /// Whether two runs in training differ.
  let isRandom: Bool
  /// Whether the gradient is that of the function; an embedding's row for padding has none on purpose.
  let hasTrueGradient: Bool
  /// Parameters that do not change the output, so that their gradient is rounding alone.
  let idle: Set<String>
  let make: (Initializer) throws -> any Module
  let run: (any Module, [LayerInput]) throws -> LayerOutput

  init<Layer: Module>(
    _ name: String, _ constructor: String, _ call: String, inputs: [Input] = [.frames(12)], isRandom: Bool = false,
    hasTrueGradient: Bool = true, idle: Set<String> = [], make: @escaping (Initializer) throws -> Layer,
    run: @escaping (Layer, [LayerInput]) throws -> LayerOutput
  ) {
    self.name = name
    self.constructor = constructor
    self.call = call
    self.inputs = inputs
    self.isRandom = isRandom
    self.hasTrueGradient = hasTrueGradient
    self.idle = idle
    self.make = make
    self.run = { module, inputs in
      guard let layer = module as? Layer else {
        throw TensorError(operation: name, message: "the module is a \(type(of: module)), not a \(Layer.self)")
      }
      return try run(layer, inputs)
    }
  }

  /// A layer from sequences to sequences.
  static func sequences<Layer: Module>(
    _ name: String, _ constructor: String, _ call: String, isRandom: Bool = false,
    make: @escaping (Initializer) throws -> Layer, run: @escaping (Layer) -> (SequenceBatch) throws -> SequenceBatch
  ) -> LayerCase {
    LayerCase(name, constructor, call, isRandom: isRandom, make: make) { .sequences(try run($0)($1[0].batch())) }
  }

  /// A layer that works on each frame alone.
  static func frames<Layer: Module>(
    _ name: String, _ constructor: String, isRandom: Bool = false, make: @escaping (Initializer) throws -> Layer,
    run: @escaping (Layer) -> (Tensor) throws -> Tensor
  ) -> LayerCase {
    LayerCase(name, constructor, "layer(x)", isRandom: isRandom, make: make) {
      .sequences(try $1[0].batch().mapFrames(run($0)))
    }
  }

  /// A layer from sequences to vectors.
  static func vectors<Layer: Module>(
    _ name: String, _ constructor: String, _ call: String, idle: Set<String> = [],
    make: @escaping (Initializer) throws -> Layer, run: @escaping (Layer) -> (SequenceBatch) throws -> Tensor
  ) -> LayerCase {
    LayerCase(name, constructor, call, idle: idle, make: make) { .vectors(try run($0)($1[0].batch())) }
  }
}
