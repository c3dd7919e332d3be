import Foundation
import Tensors
import Testing
import Training

@Suite struct LossesTests {
  @Test func classesThatACorpusDoesNotKnowAreOutOfItsSoftmax() throws {
    let logits = try Tensor([1, 2, 5, 0.5, -1, 2] as [Float], shape: [2, 3]).requireGradient()
    let known = try Tensor([1, 1, 0, 1, 1, 1] as [Float], shape: [2, 3]) .> 0.5
    let loss = try Losses.crossEntropy(
      logits, targets: Tensor([0.25, 0.75, 0, 1, 0, 0] as [Float], shape: [2, 3]), known: known)
    let first = log(exp(1.0) + exp(2.0)) - 0.25 * 1 - 0.75 * 2
    let second = log(exp(0.5) + exp(-1.0) + exp(2.0)) - 0.5
    #expect(abs(try loss.item(of: Double.self) - (first + second) / 2) < 1e-6)
    try loss.backward()
    let gradient = try #require(logits.gradient).array(of: Float.self)
    #expect(gradient[2] == 0)
    #expect(abs(gradient[0] - Float((exp(1.0) / (exp(1.0) + exp(2.0)) - 0.25) / 2)) < 1e-6)
  }

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

  @Test func focalSoftMarginAndWeightedMeansAreTorchs() throws {
    let generator = try Generator(seed: 4)
    let classes = [0, 3, 1, 2, 3, 3]
    var inputs = [
      "logits": try Tensor.randn([6, 4], generator: generator) * 3,
      "weights": try Tensor([0.2, 3, 1, 0.7] as [Float]),
      "values": try Tensor.randn([6, 1], generator: generator) * 4,
      "classes": try Tensor(classes),
      // Neutral is class 3.
      "signs": try Tensor(classes.map { $0 == 3 ? 1 : -1 as Float }, shape: [6, 1]),
    ]
    inputs["neutral"] = try Tensor(classes.map { $0 == 3 ? 1 : 0 as Float }, shape: [6, 1])
    func input(_ name: String) throws -> Tensor { try #require(inputs[name]) }
    let targets = try Tensor(classes.flatMap { c in (0..<4).map { $0 == c ? 1 : 0 as Float } }, shape: [6, 4])
    let logits = try input("logits").clone().requireGradient()
    let values = try input("values").clone().requireGradient()
    var ours: [String: Tensor] = [:]
    for (name, leaf, loss) in [
      ("focal", logits, try Losses.focal(logits, targets: targets)),
      ("focal 3", logits, try Losses.focal(logits, targets: targets, gamma: 3)),
      (
        "by weights", logits,
        try Losses.crossEntropy(logits, targets: targets, weights: input("weights"), mean: .weights)
      ),
      ("margin", values, try Losses.softMargin(values, neutral: input("neutral"))),
    ] {
      try leaf.setGradient(nil)
      try loss.backward()
      ours[name] = loss
      ours[name + " gradient"] = leaf.gradient
    }
    let theirs = try TorchPeer.run(
      """
      def focal(logits, gamma):
          p = torch.softmax(logits, 1)[torch.arange(6), inputs["classes"]]
          return ((1 - p) ** gamma * -torch.log(p + 1e-8)).mean()
      for name, leaf, loss in (
          ("focal", "logits", lambda x: focal(x, 2)), ("focal 3", "logits", lambda x: focal(x, 3)),
          ("by weights", "logits", lambda x: torch.nn.CrossEntropyLoss(inputs["weights"])(x, inputs["classes"])),
          ("margin", "values", lambda x: torch.nn.SoftMarginLoss()(x, inputs["signs"])),
      ):
          x = inputs[leaf].clone().requires_grad_()
          loss = loss(x)
          loss.backward()
          outputs[name], outputs[name + " gradient"] = loss, x.grad
      """, inputs)
    #expect(theirs.count == 8)
    for (name, tensor) in ours { #expect(try tensor.distance(from: theirs[name]) < 1e-6, "\(name)") }
    // The scale of weights makes no difference to a mean over weights.
    let scaled = try Losses.crossEntropy(
      logits, targets: targets, weights: input("weights") * 100, mean: .weights)
    #expect(try scaled.distance(from: theirs["by weights"]) < 1e-6)
  }

  @Test func mixedAndMissingSidesOfTheSoftMargin() throws {
    let values = try Tensor([0.3, -1.2, 50, -50] as [Float], shape: [4, 1])
    func loss(_ sides: [Float]) throws -> Float {
      try Losses.softMargin(values, neutral: Tensor(sides, shape: [4, 1])).item(of: Float.self)
    }
    let (neutral, expressive) = (try loss([1, 1, 1, 1]), try loss([0, 0, 0, 0]))
    #expect(abs(try loss([0.25, 0.25, 0.25, 0.25]) - (neutral / 4 + expressive * 3 / 4)) < 1e-5)
    // log(1 + exp(-0.3)) alone counts.
    #expect(abs(try loss([1, .nan, .nan, .nan]) - 0.5543552) < 1e-6)
    #expect(try loss([.nan, .nan, .nan, .nan]) == 0)
    let leaf = try values.clone().requireGradient()
    try Losses.softMargin(leaf, neutral: Tensor([1, .nan, 0, 1] as [Float], shape: [4, 1])).backward()
    let gradient = try #require(leaf.gradient).array(of: Float.self)
    #expect(gradient[1] == 0 && gradient.allSatisfy(\.isFinite))
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
    // Eq. 3 of UNICAMP's paper: w_j = N / N_j.
    let absolute = try ClassWeights.inverseFrequency(
      targets, classes: ["a", "b", "c"], exponent: 1, scale: .absolute)
    for (weight, frequency) in zip(absolute, [4, 1, 0.5]) { #expect(abs(Double(weight) - 5.5 / frequency) < 1e-5) }
    #expect(throws: TrainingError.emptyClass(name: "b")) {
      try ClassWeights.inverseFrequency([target([1, 0])], classes: ["a", "b"], exponent: 1)
    }
  }
}
