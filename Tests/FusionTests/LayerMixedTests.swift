import Fusion
import NN
import Tensors
import Testing

/// Networks before which the hidden states of a stream are mixed.
@Suite struct LayerMixedTests {
  /// Every kind, for streams of 6 (two stacked frames of 3) and 4 numbers.
  static let kinds: [any NetworkConfiguration] = {
    let deep = DeepSER.Configuration(
      inputs: [6, 4], width: 8, layers: 2, heads: 2, feedForward: 12, dropout: 0, classes: 3, attributes: 1)
    return [
      deep, LateFusion.Configuration(deep),
      CrossModal.Configuration(inputs: [6, 4], hidden: 8, classes: 3, dropout: 0, attentionDropout: 0),
      Baseline.Configuration(inputs: [6, 4], hidden: 8, dropout: 0, classes: 3),
      ConvPooling.Configuration(inputs: [6, 4], width: 8, blocks: 2, dropout: 0, classes: 3),
      MultilayerPerceptron.Configuration(inputs: [6, 4], hidden: 8, inputDropout: 0, dropout: 0, classes: 3),
    ]
  }()

  let lengths = [5, 2, 7]

  /// Scores of every kind on states that we mix are those on states that PyTorch mixes, gradients of the weights too: within 1e-5
  /// of the largest.
  @Test func theNetworkSeesWhatTorchMixes() throws {
    let generator = try Generator(seed: 8)
    // Four states of 3 numbers, two frames side by side.
    let states = try SequenceBatch(Tensor.randn([3, 7, 24], generator: generator), lengths: lengths)
    let other = try SequenceBatch(Tensor.randn([3, 7, 4], generator: generator), lengths: lengths)
    let weights = try Tensor.randn([4], generator: generator)
    let mixed = try #require(
      try TorchPeer.run(
        """
        x = inputs["states"].reshape(3, 7, 2, 4, 3)
        outputs["mixed"] = (1.7 * torch.einsum("bfslw,l->bfsw", x, inputs["weights"].softmax(0))).reshape(3, 7, 6)
        """, ["states": states.values, "weights": weights])["mixed"])
    for configuration in Self.kinds {
      let kind = type(of: configuration).kind
      let network = try configuration.make(.random(Generator(seed: 3)))
      let mixing = try LayerMixing(.init(states: 4, width: 3), .random(generator))
      try withoutGradients {
        try mixing.weights.copyInPlace(weights)
        try mixing.scale.copyInPlace(Tensor([1.7] as [Float]))
      }
      let model = LayerMixed(network, [mixing, nil])
      let leaf = try mixed.clone().requireGradient()
      let expected = try network([SequenceBatch(leaf, lengths: lengths), other])
      let found = try model([states, other])
      #expect(try found.logits.distance(from: expected.logits) < 1e-5, "\(kind)")
      try expected.logits.sin().sum().backward()
      try found.logits.sin().sum().backward()
      let gradient = try #require(leaf.gradient)
      let theirs = try TorchPeer.run(
        """
        weights, scale = inputs["weights"].requires_grad_(), torch.tensor([1.7], requires_grad=True)
        x = inputs["states"].reshape(3, 7, 2, 4, 3)
        mixed = (scale * torch.einsum("bfslw,l->bfsw", x, weights.softmax(0))).reshape(3, 7, 6)
        (mixed * inputs["gradient"]).sum().backward()
        outputs["weights"], outputs["scale"] = weights.grad, scale.grad
        """, ["states": states.values, "weights": weights, "gradient": gradient])
      #expect(try #require(mixing.weights.gradient).distance(from: theirs["weights"]) < 1e-5, "\(kind)")
      #expect(try #require(mixing.scale.gradient).distance(from: theirs["scale"]) < 1e-5, "\(kind)")
      #expect(
        Set(model.state().keys)
          == Set(network.state().keys).union(["layer_mixing.0.weights", "layer_mixing.0.scale"]), "\(kind)")
    }
  }

  @Test func itBeginsAsTheMean() throws {
    let generator = try Generator(seed: 9)
    let states = try Tensor.randn([3, 7, 3, 6], generator: generator)
    let batch = try SequenceBatch(states.reshaped([3, 7, 18]), lengths: lengths)
    let network = try Baseline(.init(inputs: [6], hidden: 8, classes: 3), .random(generator))
    network.setTraining(false)
    let model = LayerMixed(network, [try LayerMixing(.init(states: 3, width: 6), .random(generator))])
    let mean = try SequenceBatch(states.mean(2), lengths: lengths)
    #expect(try model([batch]).logits.distance(from: network([mean]).logits) < 1e-5)
    let found = try #require(try model.frameShares(of: [batch]))
    let expected = try #require(try network.frameShares(of: [mean]))
    #expect(try found[0].distance(from: expected[0]) < 1e-5)
  }

  @Test func otherWidthsAndCountsAreRefused() throws {
    let mixing = try LayerMixing(.init(states: 3, width: 2), .unset())
    #expect(throws: TensorError.self) { try mixing(Tensor.zeros([2, 7])) }
    #expect(throws: TensorError.self) { try LayerMixing(.init(states: 0, width: 2), .unset()) }
    let network = try Baseline(.init(inputs: [2], hidden: 8, classes: 3), .random(Generator(seed: 1)))
    let batch = try SequenceBatch(Tensor.zeros([1, 2, 6]), lengths: [2])
    #expect(throws: TensorError.self) { try LayerMixed(network, [mixing])([batch, batch]) }
  }
}
