import Fusion
import NN
import Tensors
import Testing

@Suite struct DeepSERTests {
  let configuration = DeepSER.Configuration(
    inputs: [10, 6, 4], width: 32, heads: 2, feedForward: 48, dropout: 0.1, classes: 5, attributes: 3)

  /// Three streams of clips whose lengths differ between clips and between streams.
  func clips(_ count: Int) throws -> [[Tensor]] {
    let generator = try Generator(seed: 3)
    return try (0..<count).map { clip in
      try configuration.inputs.enumerated().map { stream, width in
        try Tensor.randn([5 + (clip * 13 + stream * 7) % 31, width], generator: generator)
      }
    }
  }

  func batch(_ clips: [[Tensor]]) throws -> [SequenceBatch] {
    try configuration.inputs.indices.map { stream in try SequenceBatch(padding: clips.map { $0[stream] }) }
  }

  @Test func aClipsScoresDoNotDependOnItsBatch() throws {
    let model = try DeepSER(configuration, .random(Generator(seed: 1)))
    model.setTraining(false)
    let clips = try clips(9)
    try withoutGradients {
      let together = try model(batch(clips))
      for (i, clip) in clips.enumerated() {
        let alone = try model(batch([clip]))
        #expect(try largestDifference(alone.logits[0], together.logits[i]) < 1e-5)
        #expect(try largestDifference(alone.attributes?[0], together.attributes?[i]) < 1e-5)
      }
      // Neither does what stands in the padding.
      let wild = try batch(clips).map { batch in
        guard let mask = batch.mask else { return batch }
        let noise = try Tensor.full(batch.values.shape, 1e6)
        return try SequenceBatch(
          batch.values.selected(where: mask.unsqueezed(2), else: noise), lengths: batch.lengths)
      }
      #expect(try largestDifference(model(wild).logits, together.logits) < 1e-5)
    }
  }

  @Test func everyParameterLearns() throws {
    let model = try DeepSER(configuration, .random(Generator(seed: 1)))
    let scores = try model(batch(clips(4)))
    let attributes = try #require(scores.attributes)
    try (scores.logits.logSoftmax(-1)[.all, 0].sum() + attributes.sum()).backward()
    for (key, parameter) in model.namedParameters() {
      let gradient = try #require(parameter.gradient, "\(key) has no gradient")
      #expect(try gradient.abs().sum().item(of: Float.self) > 0, "\(key)")
    }
  }

  @Test func attributesStayOnTheScale() throws {
    let model = try DeepSER(configuration, .random(Generator(seed: 1)))
    let huge = try Tensor.full([2, 32], 1e4)
    let values = try #require(try model.scores(from: huge).attributes).array(of: Float.self)
    #expect(values.allSatisfy { (1...7).contains($0) })
  }

  @Test func impossibleSizesAreRefused() {
    var wrong = configuration
    wrong.heads = 5
    #expect(throws: TensorError.self) { try DeepSER(wrong, .unset()) }
    wrong = configuration
    wrong.inputs = []
    #expect(throws: TensorError.self) { try DeepSER(wrong, .unset()) }
  }

  func largestDifference(_ a: Tensor?, _ b: Tensor?) throws -> Float {
    let (a, b) = (try #require(a), try #require(b))
    return try (a - b).abs().max().item()
  }
}
