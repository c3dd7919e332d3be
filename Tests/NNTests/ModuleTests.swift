import NN
import Tensors
import TestSupport
import Testing

@Suite struct ModuleTests {
  @Test func loadingListsEverythingThatDoesNotFit() throws {
    let layer = try TransformerEncoderLayer(4, feedForward: 6, .random(Generator(seed: 1)))
    let before = try layer.state().mapValues { try $0.detached().clone() }
    var checkpoint = try before.mapValues { try $0 + 1 }
    checkpoint["norm1.weight"] = nil
    checkpoint["linear2.bias"] = nil
    checkpoint["norm3.weight"] = try Tensor.ones([4])
    checkpoint["a"] = try Tensor.ones([1])
    checkpoint["linear1.weight"] = try Tensor.ones([4, 6])
    checkpoint["linear1.bias"] = try Tensor.ones([1])
    let error = #expect(throws: StateMismatch.self) { try layer.load(checkpoint) }
    #expect(
      error?.description == """
        the checkpoint does not fit the model:
          missing: linear2.bias
          missing: norm1.weight
          unexpected: a
          unexpected: norm3.weight
          misshapen: linear1.weight is [4, 6] in the checkpoint, [6, 4] in the model
          misshapen: linear1.bias is [1] in the checkpoint, [6] in the model
        """)
    for (key, tensor) in before { #expect(try layer.state()[key]?.equals(tensor) == true, "\(key) was touched") }
  }

