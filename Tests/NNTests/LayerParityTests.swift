import NN
import Tensors
import Testing

/// Layers against torch.nn's with the same state, which PyTorch loads strictly: outputs and all gradients.
@Suite struct LayerParityTests {
  /// A layer, its counterpart, and how each is called. In Python `pad` is true where a frame is padding.
  struct Case {
    let name: String
    let constructor: String
    let call: String
    let module: any Module
    let ours: (SequenceBatch) throws -> Tensor
  }

  static func cases(_ initializer: Initializer) throws -> [Case] {
    let linear = try Linear(12, 5, initializer)
    let plain = try Linear(12, 5, bias: false, initializer)
    let norm = try LayerNorm(12, epsilon: 1e-3, initializer)
    let attention = try MultiheadAttention(12, heads: 3, initializer)
    let after = try TransformerEncoderLayer(12, heads: 2, feedForward: 20, dropout: 0, initializer)
    let before = try TransformerEncoderLayer(
      12, heads: 4, feedForward: 20, dropout: 0, normalisesFirst: true, initializer)
    return [
      Case(
        name: "linear", constructor: "nn.Linear(12, 5)", call: "layer(x)", module: linear,
        ours: { try linear($0.values) }),
      Case(
        name: "linear without bias", constructor: "nn.Linear(12, 5, bias=False)", call: "layer(x)", module: plain,
        ours: { try plain($0.values) }),
      Case(
        name: "layer norm", constructor: "nn.LayerNorm(12, eps=1e-3)", call: "layer(x)", module: norm,
        ours: { try norm($0.values) }),
      Case(
        name: "attention", constructor: "nn.MultiheadAttention(12, 3, batch_first=True)",
        call: "layer(x, x, x, key_padding_mask=pad)[0]", module: attention, ours: { try attention($0).values }),
      Case(
        name: "normalised after", constructor: "nn.TransformerEncoderLayer(12, 2, 20, 0.0, batch_first=True)",
        call: "layer(x, src_key_padding_mask=pad)", module: after, ours: { try after($0).values }),
      Case(
        name: "normalised before",
        constructor: "nn.TransformerEncoderLayer(12, 4, 20, 0.0, batch_first=True, norm_first=True)",
        call: "layer(x, src_key_padding_mask=pad)", module: before, ours: { try before($0).values }),
    ]
  }

  @Test func outputsAndGradientsAreTorchs() throws {
    let generator = try Generator(seed: 11)
    let cases = try Self.cases(.random(generator))
    let batches = [
      "even": [6, 6, 6], "padded": [6, 1, 4],
    ]
    var inputs: [String: Tensor] = [:]
    var ours: [String: Tensor] = [:]
    var script = """
      nn = torch.nn
      def compare(name, layer, call):
          state = {key[len(name) + 7:]: value for key, value in inputs.items() if key.startswith(name + " state.")}
          layer.load_state_dict(state, strict=True)
          for batch in ("even", "padded"):
              x = inputs[batch].clone().requires_grad_()
              pad = ~inputs[batch + " real"] if batch == "padded" else None
              y = call(layer, x, pad)
              layer.zero_grad()
              (y * inputs[f"{name} {batch} seed"]).sum().backward()
              outputs[f"{name} {batch} output"] = y
              outputs[f"{name} {batch} gradient of the input"] = x.grad
              for key, parameter in layer.named_parameters():
                  outputs[f"{name} {batch} gradient of {key}"] = parameter.grad

      """
    for (batch, lengths) in batches {
      let frames = try SequenceBatch(padding: lengths.map { try Tensor.randn([$0, 12], generator: generator) })
      inputs[batch] = frames.values
      if let mask = frames.mask { inputs["\(batch) real"] = mask }
      for test in cases {
        // Ones and zeros, with which some parameters start, would hide what they do.
        try withoutGradients {
          for parameter in test.module.parameters where batch == "even" {
            try parameter.fillNormalInPlace(deviation: 0.4, generator: generator)
          }
        }
      }
    }
    for test in cases {
      for (key, tensor) in test.module.namedState() { inputs["\(test.name) state.\(key)"] = tensor }
      for (batch, lengths) in batches {
        let values = try #require(inputs[batch]).clone().requireGradient()
        let frames = try SequenceBatch(values, lengths: lengths)
        try test.module.clearGradients()
        let output = try test.ours(frames)
        let seed = try Tensor.randn(output.shape, generator: generator)
        inputs["\(test.name) \(batch) seed"] = seed
        try (output * seed).sum().backward()
        ours["\(test.name) \(batch) output"] = output
        ours["\(test.name) \(batch) gradient of the input"] = values.gradient
        for (key, parameter) in test.module.namedParameters() {
          ours["\(test.name) \(batch) gradient of \(key)"] = parameter.gradient
        }
      }
      script += "compare('\(test.name)', \(test.constructor), lambda layer, x, pad: \(test.call))\n"
    }
    let theirs = try TorchPeer.run(script, inputs)
    #expect(Set(theirs.keys) == Set(ours.keys))
    let real = try #require(inputs["padded real"]).unsqueezed(2)
    for (key, tensor) in ours.sorted(by: { $0.key < $1.key }) {
      var peer = theirs[key]
      // Here padding is cut off at the entrance of a batch; PyTorch lets gradients through to it.
      if key.hasSuffix("padded gradient of the input") { peer = try peer?.masked(where: real.logicalNot(), with: 0) }
      #expect(try tensor.distance(from: peer) < 2e-6, "\(key)")
    }
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
