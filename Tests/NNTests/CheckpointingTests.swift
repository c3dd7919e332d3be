import NN
import Tensors
import Testing

@Suite struct CheckpointingTests {
  /// Output, gradient of the input and of all parameters, with or without checkpointing, and the numbers drawn next.
  private func run(_ isCheckpointed: Bool, bfloat16: Bool = false) throws -> [Tensor] {
    let generator = try Generator(seed: 8)
    let layer = try TransformerEncoderLayer(12, heads: 3, feedForward: 20, dropout: 0.3, .random(generator))
    let x = try Tensor.randn([2, 5, 12], generator: generator).requireGradient()
    let body = { (inputs: [Tensor]) in [try layer(SequenceBatch(inputs[0], lengths: [5, 3])).values] }
    let run = { try isCheckpointed ? checkpointed(layer, [x * 2], body) : body([x * 2]) }
    let y = try (bfloat16 ? withAutocast { try run() } : run())[0]
    try (y * y).sum().backward()
    return try [y.detached(), #require(x.gradient)] + layer.parameters.map { try #require($0.gradient) }
      + [Tensor.rand([3], generator: generator)]
  }

  @Test(arguments: [false, true]) func aCheckpointedLayerComputesTheSame(bfloat16: Bool) throws {
    let (kept, again) = try (run(false, bfloat16: bfloat16), run(true, bfloat16: bfloat16))
    #expect(kept.count == again.count)
    for (kept, again) in zip(kept, again) { #expect(try kept.equals(again)) }
  }

  @Test func gradientsByRequestReachInputsAndParameters() throws {
    let generator = try Generator(seed: 8)
    let layer = try Linear(4, 3, .random(generator))
    let x = try Tensor.randn([2, 4], generator: generator).requireGradient()
    let plain = try gradients(of: [layer(x).relu().sum()], withRespectTo: [x, layer.weight])
    let again = try gradients(
      of: [checkpointed(layer, [x]) { [try layer($0[0]).relu()] }[0].sum()], withRespectTo: [x, layer.weight])
    for (plain, again) in zip(plain, again) { #expect(try #require(again).equals(#require(plain))) }
    #expect(layer.weight.gradient == nil)
  }

  @Test func theInsidesAreNotKept() throws {
    weak var inside: Tensor?
    let layer = try Linear(4, 4, .random(Generator(seed: 1)))
    let x = try Tensor.ones([2, 4]).requireGradient()
    let y = try checkpointed(layer, [x]) { inputs in
      let hidden = try layer(inputs[0])
      inside = hidden
      return [try hidden.relu()]
    }
    #expect(inside == nil)
    try y[0].sum().backward()
    #expect(layer.weight.gradient != nil)
  }
}