  @Test func aFileIsLoadedWithTheSameStrictness() throws {
    let folder = try TemporaryFolder()
    let layer = try Linear(2, 3, .random(Generator(seed: 1)))
    try SafeTensors.write(layer.state(), to: folder("good.safetensors"))
    let other = try Linear(2, 3, .unset())
    try other.load(PublishedWeights(folder("good.safetensors")))
    #expect(try other.weight.equals(layer.weight))
    #expect(try other.bias?.equals(try #require(layer.bias)) == true)
    let before = try other.weight.detached().clone()
    try SafeTensors.write(
      ["weight": Tensor.ones([3, 2]), "bias": Tensor.ones([4]), "more": Tensor.ones([1])], to: folder("bad.safetensors")
    )
    let error = #expect(throws: StateMismatch.self) { try other.load(PublishedWeights(folder("bad.safetensors"))) }
    #expect(
      error?.description == """
        the checkpoint does not fit the model:
          unexpected: more
          misshapen: bias is [4] in the checkpoint, [3] in the model
        """)
    #expect(try other.weight.equals(before))
  }

  @Test func loadingConvertsAndKeepsTheModulesOwnTensors() throws {
    let layer = try Linear(2, 2, .unset())
    let weight = layer.weight
    try layer.load([
      "weight": Tensor([1, 2, 3, 4] as [Double], shape: [2, 2]),
      "bias": Tensor([0.5, -1] as [Float]).converted(to: .bfloat16),
    ])
    #expect(try weight.array(of: Float.self) == [1, 2, 3, 4])
    #expect(try layer.bias?.array(of: Float.self) == [0.5, -1])
    #expect(layer.weight.dtype == .float32 && layer.weight.requiresGradient)
  }

  @Test func parametersStartAsTorchsDo() throws {
    let initializer = Initializer.random(try Generator(seed: 5))
    func expectUniform(_ tensor: Tensor?, bound: Double, _ name: String) throws {
      let values = try #require(tensor).array(of: Double.self)
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
      #expect(values.allSatisfy { abs($0) <= bound * (1 + 1e-6) }, "\(name)")
      #expect(values.contains { $0 > 0.98 * bound } && values.contains { $0 < -0.98 * bound }, "\(name)")
      #expect(abs(mean) < 0.06 * bound && abs(variance / (bound * bound / 3) - 1) < 0.1, "\(name)")
    }
    let linear = try Linear(64, 900, initializer)
    try expectUniform(linear.weight, bound: 0.125, "weight")
    try expectUniform(linear.bias, bound: 0.125, "bias")
    let attention = try MultiheadAttention(96, heads: 4, initializer)
    try expectUniform(attention.inputWeight, bound: (6.0 / (4 * 96)).squareRoot(), "in_proj_weight")
    try expectUniform(attention.output.weight, bound: 1 / 96.0.squareRoot(), "out_proj.weight")
    #expect(try attention.inputBias.abs().max().item(of: Float.self) == 0)
    #expect(try attention.output.bias?.abs().max().item(of: Float.self) == 0)
    let norm = try LayerNorm(9, initializer)
    #expect(try norm.weight.equals(Tensor.ones([9])))
    #expect(try #require(norm.bias).equals(Tensor.zeros([9])))

    let convolution = try Conv1d(32, 60, kernel: 8, groups: 4, initializer)
    try expectUniform(convolution.weight, bound: 1 / 64.0.squareRoot(), "convolution's weight")
    let wide = try Conv1d(2, 900, kernel: 8, initializer)
    try expectUniform(wide.bias, bound: 0.25, "convolution's bias")
    for recurrent: any Module in try [GRU(20, 100, initializer), LSTM(20, 100, isBidirectional: true, initializer)] {
      for (key, tensor) in recurrent.namedParameters() where key.hasPrefix("weight") {
        try expectUniform(tensor, bound: 0.1, key)
      }
      let biases = recurrent.namedParameters().filter { $0.key.hasPrefix("bias") }.map(\.tensor)
      try expectUniform(.concatenated(biases), bound: 0.1, "biases")
    }
    try expectUniform(AttentionPooling(900, initializer).weight, bound: 1.0 / 30, "pooling")
    let embedding = try Embedding(300, 40, paddingIndex: 7, initializer)
    let rows = try embedding.weight.indexSelected(0, Tensor(Array(0..<7) + Array(8..<300)))
    // 11 680 numbers: the mean within 4 of its standard errors, a tail of 4.55 % beyond 2 standard deviations.
    #expect(try abs(rows.mean().item(of: Double.self)) < 0.037)
    #expect(try abs(rows.standardDeviation(0, 1).item(of: Double.self) - 1) < 0.03)
    #expect(try abs((rows.abs() .> 2).converted(to: .float64).mean().item(of: Double.self) - 0.0455) < 0.008)
    #expect(try embedding.weight[7].equals(Tensor.zeros([40])))
    #expect(try RMSNorm(9, initializer).weight.equals(Tensor.ones([9])))
    let groups = try GroupNorm(groups: 3, channels: 9, initializer)
    #expect(try groups.weight.equals(Tensor.ones([9])) && groups.bias.equals(Tensor.zeros([9])))

    let again = try Linear(64, 900, .random(Generator(seed: 5)))
    #expect(try again.weight.equals(linear.weight), "the same seed must give the same parameters")
    #expect(try Linear(2, 2, .random(Generator(seed: 5), dtype: .float64)).weight.dtype == .float64)
    #expect(throws: TensorError.self) { try MultiheadAttention(6, heads: 4, initializer) }
    #expect(throws: TensorError.self) { try MultiheadAttention(6, heads: 0, initializer) }
  }

  @Test func dropoutKeepsTheExpectationAndItsSeed() throws {
    let x = try Tensor.ones([200, 500]).requireGradient()
    let dropout = Dropout(0.3, .random(try Generator(seed: 3)))
    let y = try dropout(x)
    let values = try y.array(of: Float.self)
    #expect(values.allSatisfy { $0 == 0 || abs($0 - 1 / 0.7) < 1e-6 })
    #expect(try abs(y.mean().item(of: Float.self) - 1) < 0.01)
    try y.sum().backward()
    #expect(try x.gradient?.array(of: Float.self) == values, "the gradient must be dropped alike")
    #expect(try !dropout(x).equals(y))
    #expect(try Dropout(0.3, .random(Generator(seed: 3)))(x).equals(y))
    dropout.setTraining(false)
    #expect(try dropout(x).equals(x))
  }

  @Test func dropoutAtItsLimits() throws {
    let x = try Tensor.ones([50])
    let initializer = Initializer.random(try Generator(seed: 3))
    #expect(try Dropout(0, initializer)(x).equals(x))
    #expect(try Dropout(1, initializer)(x).equals(x.zerosLike()))
    let loaded = Dropout(0.5, .unset())
    #expect(throws: TensorError.self) { try loaded(x) }
    loaded.setTraining(false)
    #expect(try loaded(x).equals(x))
  }

  @Test func attentionWithDroppedWeightsIsTheSameAttention() throws {
    let generator = try Generator(seed: 2)
    // So seldom that nothing is dropped, yet the way of training is taken.
    let attention = try MultiheadAttention(8, heads: 2, dropout: 1e-15, .random(generator))
    let batch = try SequenceBatch(padding: [5, 2, 3].map { try Tensor.randn([$0, 8], generator: generator) })
    let trained = try attention(batch).values
    attention.setTraining(false)
    #expect(try trained.distance(from: attention(batch).values) < 1e-6)
  }
}
