import Fusion
import NN
import Tensors
import Testing

/// Networks and options beside the two systems' own, against their formulas written out in PyTorch.
@Suite struct NetworkOptionsParityTests {
  /// Streams of six clips without padding, and a model's weights.
  struct Case {
    let model: any EmotionModel
    var inputs: [String: Tensor] = [:]
    let streams: [SequenceBatch]

    init(_ configuration: some NetworkConfiguration, frames: [Int], seed: UInt64) throws {
      let generator = try Generator(seed: seed)
      model = try configuration.make(.random(generator))
      for (key, tensor) in model.namedState() { inputs["state " + key] = try tensor.detached().clone() }
      var streams: [SequenceBatch] = []
      for (i, width) in configuration.inputs.enumerated() {
        let values = try Tensor.randn([6, frames[i], width], generator: generator)
        inputs["stream \(i)"] = values
        streams.append(try SequenceBatch(values, lengths: [Int](repeating: frames[i], count: 6)))
      }
      self.streams = streams
    }

    /// Scores and all gradients of the sum of their sines, ours and what a script comes to.
    func compare(_ script: String) throws {
      let scores = try model(streams)
      var ours = ["logits": scores.logits]
      ours["attributes"] = scores.attributes
      ours["neutral"] = scores.neutral
      let parts = [scores.logits, scores.attributes, scores.neutral].compactMap(\.self)
      let sum = try parts.dropFirst().reduce(parts[0].sin().sum()) { try $0 + $1.sin().sum() }
      try sum.backward()
      for (key, parameter) in model.namedParameters() {
        let gradient: Tensor = try #require(parameter.gradient)
        ours["gradient of " + key] = gradient
      }
      let theirs = try TorchPeer.run(
        script + """

          model.load_state_dict({k[6:]: v for k, v in inputs.items() if k.startswith("state ")}, strict=True)
          found = model(*(inputs[f"stream {i}"] for i in range(\(streams.count))))
          outputs.update(found)
          sum(part.sin().sum() for part in found.values()).backward()
          for key, parameter in model.named_parameters():
              outputs["gradient of " + key] = parameter.grad.clone()
          """, inputs)
      #expect(Set(ours.keys) == Set(theirs.keys))
      for (key, tensor) in ours {
        // The gradient of a key's bias is rounding alone: a softmax takes it out again.
        if key.hasSuffix("in_proj_bias") { continue }
        #expect(try tensor.distance(from: theirs[key]) < 1e-5, "\(key)")
      }
    }
  }

  static let encoder = """
    import math
    nn = torch.nn
    class Enc(nn.Module):
        def __init__(self, size, layers, heads, positions):
            super().__init__()
            self.linear1, self.linear2, self.positions = nn.Linear(size, 12), nn.Linear(12, 12), positions
            self.layers = nn.ModuleList(
                nn.TransformerEncoderLayer(12, nhead=heads, dim_feedforward=20, dropout=0.0, batch_first=True)
                for _ in range(layers))
        def forward(self, x):
            x = self.linear2(self.linear1(x).relu())
            if self.positions:
                table = torch.zeros(x.shape[1:])
                for t in range(table.shape[0]):
                    for i in range(0, table.shape[1], 2):
                        table[t, i] = math.sin(t / 10000 ** (i / table.shape[1]))
                        table[t, i + 1] = math.cos(t / 10000 ** (i / table.shape[1]))
                x = x + table
            first = x = self.layers[0](x)
            for layer in self.layers[1:]:
                x = layer(x)
            return first, x, x.mean(1)

    """

