import Fusion
import NN
import Tensors
import Testing

@Suite struct ConvPoolingTests {
  let configuration = ConvPooling.Configuration(
    inputs: [10, 6], width: 12, blocks: 4, stride: 2, dropout: 0.1, classes: 5, attributes: 3)

  /// Clips of unequal lengths, both streams of each as long.
  func clips() throws -> [[Tensor]] {
    let generator = try Generator(seed: 3)
    return try [9, 1, 2, 40, 17, 18].map { frames in
      try configuration.inputs.map { try Tensor.randn([frames, $0], generator: generator) }
    }
  }

  func batch(_ clips: [[Tensor]]) throws -> [SequenceBatch] {
    try configuration.inputs.indices.map { stream in try SequenceBatch(padding: clips.map { $0[stream] }) }
  }

  @Test func aClipsScoresDoNotDependOnItsBatchNorItsPadding() throws {
    let model = try configuration.make(.random(Generator(seed: 1)))
    model.setTraining(false)
    let clips = try clips()
    try withoutGradients {
      let together = try batch(clips)
      let noisy = try together.map { batch in
        let mask = try #require(batch.mask).unsqueezed(2)
        return try SequenceBatch(
          batch.values.selected(where: mask, else: Tensor.full(batch.values.shape, .nan)), lengths: batch.lengths)
      }
      for scores in [try model(together), try model(noisy)] {
        #expect(scores.logits.shape == [6, 5] && scores.attributes?.shape == [6, 3])
        for (i, clip) in clips.enumerated() {
          let alone = try model(batch([clip]))
          #expect(try alone.logits.distance(from: scores.logits[i..<(i + 1)]) < 1e-5)
          let attributes = try #require(alone.attributes)
          #expect(try attributes.distance(from: scores.attributes?[i..<(i + 1)]) < 1e-5)
        }
      }
      #expect(try model.embedding(of: together).shape == [6, 24])
    }
  }

  @Test func everyParameterLearns() throws {
    let model = try configuration.make(.random(Generator(seed: 1)))
    let scores = try model(batch(clips()))
    let attributes = try #require(scores.attributes)
    try (scores.logits.logSoftmax(-1)[.all, 0].sum() + attributes.sum()).backward()
    for (key, parameter) in model.namedParameters() {
      let gradient = try #require(parameter.gradient, "\(key) has no gradient")
      #expect(try gradient.abs().sum().item(of: Float.self) > 0, "\(key)")
    }
  }

