import NN
import Tensors
import Testing

@Suite struct ConvolutionTests {
  /// Checkpoints hold a weight norm under the names of either of PyTorch's ways; wav2vec 2.0's has dimension 2.
  @Test(arguments: [0, 2]) func bothLayoutsOfAWeightNormLoad(dimension: Int) throws {
    let theirs = try TorchPeer.run(
      """
      nn = torch.nn
      for name, wrap in (("old", nn.utils.weight_norm), ("new", nn.utils.parametrizations.weight_norm)):
          torch.manual_seed(3)
          layer = wrap(nn.Conv1d(8, 8, 4, padding=2, groups=2), dim=\(dimension))
          x = torch.linspace(-1, 1, 80).reshape(1, 10, 8)
          outputs[name] = layer(x.mT).mT
          for key, value in layer.state_dict().items(): outputs[f"{name} {key}"] = value
      """, [:])
    let x = try SequenceBatch(
      Tensor.linspace(-1, 1, count: 80).reshaped([1, 10, 8]), lengths: [10])
    for (name, key) in [("old", "weight_g"), ("new", "parametrizations.weight.original0")] {
      let state = Dictionary(
        uniqueKeysWithValues: theirs.compactMap { key, tensor in
          key.hasPrefix(name + " ") ? (String(key.dropFirst(name.count + 1)), tensor) : nil
        })
      #expect(state[key] != nil && state.count == 3)
      let layer = try Conv1d(8, 8, kernel: 4, padding: 2, groups: 2, weightNorm: dimension, .unset())
      try layer.load(state)
      #expect(try layer(x).values.distance(from: theirs[name]) < 1e-6)
      // Below another module the names have its prefix.
      let stack = Stack([try Conv1d(8, 8, kernel: 4, padding: 2, groups: 2, weightNorm: dimension, .unset())])
      try stack.load(Dictionary(uniqueKeysWithValues: state.map { ("layers.0." + $0, $1) }))
      #expect(try stack.layers[0](x).values.distance(from: theirs[name]) < 1e-6)
    }
  }

  private final class Stack: Module {
    let layers: [Conv1d]
    init(_ layers: [Conv1d]) { self.layers = layers }
    var members: Members { ["layers": .modules(layers)] }
  }

  @Test func aKeyUnderBothNamesIsRefused() throws {
    let layer = try Conv1d(2, 2, kernel: 1, weightNorm: 0, .random(Generator(seed: 1)))
    var state = layer.state()
    state["weight_g"] = state["parametrizations.weight.original0"]
    let error = #expect(throws: StateMismatch.self) { try layer.load(state) }
    #expect(error?.unexpected == ["weight_g"] && error?.missing.isEmpty == true)
  }

  @Test func aNewWeightNormIsThatOfItsWeight() throws {
    for dimension in [0, 2] {
      let plain = try Conv1d(6, 4, kernel: 3, .random(Generator(seed: 1)))
      let normed = try Conv1d(6, 4, kernel: 3, weightNorm: dimension, .random(Generator(seed: 1)))
      let x = try SequenceBatch(padding: [Tensor.randn([5, 6], generator: Generator(seed: 2))])
      #expect(try normed(x).values.distance(from: plain(x).values) < 1e-6)
      #expect(normed.weightLengths?.shape == (dimension == 0 ? [4, 1, 1] : [1, 1, 3]))
    }
  }

  @Test func lengthsFollowTheKernel() throws {
    let layer = try Conv1d(1, 1, kernel: 3, stride: 2, padding: 1, dilation: 2, .random(Generator(seed: 1)))
    #expect((1...8).map(layer.frames) == [0, 0, 1, 1, 2, 2, 3, 3])
    let x = try SequenceBatch(padding: [8, 3, 5].map { try Tensor.ones([$0, 1]) })
    #expect(try layer(x).lengths == [3, 1, 2])
    let short = try SequenceBatch(padding: [Tensor.ones([8, 1]), Tensor.ones([2, 1])])
    let error = #expect(throws: TensorError.self) { try layer(short) }
    #expect(error?.message == "sequence 1 has 2 frames, fewer than its kernel spans: 5 with 2 of padding")
  }

  @Test func sizesThatMakeNoLayerAreRefused() throws {
    let initializer = Initializer.unset()
    #expect(throws: TensorError.self) { try Conv1d(6, 4, kernel: 0, initializer) }
    #expect(throws: TensorError.self) { try Conv1d(6, 4, kernel: 3, groups: 4, initializer) }
    #expect(throws: TensorError.self) { try Conv1d(6, 4, kernel: 3, stride: 0, initializer) }
    #expect(throws: TensorError.self) { try Conv1d(6, 4, kernel: 3, weightNorm: 3, initializer) }
    #expect(throws: TensorError.self) { try Conv1d(6, 4, kernel: 3, padding: -1, initializer) }
    #expect(throws: TensorError.self) { try GroupNorm(groups: 4, channels: 6, initializer) }
    #expect(throws: TensorError.self) { try Embedding(4, 2, paddingIndex: 4, initializer) }
  }
}