  @Test(arguments: [1, 2, 3, 4], [PositionEncoding.absent, .sinusoidal])
  func deepSEROfAnyStreamsLayersHeadsAndPositions(count: Int, positions: PositionEncoding) throws {
    let (inputs, frames) = ([7, 4, 3, 5], [9, 4, 6, 2])
    let configuration = DeepSER.Configuration(
      inputs: Array(inputs.prefix(count)), width: 12, layers: count, heads: 3, feedForward: 20, dropout: 0,
      positions: positions, classes: 5, attributes: 2)
    let flag = positions == .sinusoidal ? "True" : "False"
    try Case(configuration, frames: frames, seed: 5).compare(
      Self.encoder + """
        class Model(nn.Module):
            def __init__(self, sizes, layers):
                super().__init__()
                self.streams = nn.ModuleList(Enc(size, layers, 3, \(flag)) for size in sizes)
                self.fusion1, self.fusion2 = Enc(12, layers, 3, False), Enc(12, layers, 3, False)
                self.projection = nn.Linear(12 * (len(sizes) + 1), 12)
                self.classes, self.attributes = nn.Linear(12, 5), nn.ModuleList([nn.Linear(12, 2)])
            def forward(self, *streams):
                first, last, pooled = zip(*(enc(x) for enc, x in zip(self.streams, streams)))
                f2 = self.fusion1(torch.cat(first, 1))[1]
                f3 = self.fusion2(torch.cat([*last, f2], 1))[2]
                x = self.projection(torch.cat([*pooled, f3], 1)).relu()
                return {"logits": self.classes(x), "attributes": 1 + 6 * torch.sigmoid(self.attributes[0](x))}
        model = Model(\(configuration.inputs), \(count))
        """)
  }

  @Test func lateFusionJoinsPooledVectorsAlone() throws {
    let configuration = LateFusion.Configuration(
      DeepSER.Configuration(
        inputs: [7, 4, 3], width: 12, layers: 2, heads: 1, feedForward: 20, dropout: 0, classes: 5, attributes: 3))
    try Case(configuration, frames: [9, 4, 6], seed: 6).compare(
      Self.encoder + """
        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.streams = nn.ModuleList(Enc(size, 2, 1, False) for size in [7, 4, 3])
                self.projection = nn.Linear(36, 12)
                self.classes, self.attributes = nn.Linear(12, 5), nn.ModuleList([nn.Linear(12, 3)])
            def forward(self, *streams):
                pooled = [enc(x)[2] for enc, x in zip(self.streams, streams)]
                x = self.projection(torch.cat(pooled, 1)).relu()
                return {"logits": self.classes(x), "attributes": 1 + 6 * torch.sigmoid(self.attributes[0](x))}
        model = Model()
        """)
  }

  @Test(arguments: [1, 2]) func baselinePoolsMeansAndDeviations(count: Int) throws {
    let configuration = Baseline.Configuration(
      inputs: Array([7, 4].prefix(count)), hidden: 12, dropout: 0, classes: 5, attributes: 2)
    try Case(configuration, frames: [9, 4], seed: 7).compare(
      """
      nn = torch.nn
      class Pooling(nn.Module):
          def __init__(self, size):
              super().__init__()
              self.sap_linear, self.attention = nn.Linear(size, size), nn.Parameter(torch.zeros(size, 1))
          def forward(self, x):
              w = torch.softmax(torch.tanh(self.sap_linear(x)) @ self.attention, 1)
              mu = (x * w).sum(1)
              rh = ((x ** 2 * w).sum(1) - mu ** 2).clamp(min=1e-5).sqrt()
              return torch.cat((mu, rh), 1)
      class Model(nn.Module):
          def __init__(self, sizes):
              super().__init__()
              self.pooling = nn.ModuleList(Pooling(size) for size in sizes)
              self.dense, self.norm = nn.Linear(2 * sum(sizes), 12), nn.LayerNorm(12)
              self.classes, self.attributes = nn.Linear(12, 5), nn.ModuleList([nn.Linear(12, 2)])
          def forward(self, *streams):
              x = torch.cat([pool(x) for pool, x in zip(self.pooling, streams)], 1)
              h = self.norm(self.dense(x)).relu()
              return {"logits": self.classes(h), "attributes": 1 + 6 * torch.sigmoid(self.attributes[0](h))}
      model = Model(\(configuration.inputs))
      """)
  }

