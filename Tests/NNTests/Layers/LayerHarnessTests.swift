import Foundation
import NN
import Tensors
import TestSupport
import Testing

/// All checks of all layers of `LayerCase.all`.
@Suite struct LayerHarnessTests {
  static let names = LayerCase.all.map(\.name)

  /// Whole outputs and all gradients against torch.nn's, whose state is loaded strictly. The largest difference is at most
  /// 1e-6 of the peer's largest magnitude in float32 (2e-6 for gradients of parameters, which are sums over all frames),
  /// 1e-13 in float64.
  @Test func outputsAndGradientsAreTorchs() throws {
    var inputs: [String: Tensor] = [:]
    var ours: [String: Tensor] = [:]
    var gradients: [(harness: LayerHarness, key: String, name: String, gradient: Tensor)] = []
    var script = Self.prelude
    for test in LayerCase.all {
      for dtype in [DType.float32, .float64] {
        let harness = try LayerHarness(test, dtype: dtype)
        let key = "\(test.name) \(dtype.rawValue)"
        for (name, tensor) in harness.module.namedState() { inputs["\(key) state.\(name)"] = try tensor.detached() }
        for batch in LayerHarness.batches.keys.sorted() {
          let given = try harness.leaves(harness.inputs(batch))
          try harness.module.clearGradients()
          let output = try harness.output(given)
          let seed = try harness.seed(for: output)
          try (output.values * seed).sum().backward()
          ours["\(key) \(batch) output"] = try output.real()
          inputs["\(key) \(batch) seed"] = seed
          for (i, input) in given.enumerated() {
            inputs["\(key) \(batch) x\(i)"] = try input.values.detached()
            inputs["\(key) \(batch) lengths\(i)"] = try Tensor(input.lengths)
            ours["\(key) \(batch) gradient of input \(i)"] = input.values.gradient
          }
          for (name, parameter) in harness.module.namedParameters() {
            let gradient = try #require(parameter.gradient)
            gradients.append((harness, "\(key) \(batch) gradient of \(name)", name, gradient))
          }
          script += "compare('\(key)', '\(batch)', \(test.inputs.count), lambda: \(test.constructor), "
          script += "lambda layer, x, lengths, x2, lengths2: \(test.call))\n"
        }
      }
    }
    let theirs = try TorchPeer.run(script, inputs)
    #expect(Set(theirs.keys) == Set(ours.keys).union(gradients.map(\.key)))
    for (key, tensor) in ours.sorted(by: { $0.key < $1.key }) {
      #expect(try tensor.distance(from: theirs[key]) <= (key.contains("float64") ? 1e-13 : 1e-6), "\(key)")
    }
    for (harness, key, name, gradient) in gradients {
      #expect(
        try harness.isClose(gradient, theirs[key], name, harness.dtype == .float64 ? 1e-13 : 2e-6), "\(key)")
    }
  }

  private static let prelude = """
    nn, F = torch.nn, torch.nn.functional
    rows = lambda x, lengths: [x[i, :n] for i, n in enumerate(lengths.tolist())]
    pad = lambda x, lengths: torch.arange(x.shape[1])[None] >= lengths[:, None]
    class Mixing(nn.Module):
        # ELMo's Eq. 1 on frames of states side by side, several frames in a row of x.
        def __init__(self, states, width):
            super().__init__()
            self.sizes = (states, width)
            self.weights, self.scale = nn.Parameter(torch.zeros(states)), nn.Parameter(torch.ones(1))
        def forward(self, x):
            states = x.unflatten(-1, (-1, *self.sizes)).unbind(-2)
            shares = self.weights.softmax(0)
            return (self.scale * sum(s * h for s, h in zip(shares, states))).flatten(-2)
    each = lambda f, x, lengths: nn.utils.rnn.pad_sequence([f(r[None])[0] for r in rows(x, lengths)], batch_first=True)
    def packed(layer, x, lengths):
        given = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return nn.utils.rnn.pad_packed_sequence(layer(given)[0], batch_first=True)[0]
    def compare(key, batch, count, make, call):
        x = [inputs[f"{key} {batch} x{i}"].clone() for i in range(count)]
        lengths = [inputs[f"{key} {batch} lengths{i}"] for i in range(count)]
        leaves = [t for t in x if t.is_floating_point()]
        for t in leaves: t.requires_grad_()
        layer = make()
        seed = inputs[f"{key} {batch} seed"]
        layer.to(seed.dtype).eval()
        layer.load_state_dict(
            {k[len(key) + 7:]: v for k, v in inputs.items() if k.startswith(key + " state.")}, strict=True)
        y = call(layer, x[0], lengths[0], x[-1], lengths[-1])
        (y * seed).sum().backward()
        # The seed is 0 exactly in the padding, where each side may have what it likes.
        outputs[f"{key} {batch} output"] = torch.where(seed == 0, 0, y)
        for i, t in enumerate(x):
            if t.grad is not None: outputs[f"{key} {batch} gradient of input {i}"] = t.grad
        for name, parameter in layer.named_parameters():
            outputs[f"{key} {batch} gradient of {name}"] = parameter.grad

    """

  /// Central differences along a direction at random for each parameter and input, against the product of that direction
  /// with the gradient, both of the sum of outputs weighted at random: within 1e-6 of the larger of 1 and that product.
  @Test(arguments: names) func theGradientIsThatOfTheFunction(name: String) throws {
    let test = try LayerHarness.named(name)
    guard test.hasTrueGradient else { return }
    let harness = try LayerHarness(test, dtype: .float64)
    for batch in LayerHarness.batches.keys.sorted() {
      let inputs = try harness.leaves(harness.inputs(batch))
      let first = try harness.output(inputs)
      let seed = try harness.seed(for: first)
      let leaves = inputs.map(\.values).filter(\.requiresGradient) + harness.module.parameters
      let found = try gradients(of: [(first.values * seed).sum()], withRespectTo: leaves)
      for (leaf, gradient) in zip(leaves, found) {
        let direction = try Tensor.randn(leaf.shape, dtype: .float64, generator: harness.generator)
        let expected = try (#require(gradient) * direction).sum().item(of: Double.self)
        let step = 1e-5
        func value(_ shift: Double) throws -> Double {
          try withoutGradients {
            try leaf.addInPlace(direction, scale: shift)
            defer { _ = try? leaf.addInPlace(direction, scale: -shift) }
            return try (harness.output(inputs).values * seed).sum().item(of: Double.self)
          }
        }
        let slope = try (value(step) - value(-step)) / (2 * step)
        #expect(abs(slope - expected) <= 1e-6 * max(1, abs(expected)), "\(batch) \(leaf)")
      }
    }
  }

  @Test(arguments: names) func dtypesAndShapesHold(name: String) throws {
    let test = try LayerHarness.named(name)
    for batch in LayerHarness.batches.keys.sorted() {
      let exact = try LayerHarness(test, dtype: .float64)
      let expected = try exact.output(exact.inputs(batch)).real()
      for (dtype, tolerance) in [(DType.float32, 1e-5), (.bfloat16, 0.1)] {
        let harness = try LayerHarness(test, dtype: dtype)
        let output = try harness.output(harness.inputs(batch))
        #expect(output.values.dtype == dtype && output.values.shape == expected.shape)
        #expect(try output.real().distance(from: expected) < tolerance)
      }
    }
  }

  @Test(arguments: names) func aSavedLayerLoadsAsTheSame(name: String) throws {
    let test = try LayerHarness.named(name)
    let folder = try TemporaryFolder()
    for dtype in [DType.float32, .float64, .bfloat16] {
      let harness = try LayerHarness(test, dtype: dtype)
      let url = folder("\(dtype.rawValue).safetensors")
      try SafeTensors.write(harness.module.state(), to: url)
      let loaded = try test.make(.unset(dtype: dtype))
      loaded.setTraining(false)
      try loaded.load(SafeTensors(url).tensors())
      let inputs = try harness.inputs("padded")
      #expect(try test.run(loaded, inputs).real().equals(harness.output(inputs).real()))
      #expect(loaded.namedParameters().map(\.key) == harness.module.namedParameters().map(\.key))
    }
  }

  /// Alone, and in a batch with anything at all in its padding, a sequence has the same outputs, and gives the parameters
  /// the same gradients.
  @Test(arguments: names, [0, 1e30, .nan, .infinity]) func paddingIsNoPartOfASequence(
    name: String, padding: Double
  ) throws {
    let test = try LayerHarness.named(name)
    for (dtype, tolerance) in [(DType.float32, 1e-5), (.float64, 1e-12)] {
      let harness = try LayerHarness(test, dtype: dtype)
      let clean = try harness.inputs("padded")
      let dirty = try clean.map { input in
        guard input.values.dtype.isFloatingPoint, let mask = try input.batch().mask else { return input }
        let values = try input.values.masked(where: mask.logicalNot().unsqueezed(2), with: padding)
        return LayerInput(values: values, lengths: input.lengths)
      }
      let together = try harness.output(harness.leaves(dirty))
      let seed = try harness.seed(for: together)
      try (together.real() * seed).sum().backward()
      let parameters = harness.module.namedParameters()
      let joint = try parameters.map { try #require($0.tensor.gradient).clone() }
      try harness.module.clearGradients()
      for i in clean[0].lengths.indices {
        let alone = try harness.output(harness.leaves(harness.alone(clean, i)))
        #expect(try together.sequence(i).distance(from: alone.sequence(0)) < tolerance, "sequence \(i)")
        let share =
          switch together {
          case .sequences(let batch): try seed[i..<(i + 1), 0..<batch.lengths[i]]
          case .vectors: try seed[i..<(i + 1)]
          }
        try (alone.values * share).sum().backward()
      }
      for ((key, parameter), joint) in zip(parameters, joint) {
        #expect(try harness.isClose(joint, parameter.gradient, key, tolerance), "gradient of \(key)")
      }
    }
  }

  @Test(arguments: names) func trainingAndUseDiffer(name: String) throws {
    let harness = try LayerHarness(LayerHarness.named(name))
    let inputs = try harness.inputs("padded")
    let used = try harness.output(inputs).real()
    #expect(try harness.output(inputs).real().equals(used))
    harness.module.setTraining(true)
    let trained = try harness.output(inputs).real()
    #expect(try harness.output(inputs).real().equals(trained) == !harness.test.isRandom)
    if !harness.test.isRandom { #expect(try trained.equals(used)) }
    harness.module.setTraining(false)
    #expect(try harness.output(inputs).real().equals(used))
  }

  @Test(arguments: names) func layersMoveToTheCPU(name: String) throws { try expectMoves(name, to: .cpu, within: 0) }

  /// cuDNN's convolutions run in TF32, with 10 bits of mantissa.
  @Test(.enabled(if: Device.cuda.isAvailable, "needs an NVIDIA GPU"), arguments: names)
  func layersMoveToCUDA(name: String) throws { try expectMoves(name, to: .cuda, within: 2e-3) }

  @Test(.enabled(if: Device.mps.isAvailable, "needs Apple's GPU"), arguments: names)
  func layersMoveToMPS(name: String) throws { try expectMoves(name, to: .mps, within: 1e-4) }

  private func expectMoves(_ name: String, to device: Device, within tolerance: Double) throws {
    let harness = try LayerHarness(LayerHarness.named(name))
    let inputs = try harness.leaves(harness.inputs("padded"))
    let here = try harness.output(inputs)
    let seed = try harness.seed(for: here)
    try (here.values * seed).sum().backward()
    let before = try harness.module.namedParameters().map { key, tensor in
      (key, tensor, try #require(tensor.gradient).clone())
    }
    try harness.module.move(to: device)
    for (_, tensor, gradient) in before {
      #expect(tensor.device.kind == device.kind && tensor.requiresGradient)
      #expect(try tensor.gradient?.moved(to: .cpu).equals(gradient) == true, "the gradient must move along")
    }
    let moved = try inputs.map { LayerInput(values: try $0.values.moved(to: device), lengths: $0.lengths) }
    try harness.module.clearGradients()
    let there = try harness.output(moved)
    #expect(there.values.device.kind == device.kind)
    #expect(try there.real().moved(to: .cpu).distance(from: here.real()) <= tolerance)
    try (there.values * seed.moved(to: device)).sum().backward()
    for (key, tensor, gradient) in before {
      #expect(
        try harness.isClose(#require(tensor.gradient).moved(to: .cpu), gradient, key, max(tolerance, 1e-6)), "\(key)")
    }
    try harness.module.move(to: .cpu)
    #expect(try harness.output(inputs).real().equals(here.real()))
  }
}
