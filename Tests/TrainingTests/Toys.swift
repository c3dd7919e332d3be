import Basics
import Fusion
import NN
import Tensors
import Training

/// A small corpus that can be learned: each class shifts the frames of both streams in a direction of its own.
struct ToyData: TrainingData {
  let streams: [[Tensor]]
  let targets: [Target]
  var masking = FeatureMasking(timeMasks: 1, timeShare: 0.3, bandMasks: 1, bandShare: 0.5)
  /// Called before each clip that is loaded for training.
  var onVisit: () throws -> Void = {}

  /// - Parameter noise: how far clips of a class differ; 1 is as far as the classes do
  init(_ count: Int, seed: UInt64, noise: Double = 0.5) throws {
    let generator = try Generator(seed: seed)
    var random = SeededGenerator(seed: seed)
    var (streams, targets): ([[Tensor]], [Target]) = ([], [])
    for clip in 0..<count {
      // The classes are uneven: 0 is half of all.
      let label = [0, 1, 0, 2, 0, 1][clip % 6]
      let direction = try Tensor((0..<4).map { Float($0 == label ? 1.5 : -0.5) })
      streams.append(
        try [4, 2].map { width in
          try Tensor.randn([2 + random.below(9), width], generator: generator) * noise + direction[0..<width]
            + Tensor.randn([width], generator: generator) * noise
        })
      let sure = clip % 5 != 4
      targets.append(
        Target(
          distribution: (0..<3).map { $0 == label ? (sure ? 1 : 0.5) : (sure ? 0 : 0.25) },
          consensus: sure ? label : nil, attributes: [Float(2 + 2 * label), clip % 7 == 0 ? .nan : 4]))
    }
    self.streams = streams
    self.targets = targets
  }

  var count: Int { targets.count }
  func target(_ index: Int) -> Target { targets[index] }
  func frames(_ index: Int) -> Int { streams[index].map { $0.size(0) }.max() ?? 0 }
  func streams(_ index: Int, augmentation: SeededGenerator?) throws -> [Tensor] {
    guard var random = augmentation else { return streams[index] }
    try onVisit()
    return try streams[index].map { try masking($0, using: &random) }
  }
}

enum Toy {
  static let classes = ["a", "b", "c"]

  /// Its generator goes on to draw the dropout.
  static func model() throws -> (model: DeepSER, generator: Generator) {
    let generator = try Generator(seed: 12)
    let configuration = DeepSER.Configuration(
      inputs: [4, 2], width: 8, heads: 2, feedForward: 12, dropout: 0.1, classes: 3, attributes: 2)
    return (try DeepSER(configuration, .random(generator)), generator)
  }

  /// Two stages with everything that has a state or draws random numbers.
  static let plan = TrainingPlan(
    seed: 5,
    stages: [
      .init(
        name: "stage1", epochs: 3, patience: 3, batchSize: 8, learningRate: 3e-3, schedule: .cosine(floor: 0.1),
        warmupSteps: 3, classWeightExponent: 0.5, mixUp: MixUp(probability: 0.5, alpha: 0.4)),
      .init(
        name: "stage2", epochs: 4, patience: 4, batchSize: 6, learningRate: 2e-3,
        sampling: .balanced(noConsensusShare: 0.25), mixUp: MixUp(probability: 0.3, alpha: 0.2)),
    ], gradientNorm: 1, averaging: 0.9)
}
