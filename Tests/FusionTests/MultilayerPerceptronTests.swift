import Foundation
import Fusion
import NN
import Tensors
import Testing

@Suite("MultilayerPerceptron")
struct MultilayerPerceptronTests {
  private func streams(_ values: [[Float]]...) throws -> [SequenceBatch] {
    try values.map { clips in try SequenceBatch(padding: clips.map { try Tensor($0, shape: [$0.count / 2, 2]) }) }
  }

  @Test("Streams of several frames count by their mean, numbers up to the limit")
  func embedding() throws {
    let model = try MultilayerPerceptron(
      .init(inputs: [2, 2], hidden: 3, limit: 4, classes: 2), .random(Generator(seed: 1)))
    let found = try model.embedding(of: streams([[1, 2], [3, -9]], [[1, 1, 3, 5], [0.5, 100]]))
    #expect(try found.array(of: Float.self) == [1, 2, 2, 3, 3, -4, 0.5, 4])
    #expect(throws: TensorError.self) { try model.embedding(of: streams([[1, 2]])) }
  }

  @Test("Scores are those of the layers written out")
  func scores() throws {
    let model = try MultilayerPerceptron(
      .init(inputs: [2], hidden: 2, inputDropout: 0.5, classes: 2, attributes: 1), .random(Generator(seed: 1)))
    try model.load([
      "hidden.weight": Tensor([1, 0, 0, 2], shape: [2, 2]), "hidden.bias": Tensor([0, 1]),
      "norm.weight": Tensor([1, 1]), "norm.bias": Tensor([0, 0]),
      "classes.weight": Tensor([1, 0, 0, 1], shape: [2, 2]), "classes.bias": Tensor([0, 0.5]),
      "attributes.0.weight": Tensor([1, 1], shape: [1, 2]), "attributes.0.bias": Tensor([0] as [Float]),
    ])
    model.setTraining(false)
    let scores = try model(streams([[1, 2]]))
    // Hidden (1, 5), normalised (-1, 1), GELU (-0.1587, 0.8413).
    let logits = try scores.logits.array(of: Float.self)
    #expect(abs(logits[0] + 0.1587) < 1e-3 && abs(logits[1] - 1.3413) < 1e-3)
    let arousal = try #require(scores.attributes).item(of: Float.self)
    #expect(abs(arousal - (1 + 6 / (1 + exp(-0.6827)))) < 1e-3)
    model.setTraining(true)
    let drawn = try (0..<8).map { _ in try model(streams([[1, 2]])).logits.array(of: Float.self) }
    #expect(Set(drawn).count > 1)
  }

  @Test("Sizes that make no network say what is wrong")
  func faults() {
    #expect(MultilayerPerceptron.Configuration(inputs: []).fault == "a perceptron needs at least one stream")
    #expect(
      MultilayerPerceptron.Configuration(inputs: [3], inputDropout: 1).fault
        == "dropout of the inputs is 1.0; it must be in 0..<1")
    #expect(
      MultilayerPerceptron.Configuration(inputs: [3], limit: 0).fault
        == "numbers are limited to 0.0 deviations; the limit must be positive")
    #expect(MultilayerPerceptron.Configuration(inputs: [3]).fault == nil)
  }
}
