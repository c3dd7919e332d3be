import NN
import Tensors
import Testing

/// What the checks of a layer share.
struct LayerHarness {
  /// A batch without padding, and one with.
  static let batches = ["even": [6, 6, 6], "padded": [3, 7, 5]]
  /// The lengths of the second input where there is one.
  static let seconds = ["even": [4, 4, 4], "padded": [9, 2, 4]]

  let test: LayerCase
  let generator: Generator
  let dtype: DType
  let module: any Module

  /// A layer in use, with parameters all at random: ones and zeros, with which some start, would hide what they do.
  init(_ test: LayerCase, dtype: DType = .float32, seed: UInt64 = 17) throws {
    self.test = test
    self.dtype = dtype
    module = try test.make(.random(Generator(seed: seed), dtype: dtype))
    module.setTraining(false)
    // A stream of its own: a layer draws otherwise in another dtype.
    generator = try Generator(seed: seed + 1)
    try withoutGradients {
      for parameter in module.parameters {
        // Drawn in float64, so that a layer has the same parameters in every dtype.
        let drawn = try Tensor.randn(parameter.shape, dtype: .float64, generator: generator)
        try parameter.copyInPlace(drawn * 0.4)
      }
    }
  }

  static func named(_ name: String) throws -> LayerCase { try #require(LayerCase.all.first { $0.name == name }) }

  /// Inputs at random.
  func inputs(_ batch: String) throws -> [LayerInput] {
    let lengths = try [Self.batches, Self.seconds].map { try #require($0[batch]) }
    return try zip(test.inputs, lengths).map { kind, lengths in
      let frames = lengths.max() ?? 0
      let values =
        switch kind {
        case .ids(let count): try Tensor.randint(0..<count, [lengths.count, frames], generator: generator)
        case .frames(let width):
          try Tensor.randn([lengths.count, frames, width], dtype: .float64, generator: generator).converted(to: dtype)
        }
      return LayerInput(values: values, lengths: lengths)
    }
  }

  /// The same inputs as leaves of the graph.
  func leaves(_ inputs: [LayerInput]) throws -> [LayerInput] {
    try inputs.map {
      let values = try $0.values.clone()
      if values.dtype.isFloatingPoint { try values.requireGradient() }
      return LayerInput(values: values, lengths: $0.lengths)
    }
  }

  /// Each sequence of the inputs alone.
  func alone(_ inputs: [LayerInput], _ i: Int) throws -> [LayerInput] {
    try inputs.map {
      LayerInput(values: try $0.values[i..<(i + 1), 0..<$0.lengths[i]].detached().clone(), lengths: [$0.lengths[i]])
    }
  }

  func output(_ inputs: [LayerInput]) throws -> LayerOutput { try test.run(module, inputs) }

  /// How much each real output counts in a sum of all.
  func seed(for output: LayerOutput) throws -> Tensor {
    let drawn = try Tensor.randn(output.values.shape, dtype: .float64, generator: generator)
      .converted(to: output.values.dtype)
    guard case .sequences(let batch) = output else { return drawn }
    return try batch.mapFrames { _ in drawn }.cleared()
  }

  /// How far a gradient of a parameter may be from another computation of it.
  func isClose(_ gradient: Tensor, _ other: Tensor?, _ key: String, _ tolerance: Double) throws -> Bool {
    guard test.idle.contains(key) else { return try gradient.distance(from: other) <= tolerance }
    return try max(gradient.abs().max().item(of: Double.self), #require(other).abs().max().item()) <= tolerance
  }
}
