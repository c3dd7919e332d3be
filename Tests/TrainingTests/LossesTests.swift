import Tensors
import Testing
import Training

@Suite struct LossesTests {
  @Test func valuesAndGradientsAreTorchs() throws {
    let generator = try Generator(seed: 3)
    var inputs = [
      "logits": try Tensor.randn([6, 4], generator: generator),
      "weights": try Tensor([0.2, 3, 1, 0.7] as [Float]),
      "values": try Tensor.rand([6, 3], generator: generator) * 6 + 1,
      "ratings": try Tensor.rand([6, 3], generator: generator) * 6 + 1,
    ]
    var soft = try Tensor.randn([6, 4], generator: generator).softmax(1).array(of: Float.self)
    for i in [0, 1, 2, 3, 16, 17, 18, 19] { soft[i] = 0 }
    inputs["targets"] = try Tensor(soft, shape: [6, 4])
    let missing = try Tensor(
      [true, false, false] + [Bool](repeating: false, count: 12) + [true, true, true], shape: [6, 3])
    inputs["ratings"] = try inputs["ratings"]?.masked(where: missing, with: .nan)
    func input(_ name: String) throws -> Tensor { try #require(inputs[name]) }

    let logits = try input("logits").clone().requireGradient()
    let values = try input("values").clone().requireGradient()
    var ours: [String: Tensor] = [:]
    for (name, leaf, loss) in [
      ("plain", logits, try Losses.crossEntropy(logits, targets: input("targets"))),
      ("weighted", logits, try Losses.crossEntropy(logits, targets: input("targets"), weights: input("weights"))),
      ("attributes", values, try Losses.attributes(values, targets: input("ratings"))),
    ] {
      try leaf.setGradient(nil)
      try loss.backward()
      ours[name] = loss
      ours[name + " gradient"] = leaf.gradient
    }
    let theirs = try TorchPeer.run(
      """
      real = inputs["targets"].sum(1) > 0
      rated = ~inputs["ratings"].isnan()
      for name, weights in (("plain", None), ("weighted", inputs["weights"])):
          logits = inputs["logits"].clone().requires_grad_()
          loss = torch.nn.CrossEntropyLoss(weights)(logits[real], inputs["targets"][real])
          loss.backward()
          outputs[name], outputs[name + " gradient"] = loss, logits.grad
      values = inputs["values"].clone().requires_grad_()
      loss = torch.nn.MSELoss()(values[rated], inputs["ratings"][rated])
      loss.backward()
      outputs["attributes"], outputs["attributes gradient"] = loss, values.grad
      """, inputs)
    #expect(theirs.count == 6)
    for (name, tensor) in ours { #expect(try tensor.distance(from: theirs[name]) < 1e-6, "\(name)") }
  }

  @Test func nothingToLearnIsALossOfZero() throws {
    let logits = try Tensor.ones([2, 3]).requireGradient()
    let loss = try Losses.crossEntropy(logits, targets: .zeros([2, 3]))
    #expect(try loss.item(of: Float.self) == 0)
    try loss.backward()
    #expect(try logits.gradient?.equals(.zeros([2, 3])) == true)
    let values = try Tensor.ones([2, 3]).requireGradient()
    let attributes = try Losses.attributes(values, targets: .full([2, 3], .nan))
    #expect(try attributes.item(of: Float.self) == 0)
    try attributes.backward()
    #expect(try values.gradient?.equals(.zeros([2, 3])) == true)
  }

  @Test func classWeightsFollowTheirFormula() throws {
    func target(_ distribution: [Float]?) -> Target { Target(distribution: distribution, consensus: 0, attributes: []) }
    // Frequencies 4, 1 and 0.5 of 5.5.
    let targets = [
      target([1, 0, 0]), target([1, 0, 0]), target([1, 0, 0]), target([0.5, 0.5, 0]), target([0.5, 0, 0.5]),
      target([0, 0.5, 0]), target(nil),
    ]
    for exponent in [0.5, 1, 0] {
      let found = try ClassWeights.inverseFrequency(targets, classes: ["a", "b", "c"], exponent: exponent)
      for (weight, frequency) in zip(found, [4, 1, 0.5]) {
        let ratio = 5.5 / (3 * frequency)
        let expected = exponent == 0 ? 1 : exponent == 1 ? ratio : ratio.squareRoot()
        #expect(abs(Double(weight) - expected) < 1e-6)
      }
    }
    #expect(throws: TrainingError.emptyClass(name: "b")) {
      try ClassWeights.inverseFrequency([target([1, 0])], classes: ["a", "b"], exponent: 1)
    }
  }
}
