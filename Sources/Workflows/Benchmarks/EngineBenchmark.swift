import Fusion
import NN
import Tensors

/// Single operators, and training steps of both systems' networks at their published sizes.
enum EngineBenchmark {
  static var benchmark: Benchmark {
    Benchmark(
      name: "engine", summary: "operators and training steps, beside PyTorch in the released systems' way", run: run)
  }

  /// What the peer is asked for.
  private struct Question: Encodable {
    let name: String
    let count: Int
  }

  private static func run(_ settings: BenchmarkSettings, _ report: (String) -> Void) throws -> [BenchmarkCase] {
    let peer = try PeerProcess("engine.py", python: settings.python)
    return try operators(settings, peer, report) + steps(settings, peer, report)
  }

  /// One call on 4x4 tensors, without gradients.
  private static func operators(
    _ settings: BenchmarkSettings, _ peer: PeerProcess, _ report: (String) -> Void
  ) throws -> [BenchmarkCase] {
    let generator = try Generator(seed: 0)
    let (a, b) = try (Tensor.randn([4, 4], generator: generator), Tensor.randn([4, 4], generator: generator))
    let calls: [(String, () throws -> Tensor)] = [
      ("add", { try a + b }), ("matmul", { try a.matmul(b) }), ("linear", { try a.linear(b) }),
      ("relu", { try a.relu() }), ("softmax", { try a.softmax(-1) }), ("sum", { try a.sum() }),
    ]
    let count = 100_000
    return try calls.compactMap { name, call in
      let title = "\(name) of 4x4 tensors"
      guard settings.selects(title) else { return nil }
      report(title)
      return try compare(title, rounds: settings.rounds, peerName: "PyTorch from Python") {
        try withoutGradients { try seconds { for _ in 0..<count { _ = try call() } } / Double(count) }
      } peer: {
        try peer.seconds(Question(name: name, count: count))
      }
    }
  }

  /// One step: scores, loss, gradients, AdamW.
  private static func steps(
    _ settings: BenchmarkSettings, _ peer: PeerProcess, _ report: (String) -> Void
  ) throws -> [BenchmarkCase] {
    let before = Runtime.keptMemoryLimit
    try TrainingMemory.keep()
    defer { try? Runtime.setKeptMemoryLimit(before) }
    let cases: [(String, String, Bool, String, String)] = [
      ("DeepSER step, float32", "deepser", false, "float32", "released way, float32"),
      ("DeepSER step, bfloat16", "deepser", true, "float32", "released way, float32"),
      ("DeepSER step, bfloat16 on both sides", "deepser", true, "bfloat16", "released way, bfloat16 autocast"),
      ("CrossModal step, float32", "crossmodal", false, "float32", "released way, float32"),
      ("CrossModal step, bfloat16", "crossmodal", true, "float32", "released way, float32"),
      ("CrossModal step, bfloat16 on both sides", "crossmodal", true, "bfloat16", "released way, bfloat16 autocast"),
    ]
    return try cases.compactMap { title, network, isSmall, peerPrecision, peerName in
      guard settings.selects(title) else { return nil }
      report(title)
      let step = try network == "deepser" ? deepSER(isSmall) : crossModal(isSmall)
      return try compare(title, rounds: settings.rounds, peerName: peerName) {
        try seconds(step)
      } peer: {
        try peer.seconds(Question(name: "step \(network) \(peerPrecision)", count: 1))
      }
    }
  }

  /// Both in turns, after a round that is not counted.
  static func compare(
    _ name: String, rounds: Int, peerName: String, affect: () throws -> Double, peer: () throws -> Double
  ) throws -> BenchmarkCase {
    _ = try (affect(), peer())
    let pairs = try (0..<rounds).map { _ in try (affect(), peer()) }
    return BenchmarkCase(name: name, unit: "s", affect: pairs.map(\.0), peer: pairs.map(\.1), peerName: peerName)
  }

  /// Batch 16, 290 frames and 22 tokens, width 1024: 79 M parameters.
  private static func deepSER(_ isSmall: Bool) throws -> () throws -> Void {
    let generator = try Generator(seed: 0)
    let model = try DeepSER(.init(inputs: [1024, 1024]), .random(generator))
    let streams = try [290, 22].map { try stream(16, frames: $0, generator) }
    let target = try Tensor.randn([16, 8], generator: generator).softmax(-1)
    let values = try Tensor.rand([16, 3], generator: generator) * 6 + 1
    let optimiser = try AdamW(model.namedParameters(), learningRate: 1e-5)
    return {
      let scores = try scored(model, streams, isSmall)
      let entropy = try -(scores.logits.converted(to: .float32).logSoftmax(-1) * target).sum(-1).mean()
      let error = try (scores.attributes ?? values).converted(to: .float32) - values
      try (entropy * 1.5 + (error * error).mean() * 0.4).backward()
      try optimiser.step()
    }
  }

  /// Batch 64, 290 frames and 22 tokens, hidden width 512: 18 M parameters. The released way pads the text to 80 tokens.
  private static func crossModal(_ isSmall: Bool) throws -> () throws -> Void {
    let generator = try Generator(seed: 0)
    let model = try CrossModal(.init(inputs: [1024, 1024]), .random(generator))
    let streams = try [290, 22].map { try stream(64, frames: $0, generator) }
    let target = try Tensor.randn([64, 8], generator: generator).softmax(-1)
    let optimiser = try AdamW(model.namedParameters(), learningRate: 1e-4, weightDecay: 1e-6)
    return {
      let scores = try scored(model, streams, isSmall)
      try (-(scores.logits.converted(to: .float32).logSoftmax(-1) * target).sum(-1).mean()).backward()
      try optimiser.step()
    }
  }

  private static func scored(
    _ model: any EmotionModel, _ streams: [SequenceBatch], _ isSmall: Bool
  ) throws -> EmotionScores {
    isSmall ? try withAutocast { try model(streams) } : try model(streams)
  }

  private static func stream(_ batch: Int, frames: Int, _ generator: Generator) throws -> SequenceBatch {
    try SequenceBatch(
      Tensor.randn([batch, frames, 1024], generator: generator), lengths: [Int](repeating: frames, count: batch))
  }
}
