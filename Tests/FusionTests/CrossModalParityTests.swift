import Fusion
import NN
import Tensors
import Testing

/// CrossModal against UNICAMP's equations written out in PyTorch for clips without padding, with both systems' options.
@Suite struct CrossModalParityTests {
  static let network = """
    import math
    nn = torch.nn
    class Stream(nn.Module):
        def __init__(self, size, released):
            super().__init__()
            self.projection, self.norm = nn.Linear(size, 8), nn.LayerNorm(8)
            self.gru = nn.GRU(8, 8, batch_first=True, bidirectional=True)
            self.pooling, self.released = nn.Linear(16, 1, bias=released), released
        def states(self, x):
            return self.gru(self.norm(self.projection(x)))[0]
        def pooled(self, r):
            scores = self.pooling(r)
            return (torch.softmax(scores if self.released else scores / math.sqrt(16), 1) * r).sum(1)

    class CrossModal(nn.Module):
        def __init__(self, sizes, shared, released):
            super().__init__()
            n = len(sizes)
            self.streams = nn.ModuleList(Stream(size, released) for size in sizes)
            self.shared = shared
            count = n if shared else n * (n - 1)
            self.attentions = nn.ModuleList(nn.MultiheadAttention(16, 1, batch_first=True) for _ in range(count))
            self.norm, self.dense, self.classes = nn.LayerNorm(16 * n), nn.Linear(16 * n, 8), nn.Linear(8, 5)
        def forward(self, *xs):
            states = [stream.states(x) for stream, x in zip(self.streams, xs)]
            pooled, k = [], 0
            for a, stream in enumerate(self.streams):
                r = states[a]
                for b in range(len(states)):
                    if b == a: continue
                    attention = self.attentions[a if self.shared else k]
                    k += 1
                    r = r + attention(states[a], states[b], states[b])[0]
                pooled.append(stream.pooled(r))
            return self.classes(self.dense(self.norm(torch.cat(pooled, -1))).relu())

    """

