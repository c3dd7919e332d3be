import Fusion
import NN
import Tensors
import Testing

/// DeepSER against MEDUSA's Algorithms 1 and 2 written out in PyTorch for clips without padding.
@Suite struct DeepSERParityTests {
  static let algorithm = """
    nn = torch.nn
    class Enc(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.linear1, self.linear2 = nn.Linear(size, 16), nn.Linear(16, 16)
            self.layers = nn.ModuleList(
                nn.TransformerEncoderLayer(16, nhead=1, dim_feedforward=24, dropout=0.0, batch_first=True) for _ in range(2))
        def forward(self, x):
            h1 = self.layers[0](self.linear2(self.linear1(x).relu()))
            h2 = self.layers[1](h1)
            return h1, h2, h2.mean(1)

    class DeepSER(nn.Module):
        def __init__(self, sizes):
            super().__init__()
            self.streams = nn.ModuleList(Enc(size) for size in sizes)
            self.fusion1, self.fusion2 = Enc(16), Enc(16)
            self.projection = nn.Linear(16 * (len(sizes) + 1), 16)
            self.classes = nn.Linear(16, 5)
            self.attributes = nn.ModuleList([nn.Linear(16, 3)])
        def forward(self, *streams):
            first, second, pooled = zip(*(enc(x) for enc, x in zip(self.streams, streams)))
            f2 = self.fusion1(torch.cat(first, 1))[1]
            f3 = self.fusion2(torch.cat([*second, f2], 1))[2]
            x = self.projection(torch.cat([*pooled, f3], 1)).relu()
            return self.classes(x), 1 + 6 * torch.sigmoid(self.attributes[0](x))

    model = DeepSER([7, 4, 3])
    model.load_state_dict({k[6:]: v for k, v in inputs.items() if k.startswith("state ")}, strict=True)

    """

  let configuration = DeepSER.Configuration(
    inputs: [7, 4, 3], width: 16, heads: 1, feedForward: 24, dropout: 0, classes: 5, attributes: 3)

  @Test func scoresGradientsAndAHundredStepsAreTheAlgorithms() throws {
    let generator = try Generator(seed: 6)
    let model = try DeepSER(configuration, .random(generator))
    var inputs: [String: Tensor] = [:]
    for (key, tensor) in model.namedState() { inputs["state " + key] = try tensor.detached().clone() }
    // Clips of one length in each batch and stream, but another in each.
    let frames = [[9, 4, 6], [3, 8, 1], [5, 5, 12]]
    for (batch, lengths) in frames.enumerated() {
      for (stream, width) in configuration.inputs.enumerated() {
        inputs["\(batch) stream \(stream)"] = try Tensor.randn([6, lengths[stream], width], generator: generator)
      }
      inputs["\(batch) classes"] = try Tensor.randn([6, 5], generator: generator).softmax(1)
      inputs["\(batch) attributes"] = try Tensor.rand([6, 3], generator: generator) * 6 + 1
    }

    func input(_ name: String) throws -> Tensor { try #require(inputs[name]) }
    func loss(_ batch: Int) throws -> (scores: EmotionScores, loss: Tensor) {
      let streams = try frames[batch].enumerated().map {
        try SequenceBatch(input("\(batch) stream \($0)"), lengths: [Int](repeating: $1, count: 6))
      }
      let scores = try model(streams)
      let crossEntropy = try -(input("\(batch) classes") * scores.logits.logSoftmax(1)).sum(1).mean()
      let error = try #require(scores.attributes) - input("\(batch) attributes")
      return (scores, try crossEntropy * 1.5 + (error * error).mean() * 0.4)
    }
    var ours: [String: Tensor] = [:]
    let first = try loss(0)
    try first.loss.backward()
    (ours["logits"], ours["attributes"]) = (first.scores.logits, first.scores.attributes)
    for (key, parameter) in model.namedParameters() { ours["gradient of " + key] = try parameter.gradient?.clone() }
    try model.clearGradients()
    let optimiser = try AdamW(model.namedParameters(), learningRate: 2e-3)
    var losses: [Double] = []
    for step in 0..<100 {
      optimiser.learningRate = 2e-3 * LearningRateSchedule.cosine(floor: 0.01).factor(step: step, of: 100)
      let loss = try loss(step % 3).loss
      losses.append(try loss.item())
      try loss.backward()
      try optimiser.step()
    }

    let theirs = try TorchPeer.run(
      Self.algorithm + """
        def loss(batch):
            logits, values = model(*(inputs[f"{batch} stream {i}"] for i in range(3)))
            entropy = nn.functional.cross_entropy(logits, inputs[f"{batch} classes"])
            return logits, values, 1.5 * entropy + 0.4 * nn.functional.mse_loss(values, inputs[f"{batch} attributes"])
        outputs["logits"], outputs["attributes"], first = loss(0)
        first.backward()
        for key, parameter in model.named_parameters():
            outputs["gradient of " + key] = parameter.grad.clone()
        optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 100, eta_min=2e-5)
        losses = []
        for step in range(100):
            optimiser.zero_grad()
            value = loss(step % 3)[2]
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
    #expect(losses[99] < losses[0] - 0.1, "100 steps must learn something: \(losses)")
  }

  @Test func clipsOfUnequalLengthScoreAsTheAlgorithmScoresEachAlone() throws {
    let generator = try Generator(seed: 7)
    let model = try DeepSER(configuration, .random(generator))
    model.setTraining(false)
    var inputs: [String: Tensor] = [:]
    for (key, tensor) in model.namedState() { inputs["state " + key] = tensor }
    let lengths = [[9, 4, 6], [3, 8, 1], [1, 1, 1], [14, 2, 5]]
    for (clip, lengths) in lengths.enumerated() {
      for (stream, width) in configuration.inputs.enumerated() {
        inputs["\(clip) stream \(stream)"] = try Tensor.randn([lengths[stream], width], generator: generator)
      }
    }
    let streams = try (0..<3).map { stream in
      try SequenceBatch(padding: lengths.indices.map { try #require(inputs["\($0) stream \(stream)"]) })
    }
    let scores = try model(streams)
    let theirs = try TorchPeer.run(
      Self.algorithm + """
        each = [model(*(inputs[f"{clip} stream {i}"][None] for i in range(3))) for clip in range(4)]
        outputs["logits"], outputs["attributes"] = (torch.cat(part) for part in zip(*each))
        """, inputs)
    #expect(try scores.logits.distance(from: theirs["logits"]) < 1e-5)
    #expect(try #require(scores.attributes).distance(from: theirs["attributes"]) < 1e-5)
  }
}