  /// What is beyond a frame's reach makes no difference to it, so that a stream needs to wait for no more.
  @Test func framesSeeNoFurtherThanTheReach() throws {
    let sizes = ConvPooling.Configuration(
      inputs: [4], width: 8, blocks: 3, stride: 1, dropout: 0, classes: 2, attributes: 0)
    #expect(sizes.reach == 9)
    let model = try sizes.make(.random(Generator(seed: 2)))
    // A clip of one frame's reach has the gradient of its middle frame's everywhere; one frame more stays without.
    let x = try Tensor.randn([1, 2 * sizes.reach + 3, 4], generator: Generator(seed: 4)).requireGradient()
    let frames = try #require(
      (model as? ConvPooling)?.frames(of: [SequenceBatch(x, lengths: [x.size(1)])]).values)
    try frames[.all, sizes.reach + 1].sum().backward()
    let gradient = try #require(x.gradient).abs().sum(2).squeezed(0).array(of: Float.self)
    #expect(gradient.first == 0 && gradient.last == 0)
    #expect(gradient[1] > 0 && gradient[gradient.count - 2] > 0)
  }

  @Test func smallEnoughToShip() throws {
    let shipped = ConvPooling.Configuration(inputs: [320, 236], width: 160, classes: 7)
    #expect(try shipped.make(.unset()).parameterCount < 1_500_000)
  }

  @Test func savedAndLoadedItScoresTheSame() throws {
    let model = try configuration.make(.random(Generator(seed: 1)))
    let other = try configuration.make(.random(Generator(seed: 2)))
    model.setTraining(false)
    other.setTraining(false)
    let streams = try batch(clips())
    #expect(try !other(streams).logits.equals(model(streams).logits))
    try other.load(Dictionary(uniqueKeysWithValues: model.state().map { ($0, $1) }))
    #expect(try other(streams).logits.equals(model(streams).logits))
  }

  @Test func impossibleSizesAndStreamsAreRefused() throws {
    for (configuration, word) in [
      (ConvPooling.Configuration(inputs: []), "one stream"), (.init(inputs: [0]), "width"),
      (.init(inputs: [3], width: 0), "width"), (.init(inputs: [3], blocks: -1), "blocks"),
      (.init(inputs: [3], stride: 6), "stride"), (.init(inputs: [3], dropout: 1), "dropout"),
      (.init(inputs: [3], classes: 1), "classes"),
    ] {
      let error = try #require(throws: TensorError.self) { try configuration.make(.random(Generator(seed: 1))) }
      #expect(error.message.contains(word), "\(error)")
    }
    let model = try configuration.make(.random(Generator(seed: 1)))
    let generator = try Generator(seed: 5)
    let streams = try [(10, 7), (6, 8)].map {
      try SequenceBatch(Tensor.randn([1, $0.1, $0.0], generator: generator), lengths: [$0.1])
    }
    #expect(try #require(throws: TensorError.self) { try model(streams) }.message.contains("frames"))
    #expect(try #require(throws: TensorError.self) { try model([streams[0]]) }.message.contains("1 streams"))
  }

  @Test(arguments: [1, 2, 3]) func asItsFormulaInPyTorch(stride: Int) throws {
    let sizes = ConvPooling.Configuration(
      inputs: [7, 4], width: 12, blocks: 4, stride: stride, dropout: 0, classes: 5, attributes: 2)
    try NetworkOptionsParityTests.Case(sizes, frames: [13, 13], seed: 6).compare(
      """
      nn = torch.nn
      class Block(nn.Module):
          def __init__(self, width, dilation):
              super().__init__()
              self.norm, self.linear = nn.LayerNorm(width), nn.Linear(width, width)
              self.conv = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
          def forward(self, x):
              return x + self.linear(self.conv(self.norm(x).transpose(1, 2)).transpose(1, 2).relu())
      class Pooling(nn.Module):
          def __init__(self, width):
              super().__init__()
              self.projection = nn.Linear(width, width // 2)
              self.attention = nn.Linear(width // 2, width, bias=False)
          def forward(self, x):
              w = self.attention(self.projection(x).tanh()).softmax(1)
              mean = (w * x).sum(1)
              variance = (w * (x - mean[:, None]) ** 2).sum(1)
              return torch.cat([mean, variance.clamp(min=1e-5).sqrt()], 1)
      class Model(nn.Module):
          def __init__(self):
              super().__init__()
              self.stem = nn.Conv1d(11, 12, 5, stride=\(stride), padding=2)
              self.blocks = nn.ModuleList(Block(12, d) for d in [1, 2, 4, 1])
              self.norm, self.pooling = nn.LayerNorm(12), Pooling(12)
              self.dense, self.dense_norm = nn.Linear(24, 12), nn.LayerNorm(12)
              self.classes, self.attributes = nn.Linear(12, 5), nn.ModuleList([nn.Linear(12, 2)])
          def forward(self, a, b):
              x = self.stem(torch.cat([a, b], 2).transpose(1, 2)).transpose(1, 2)
              for block in self.blocks:
                  x = block(x)
              x = self.dense_norm(self.dense(self.pooling(self.norm(x).relu()))).relu()
              return {"logits": self.classes(x), "attributes": 1 + 6 * torch.sigmoid(self.attributes[0](x))}
      model = Model()
      """)
  }
}
