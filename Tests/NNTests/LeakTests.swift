import Foundation
import NN
import Tensors
import Testing

/// Memory of a training loop, in a process of its own.
@Suite struct LeakTests {
  @Test func memoryIsFlatOverTwentyThousandSteps() async throws {
    let result = try await #require(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let generator = try Generator(seed: 1)
      let layer = try TransformerEncoderLayer(8, heads: 2, feedForward: 16, .random(generator))
      let head = try Linear(8, 3, .random(generator))
      let optimiser = try AdamW(
        layer.namedParameters() + head.namedParameters().map { ("head.\($0.key)", $0.tensor) }, learningRate: 1e-4)
      var before = 0
      for step in 1...20_000 {
        let clips = try [3, 5].map { try Tensor.randn([$0, 8], generator: generator) }
        let hidden = try layer(SequenceBatch(padding: clips))
        let loss = try head(hidden.values).logSoftmax(-1).pow(2).mean()
        try loss.backward()
        try clipGradientNorm(of: layer.parameters, to: 1)
        try optimiser.step()
        // Errors and arrays come and go too.
        if step.isMultiple(of: 100) { #expect(throws: TensorError.self) { try clips[0].matmul(clips[1]) } }
        _ = try Tensor(taking: [Float](repeating: 1, count: 1000)).sum().item(of: Float.self)
        if step == 2_000 { before = try #require(Runtime.residentMemory) }
      }
      let growth = try #require(Runtime.residentMemory) - before
      #expect(growth < 2 << 20, "\(growth) bytes more after 20,000 steps than after 2,000")
      FileHandle.standardError.write(
        Data("resident memory grew by \(growth >> 10) KiB from step 2,000 to 20,000\n".utf8))
    }
    print(String(decoding: result.standardErrorContent, as: UTF8.self))
  }
}