  @Test func theNeutralHeadIsADenseHeadOfItsOwn() throws {
    let configuration = CrossModal.Configuration(
      inputs: [7, 4], hidden: 8, classes: 5, dropout: 0, attentionDropout: 0, hasNeutralHead: true)
    try Case(configuration, frames: [9, 4], seed: 8).compare(
      CrossModalParityTests.network + """
        class Head(nn.Module):
            def __init__(self):
                super().__init__()
                self.dense, self.output = nn.Linear(32, 8), nn.Linear(8, 1)
            def forward(self, x):
                return self.output(self.dense(x).relu())
        class Model(CrossModal):
            def __init__(self):
                super().__init__([7, 4], False, False)
                self.neutral = nn.ModuleList([Head()])
                self.norm.register_forward_hook(lambda module, given, found: setattr(self, "joined", found))
            def forward(self, *xs):
                logits = super().forward(*xs)
                return {"logits": logits, "neutral": self.neutral[0](self.joined)}
        model = Model()
        """)
  }

  static let networks: [any NetworkConfiguration] = [
    Baseline.Configuration(inputs: [5, 3], hidden: 8, classes: 4, attributes: 2),
    LateFusion.Configuration(.init(inputs: [5, 3], width: 8, feedForward: 12, classes: 4)),
    DeepSER.Configuration(inputs: [5, 3], width: 8, feedForward: 12, positions: .sinusoidal, classes: 4),
    CrossModal.Configuration(inputs: [5, 3], hidden: 8, classes: 4, hasNeutralHead: true),
  ]

  @Test(arguments: networks.indices) func aClipsScoresDoNotDependOnItsBatchNorItsPadding(number: Int) throws {
    let generator = try Generator(seed: 13)
    let model = try Self.networks[number].make(.random(generator))
    model.setTraining(false)
    let clips = try [(9, 4), (2, 7), (1, 1), (14, 3)].map {
      [try Tensor.randn([$0.0, 5], generator: generator), try Tensor.randn([$0.1, 3], generator: generator)]
    }
    let batches = try (0..<2).map { stream in try SequenceBatch(padding: clips.map { $0[stream] }) }
    let noisy = try batches.map { batch in
      let mask = try #require(batch.mask).unsqueezed(2)
      return try SequenceBatch(
        batch.values.selected(where: mask, else: Tensor.full(batch.values.shape, .nan)), lengths: batch.lengths)
    }
    for scores in [try model(batches), try model(noisy)] {
      for (clip, streams) in clips.enumerated() {
        let alone = try model(streams.map { try SequenceBatch(padding: [$0]) })
        for (one, all) in [
          (alone.logits, scores.logits), (alone.attributes, scores.attributes), (alone.neutral, scores.neutral),
        ] {
          guard let one, let all else {
            #expect(one == nil && all == nil)
            continue
          }
          #expect(try one.distance(from: all[clip..<(clip + 1)]) < 1e-5)
        }
      }
    }
  }

  @Test(arguments: networks.indices) func everyParameterLearns(number: Int) throws {
    let generator = try Generator(seed: 14)
    let model = try Self.networks[number].make(.random(generator))
    let streams = try [5, 3].map {
      try SequenceBatch(Tensor.randn([4, 6, $0], generator: generator), lengths: [6, 2, 3, 6])
    }
    let scores = try model(streams)
    var sum = try scores.logits.logSoftmax(-1)[.all, 0].sum()
    for more in [scores.attributes, scores.neutral] { if let more { sum = try sum + more.sum() } }
    try sum.backward()
    for (key, parameter) in model.namedParameters() {
      let gradient = try #require(parameter.gradient, "\(key) has no gradient")
      #expect(try gradient.abs().sum().item(of: Float.self) > 0, "\(key)")
    }
  }

  @Test func sizesThatMakeNoNetworkAreRefused() throws {
    for (configuration, word) in [
      (Baseline.Configuration(inputs: []), "one stream"), (Baseline.Configuration(inputs: [0]), "width"),
      (Baseline.Configuration(inputs: [3], hidden: 0), "dense"),
      (Baseline.Configuration(inputs: [3], dropout: 1), "dropout"),
      (Baseline.Configuration(inputs: [3], classes: 1), "classes"),
      (LateFusion.Configuration(.init(inputs: [3], width: 10, heads: 3)), "heads"),
    ] as [(any NetworkConfiguration, String)] {
      let error = try #require(throws: TensorError.self) { try configuration.make(.random(Generator(seed: 1))) }
      #expect(error.message.contains(word), "\(error)")
    }
  }
}
