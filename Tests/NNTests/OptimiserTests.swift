import Foundation
import NN
import Tensors
import Testing

@Suite struct OptimiserTests {
  let shapes = [[4, 3], [5], [], [2, 1, 3]]

  func parameters(_ generator: Generator) throws -> [(key: String, tensor: Tensor)] {
    try shapes.enumerated().map { ("p\($0)", try Tensor.randn($1, generator: generator).requireGradient()) }
  }

  @Test func twentyClippedStepsOnACosineAreTorchs() throws {
    let generator = try Generator(seed: 8)
    let parameters = try parameters(generator)
    var inputs: [String: Tensor] = [:]
    for (key, tensor) in parameters { inputs[key] = try tensor.detached().clone() }
    let optimiser = try AdamW(parameters, learningRate: 0, betas: (0.8, 0.95), epsilon: 1e-6, weightDecay: 0.1)
    let schedule = LearningRateSchedule.cosine(floor: 0.05)
    var (norms, rates): ([Double], [Double]) = ([], [])
    for step in 0..<20 {
      for (i, (key, tensor)) in parameters.enumerated() where (step + i) % 5 != 4 {
        let gradient = try Tensor.randn(tensor.shape, generator: generator) * pow(2, Double(step % 4) - 2)
        inputs["\(step) \(key)"] = gradient
        try tensor.setGradient(gradient.clone())
      }
      norms.append(try clipGradientNorm(of: parameters.map(\.tensor), to: 2))
      optimiser.learningRate = 0.03 * schedule.factor(step: step, of: 20)
      rates.append(optimiser.learningRate)
      try optimiser.step()
      #expect(parameters.allSatisfy { $0.tensor.gradient == nil })
    }
    #expect(norms.contains { $0 < 1.5 } && norms.contains { $0 > 3 })
    let theirs = try TorchPeer.run(
      """
      parameters = {key: inputs[key].clone().requires_grad_() for key in ("p0", "p1", "p2", "p3")}
      optimiser = torch.optim.AdamW(parameters.values(), lr=0.03, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)
      schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=20, eta_min=0.03 * 0.05)
      norms, rates = [], []
      for step in range(20):
          for key, parameter in parameters.items():
              parameter.grad = inputs.get(f"{step} {key}")
          norms.append(torch.nn.utils.clip_grad_norm_(parameters.values(), 2.0))
          rates.append(schedule.get_last_lr()[0])
          optimiser.step()
          schedule.step()
      outputs["norms"] = torch.stack(norms)
      outputs["rates"] = torch.tensor(rates, dtype=torch.float64)
      for key, parameter in parameters.items():
          outputs[key] = parameter
          for name in ("exp_avg", "exp_avg_sq", "step"):
              outputs[f"{key}.{name}"] = optimiser.state[parameter][name]
      """, inputs)
    #expect(try Tensor(norms).distance(from: theirs["norms"]) < 1e-6)
    #expect(try Tensor(rates).distance(from: theirs["rates"]) < 1e-12)
    for (key, tensor) in parameters { #expect(try tensor.distance(from: theirs[key]) < 1e-6, "\(key)") }
    for (key, tensor) in optimiser.state() { #expect(try tensor.distance(from: theirs[key]) < 1e-6, "\(key)") }
  }

  typealias Parameters = [(key: String, tensor: Tensor)]

  /// Optimisers of two groups, p0 and p1 beside p2 and p3, with the same in PyTorch.
  static var optimisers: [(python: String, swift: ([ParameterGroup]) throws -> any Optimizer)] {
    [
      ("SGD(groups, lr=0.03)", { try SGD(groups: $0, learningRate: 0.03) }),
      ("SGD(groups, lr=0.03, momentum=0.9)", { try SGD(groups: $0, learningRate: 0.03, momentum: 0.9) }),
      (
        "SGD(groups, lr=0.03, momentum=0.8, nesterov=True)",
        { try SGD(groups: $0, learningRate: 0.03, momentum: 0.8, isNesterov: true) }
      ),
      (
        "Adam(groups, lr=0.03, betas=(0.8, 0.95), eps=1e-6)",
        { try Adam(groups: $0, learningRate: 0.03, betas: (0.8, 0.95), epsilon: 1e-6) }
      ),
      ("AdamW(groups, lr=0.03)", { try AdamW(groups: $0, learningRate: 0.03) }),
    ]
  }

  @Test func groupsOfParametersMoveAsTorchs() throws {
    let generator = try Generator(seed: 12)
    let start = try parameters(generator)
    var inputs: [String: Tensor] = [:]
    for (key, tensor) in start { inputs[key] = try tensor.detached().clone() }
    for step in 0..<20 {
      for (i, (key, tensor)) in start.enumerated() where (step + i) % 5 != 4 {
        inputs["\(step) \(key)"] = try Tensor.randn(tensor.shape, generator: generator)
      }
    }
    var ours: [String: Tensor] = [:]
    var script = """
      def run(number, make):
          parameters = {key: inputs[key].clone().requires_grad_() for key in ("p0", "p1", "p2", "p3")}
          p = list(parameters.values())
          optimiser = make([dict(params=p[:2], weight_decay=0.1), dict(params=p[2:], lr=0.003, weight_decay=0)])
          for step in range(20):
              for key, parameter in parameters.items():
                  parameter.grad = inputs.get(f"{step} {key}")
              optimiser.step()
          for key, parameter in parameters.items():
              outputs[f"{number} {key}"] = parameter
              for name, value in optimiser.state[parameter].items():
                  if value is not None: outputs[f"{number} {key}.{name}"] = value

      """
    for (number, (python, make)) in Self.optimisers.enumerated() {
      let parameters = try start.map { ($0.key, try $0.tensor.detached().clone().requireGradient()) }
      let optimiser = try make([
        ParameterGroup(Array(parameters[..<2]), weightDecay: 0.1),
        ParameterGroup(Array(parameters[2...]), learningRateFactor: 0.1),
      ])
      for step in 0..<20 {
        for (key, tensor) in parameters { try tensor.setGradient(inputs["\(step) \(key)"]?.clone()) }
        try optimiser.step()
      }
      for (key, tensor) in parameters { ours["\(number) \(key)"] = tensor }
      for (key, tensor) in optimiser.state() { ours["\(number) \(key)"] = tensor }
      script += "run(\(number), lambda groups: torch.optim.\(python))\n"
    }
    let theirs = try TorchPeer.run(script, inputs)
    #expect(Set(theirs.keys) == Set(ours.keys))
    for (key, tensor) in ours { #expect(try tensor.distance(from: theirs[key]) < 1e-6, "\(key)") }
    #expect(throws: TensorError.self) { try SGD(start, isNesterov: true) }
    #expect(throws: TensorError.self) { try SGD(start, momentum: -0.1) }
  }

  static let kinds: [String] = ["AdamW", "Adam", "SGD"]

  static func optimiser(_ kind: String, _ parameters: Parameters) throws -> any Optimizer {
    switch kind {
    case "AdamW": try AdamW(parameters)
    case "Adam": try Adam(parameters, weightDecay: 0.1)
    default: try SGD(parameters, momentum: 0.9)
    }
  }

  @Test(arguments: kinds) func aStateThatIsLoadedGoesOnTheSame(kind: String) throws {
    let first = try parameters(Generator(seed: 1))
    let second = try parameters(Generator(seed: 2))
    let (a, b) = (try Self.optimiser(kind, first), try Self.optimiser(kind, second))
    func step(_ parameters: Parameters, _ optimiser: any Optimizer, _ seed: UInt64) throws {
      let generator = try Generator(seed: seed)
      for (_, tensor) in parameters { try tensor.setGradient(Tensor.randn(tensor.shape, generator: generator)) }
      try optimiser.step()
    }
    for seed in 1...3 { try step(first, a, UInt64(seed)) }
    for (from, to) in zip(first, second) { try withoutGradients { _ = try to.tensor.copyInPlace(from.tensor) } }
    try b.load(a.state().mapValues { try $0.clone() })
    try step(first, a, 9)
    try step(second, b, 9)
    for (x, y) in zip(first, second) { #expect(try x.tensor.equals(y.tensor), "\(x.key)") }
    var foreign = try a.state().mapValues { try $0.clone() }
    let (missing, wrong) = kind == "SGD" ? ("momentum_buffer", "momentum_buffer") : ("step", "exp_avg")
    foreign["p0.\(wrong)"] = try Tensor.zeros([3])
    foreign["p9.step"] = foreign.removeValue(forKey: "p1.\(missing)")
    let error = #expect(throws: StateMismatch.self) { try b.load(foreign) }
    #expect(error?.missing == ["p1.\(missing)"] && error?.unexpected == ["p9.step"] && error?.misshapen.count == 1)
  }

  @Test func clippingNothingIsNoError() throws {
    let parameters = try parameters(Generator(seed: 1))
    #expect(try clipGradientNorm(of: parameters.map(\.tensor), to: 1) == 0)
    try AdamW(parameters).step()
  }

  @Test func theAverageFollowsItsFormula() throws {
    let layer = try Linear(3, 2, .random(Generator(seed: 1)))
    let average = try ExponentialMovingAverage(layer, decay: 0.6)
    var expected = try layer.weight.array(of: Double.self)
    let generator = try Generator(seed: 2)
    for step in 1...12 {
      try withoutGradients { _ = try layer.weight.fillNormalInPlace(generator: generator) }
      try average.update()
      let decay = min(0.6, Double(1 + step) / Double(10 + step))
      let present = try layer.weight.array(of: Double.self)
      expected = zip(expected, present).map { decay * $0 + (1 - decay) * $1 }
    }
    let present = try layer.weight.array(of: Float.self)
    let applied = try average.applied { try layer.weight.detached().clone() }
    #expect(try applied.distance(from: Tensor(expected, shape: [2, 3])) < 1e-6)
    #expect(try layer.weight.array(of: Float.self) == present)
    #expect(throws: CancellationError.self) { try average.applied { throw CancellationError() } }
    #expect(try layer.weight.array(of: Float.self) == present, "a failure must put the parameters back")
    #expect(layer.weight.requiresGradient)
  }

  @Test func anAverageIsRestoredOrRefusedWhole() throws {
    let layer = try Linear(3, 2, .random(Generator(seed: 1)))
    let average = try ExponentialMovingAverage(layer, decay: 0.9)
    for _ in 0..<5 {
      try withoutGradients { _ = try layer.weight.multiplyInPlace(1.5) }
      try average.update()
    }
    let state = try average.state().mapValues { try $0.clone() }
    let fresh = try ExponentialMovingAverage(layer, decay: 0.9)
    try fresh.load(state)
    // The next update depends on the number of updates before.
    try average.update()
    try fresh.update()
    for (key, tensor) in try average.state() { #expect(try fresh.state()[key]?.equals(tensor) == true, "\(key)") }

    var wrong = state
    wrong["bias"] = try Tensor.ones([1])
    wrong["more"] = try Tensor.ones([1])
    let before = try fresh.state().mapValues { try $0.clone() }
    let error = #expect(throws: StateMismatch.self) { try fresh.load(wrong) }
    #expect(error?.unexpected == ["more"])
    #expect(error?.misshapen.map(\.key) == ["bias"] && error?.misshapen[0].expected == [2])
    for (key, tensor) in before { #expect(try fresh.state()[key]?.equals(tensor) == true, "\(key)") }
  }
}
