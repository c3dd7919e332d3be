import NN
import Tensors
import Testing

@Suite("Attention in blocks")
struct BlockAttentionTests {
  @Test("Long sequences in bfloat16 get what attention gives in float32, whatever else is packed with them")
  func parity() throws {
    let generator = try Generator(seed: 1)
    let lengths = [700, 1100, 40]
    let projections = try Tensor.randn([lengths.reduce(0, +), 3 * 48], generator: generator)
    let exact = try PackedSequences(projections, lengths: lengths).selfAttention(projections, heads: 3)
    let small = try projections.converted(to: .bfloat16)
    let found = try PackedSequences(small, lengths: lengths).selfAttention(small, heads: 3)
    #expect(found.shape == exact.shape && found.dtype == .bfloat16)
    let difference = try (found.converted(to: .float32) - exact).abs().max().item(of: Float.self)
    #expect(try difference < 0.03 * exact.abs().max().item(of: Float.self), "\(difference)")
  }
}