  @Test(arguments: [[7, 4], [7, 4, 3]], [CrossModal.AttentionSharing.pair, .query])
  func logitsGradientsAndAHundredStepsAreTheEquations(inputs sizes: [Int], sharing: CrossModal.AttentionSharing) throws
  {
    let pooling: AttentionPooling.Score = sharing == .query ? .linear : .scaled
    let configuration = CrossModal.Configuration(
      inputs: sizes, hidden: 8, classes: 5, dropout: 0, attentionDropout: 0, attentionSharing: sharing, pooling: pooling
    )
    let generator = try Generator(seed: 12)
    let model = try CrossModal(configuration, .random(generator))
    var inputs: [String: Tensor] = [:]
    for (key, tensor) in model.namedState() { inputs["state " + key] = try tensor.detached().clone() }
    let frames = [[9, 4, 6], [3, 8, 1], [5, 5, 12]]
    for (batch, lengths) in frames.enumerated() {
      for (stream, width) in sizes.enumerated() {
        inputs["\(batch) stream \(stream)"] = try Tensor.randn([6, lengths[stream], width], generator: generator)
      }
      inputs["\(batch) classes"] = try Tensor.randn([6, 5], generator: generator).softmax(1)
    }
    func input(_ name: String) throws -> Tensor { try #require(inputs[name]) }
    func loss(_ batch: Int) throws -> (logits: Tensor, loss: Tensor) {
      let streams = try sizes.indices.map {
        try SequenceBatch(input("\(batch) stream \($0)"), lengths: [Int](repeating: frames[batch][$0], count: 6))
      }
      let logits = try model(streams).logits
      return (logits, try -(input("\(batch) classes") * logits.logSoftmax(1)).sum(1).mean())
    }
    var ours: [String: Tensor] = [:]
    let first = try loss(0)
    try first.loss.backward()
    ours["logits"] = first.logits
    for (key, parameter) in model.namedParameters() { ours["gradient of " + key] = try parameter.gradient?.clone() }
    try model.clearGradients()
    let optimiser = try AdamW(model.namedParameters(), learningRate: 5e-3, weightDecay: 1e-6)
    var losses: [Double] = []
    for step in 0..<100 {
      optimiser.learningRate = 5e-3 * LearningRateSchedule.cosine(floor: 0.01).factor(step: step, of: 100)
      let loss = try loss(step % 3).loss
      losses.append(try loss.item())
      try loss.backward()
      try optimiser.step()
    }
    let theirs = try TorchPeer.run(
      Self.network + """
        model = CrossModal(\(sizes), \(sharing == .query ? "True" : "False"), \(pooling == .linear ? "True" : "False"))
        model.load_state_dict({k[6:]: v for k, v in inputs.items() if k.startswith("state ")}, strict=True)
        def loss(batch):
            logits = model(*(inputs[f"{batch} stream {i}"] for i in range(\(sizes.count))))
            return logits, nn.functional.cross_entropy(logits, inputs[f"{batch} classes"])
        outputs["logits"], first = loss(0)
        first.backward()
        for key, parameter in model.named_parameters():
            outputs["gradient of " + key] = parameter.grad.clone()
        optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=1e-6)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 100, eta_min=5e-5)
        losses = []
        for step in range(100):
            optimiser.zero_grad()
            value = loss(step % 3)[1]
            value.backward()
            optimiser.step()
            schedule.step()
            losses.append(value.item())
        outputs["losses"] = torch.tensor(losses, dtype=torch.float64)
        """, inputs)
    #expect(Set(ours.keys).union(["losses"]) == Set(theirs.keys))
    for (key, tensor) in ours { #expect(try tensor.distance(from: theirs[key]) < 1e-5, "\(key)") }
    let peers = try #require(theirs["losses"]).array(of: Double.self)
    for (step, (loss, peer)) in zip(losses, peers).enumerated() {
      #expect(abs(loss - peer) < 1e-4 * peer, "step \(step): \(loss), \(peer)")
    }
    #expect(losses[99] < losses[0] - 0.1, "a hundred steps must learn something: \(losses[0]), \(losses[99])")
  }

  @Test func aClipsScoresDoNotDependOnItsBatch() throws {
    let generator = try Generator(seed: 13)
    let model = try CrossModal(.init(inputs: [5, 3], hidden: 8, classes: 4), .random(generator))
    model.setTraining(false)
    let clips = try [(9, 4), (2, 7), (1, 1), (14, 3)].map {
      [try Tensor.randn([$0.0, 5], generator: generator), try Tensor.randn([$0.1, 3], generator: generator)]
    }
    let together = try model((0..<2).map { stream in try SequenceBatch(padding: clips.map { $0[stream] }) }).logits
    for (clip, streams) in clips.enumerated() {
      let alone = try model(streams.map { try SequenceBatch(padding: [$0]) }).logits
      #expect(try alone.distance(from: together[clip..<(clip + 1)]) < 1e-5)
    }
  }

  @Test func sizesThatMakeNoNetworkAreRefused() throws {
    for (configuration, word) in [
      (CrossModal.Configuration(inputs: [4]), "two streams"), (.init(inputs: [4, 0]), "positive"),
      (.init(inputs: [4, 4], hidden: 0), "hidden"), (.init(inputs: [4, 4], classes: 1), "classes"),
      (.init(inputs: [4, 4], dropout: 1), "dropout"),
    ] {
      let error = try #require(throws: TensorError.self) {
        try CrossModal(configuration, .random(Generator(seed: 1)))
      }
      #expect(error.message.contains(word))
    }
    let model = try CrossModal(.init(inputs: [4, 3]), .random(Generator(seed: 1)))
    let stream = try SequenceBatch(Tensor.zeros([1, 2, 4]), lengths: [2])
    let error = try #require(throws: TensorError.self) { try model([stream]) }
    #expect(error.message.contains("1 streams were given to a network of 2"))
  }
}
