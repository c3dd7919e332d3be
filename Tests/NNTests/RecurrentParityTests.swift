import NN
import Tensors
import Testing

/// The GRU and cross-attention against torch.nn's, with sequences of unequal length: outputs and all gradients.
@Suite struct RecurrentParityTests {
  @Test(arguments: [DType.float32, .float64], [[5, 5, 5], [2, 7, 1, 7, 4]])
  func aGRUIsTorchs(dtype: DType, lengths: [Int]) throws {
    let generator = try Generator(seed: 3)
    for isBidirectional in [false, true] {
      let gru = try GRU(6, 4, isBidirectional: isBidirectional, .random(generator, dtype: dtype))
      let values = try Tensor.randn([lengths.count, lengths.max() ?? 0, 6], dtype: dtype, generator: generator)
      let seed = try Tensor.randn(
        [lengths.count, lengths.max() ?? 0, isBidirectional ? 8 : 4], dtype: dtype, generator: generator)
      var inputs = gru.state()
      inputs["x"] = values
      inputs["seed"] = seed
      inputs["lengths"] = try Tensor(lengths)
      let x = try values.clone().requireGradient()
      let y = try gru(SequenceBatch(x, lengths: lengths)).values
      try (y * seed).sum().backward()
      let theirs = try TorchPeer.run(
        """
        nn = torch.nn
        layer = nn.GRU(6, 4, batch_first=True, bidirectional=\(isBidirectional ? "True" : "False")).to(inputs["x"].dtype)
        layer.load_state_dict({k: inputs[k] for k in layer.state_dict()}, strict=True)
        x = inputs["x"].clone().requires_grad_()
        packed = nn.utils.rnn.pack_padded_sequence(x, inputs["lengths"], batch_first=True, enforce_sorted=False)
        y, _ = nn.utils.rnn.pad_packed_sequence(layer(packed)[0], batch_first=True)
        (y * inputs["seed"]).sum().backward()
        outputs["y"], outputs["x"] = y, x.grad
        for key, parameter in layer.named_parameters():
            outputs[key] = parameter.grad
        """, inputs)
      let tolerance = dtype == .float32 ? 1e-6 : 1e-14
      #expect(try y.distance(from: theirs["y"]) < tolerance)
      #expect(try #require(x.gradient).distance(from: theirs["x"]) < tolerance)
      for (key, parameter) in gru.namedParameters() {
        #expect(try #require(parameter.gradient).distance(from: theirs[key]) < tolerance, "\(key)")
      }
      #expect(theirs.count == gru.parameters.count + 2)
    }
  }

  @Test(arguments: [([3, 5, 2], [7, 4, 9]), ([9, 4, 7], [1, 5, 2]), ([4, 4], [4, 4])])
  func crossAttentionIsTorchs(lengths: ([Int], [Int])) throws {
    let generator = try Generator(seed: 5)
    let attention = try CrossAttention(6, .random(generator))
    try withoutGradients {
      for parameter in attention.parameters { try parameter.fillNormalInPlace(deviation: 0.5, generator: generator) }
    }
    let (q, s) = try (
      Tensor.randn([lengths.0.count, lengths.0.max() ?? 0, 6], generator: generator),
      Tensor.randn([lengths.1.count, lengths.1.max() ?? 0, 6], generator: generator)
    )
    let query = try SequenceBatch(q.requireGradient(), lengths: lengths.0)
    let source = try SequenceBatch(s.requireGradient(), lengths: lengths.1)
    // Only real frames count.
    let real = try Tensor.randn(q.shape, generator: generator)
    let seed = try SequenceBatch(real, lengths: lengths.0).values
    let y = try attention(query, on: source).values
    try (y * seed).sum().backward()
    var inputs = attention.state()
    inputs["q"] = try q.detached()
    inputs["s"] = try s.detached()
    inputs["seed"] = seed
    inputs["lengths"] = try Tensor(lengths.1)
    let theirs = try TorchPeer.run(
      """
      layer = torch.nn.MultiheadAttention(6, 1, batch_first=True)
      layer.load_state_dict({k: inputs[k] for k in layer.state_dict()}, strict=True)
      q, s = inputs["q"].clone().requires_grad_(), inputs["s"].clone().requires_grad_()
      hidden = torch.arange(s.shape[1])[None] >= inputs["lengths"][:, None]
      y = layer(q, s, s, key_padding_mask=hidden)[0]
      (y * inputs["seed"]).sum().backward()
      outputs["y"], outputs["q"], outputs["s"] = y, q.grad, s.grad
      for key, parameter in layer.named_parameters():
          outputs[key] = parameter.grad
      """, inputs)
    for batch in lengths.0.indices {
      let (ours, peer) = try (y[batch, 0..<lengths.0[batch]], theirs["y"].map { try $0[batch, 0..<lengths.0[batch]] })
      #expect(try ours.distance(from: peer) < 1e-6)
    }
    #expect(try #require(q.gradient).distance(from: theirs["q"]) < 1e-6)
    #expect(try #require(s.gradient).distance(from: theirs["s"]) < 1e-6)
    for (key, parameter) in attention.namedParameters() {
      #expect(try #require(parameter.gradient).distance(from: theirs[key]) < 2e-6, "\(key)")
    }
  }

  @Test func droppedSharesScaleTheValueBiasToo() throws {
    // With every value 0 an output is rowsum(shares) * bias, which only the sum of what was kept can give.
    let generator = try Generator(seed: 9)
    let attention = try CrossAttention(4, dropout: 0.5, .random(generator))
    try withoutGradients {
      _ = try attention.inputWeight.fillInPlace(0)
      _ = try attention.inputBias.fillInPlace(1)
      _ = try attention.output.weight.fillInPlace(1)
    }
    for (queries, keys) in [(6, 2), (2, 6)] {
      let (q, k) = try (
        SequenceBatch(Tensor.ones([8, queries, 4]), lengths: [Int](repeating: queries, count: 8)),
        SequenceBatch(Tensor.ones([8, keys, 4]), lengths: [Int](repeating: keys, count: 8))
      )
      // Each kept share is 2 / keys, and each output the kept number of them times the width.
      let values = try attention(q, on: k).values.array(of: Float.self)
      #expect(Set(values).count > 1)
      for value in values {
        let kept = Double(value) / 4 * Double(keys) / 2
        #expect(abs(kept - kept.rounded()) < 1e-5)
        #expect((0...Double(keys)).contains(kept.rounded()))
      }
    }
  }

  @Test func underAutocastAGRUStaysCloseToFloat32() throws {
    let generator = try Generator(seed: 4)
    let gru = try GRU(32, 16, isBidirectional: true, .random(generator))
    let x = try SequenceBatch(padding: [40, 12, 33].map { try Tensor.randn([$0, 32], generator: generator) })
    let exact = try gru(x).values
    let small = try withAutocast { try gru(x).values }
    #expect(small.dtype == .float32)
    #expect(try small.distance(from: exact) < 0.02)
    #expect(try small.distance(from: exact) > 0, "products were meant to run in bfloat16")
    try small.sum().backward()
    #expect(try gru.parameters.allSatisfy { try #require($0.gradient).isFinite() })
  }
}
