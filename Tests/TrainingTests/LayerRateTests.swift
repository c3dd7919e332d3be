import Foundation
import Fusion
import NN
import Tensors
import Testing
import Training

/// The weights of layers in training: no weight decay, a learning rate of their own, and what they were when a run is gone on with.
@Suite struct LayerRateTests {
  let folder = FileManager.default.temporaryDirectory.appending(path: "layers-\(UUID().uuidString)")

  /// The toy's first stream of four numbers as two states of two.
  static func model() throws -> (model: LayerMixed, generator: Generator) {
    let generator = try Generator(seed: 12)
    let network = try DeepSER(
      .init(inputs: [2, 2], width: 8, heads: 2, feedForward: 12, dropout: 0.1, classes: 3, attributes: 2),
      .random(generator))
    return (LayerMixed(network, [try LayerMixing(.init(states: 2, width: 2), .random(generator)), nil]), generator)
  }

  /// One epoch of one batch: a single step.
  func step(_ plan: TrainingPlan) throws -> (model: LayerMixed, before: [String: [Double]]) {
    let (model, generator) = try Self.model()
    let before = try model.state().mapValues { try $0.array(of: Double.self) }
    _ = try Trainer(
      model, generator: generator, plan: plan, classes: Toy.classes, train: ToyData(48, seed: 1),
      dev: ToyData(30, seed: 2), folder: folder, identity: "toy"
    ).run(resume: false)
    return (model, before)
  }

  func plan(rate: Double, decay: Double, layerRate: Double = 1) -> TrainingPlan {
    TrainingPlan(
      seed: 5, stages: [.init(name: "only", epochs: 1, patience: 1, batchSize: 64, learningRate: rate)],
      weightDecay: decay, layerRate: layerRate)
  }

  @Test func theyDoNotDecay() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    // A step of no size, and a decay of a tenth: AdamW multiplies weights by 1 - rate * decay.
    let (model, before) = try step(plan(rate: 1e-10, decay: 1e9))
    for (key, tensor) in model.state() {
      let factor = key.hasPrefix("layer_mixing.") ? 1.0 : 0.9
      for (now, then) in zip(try tensor.array(of: Double.self), before[key] ?? []) {
        #expect(abs(now - factor * then) < 1e-6, "\(key)")
      }
    }
  }

  @Test func theirRateIsAFactorOfTheOthers() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    // Adam's first step is the learning rate, whatever the gradient.
    let (model, before) = try step(plan(rate: 1e-3, decay: 0, layerRate: 5))
    for (key, size) in [("layer_mixing.0.scale", 5e-3), ("layer_mixing.0.weights", 5e-3), ("classes.bias", 1e-3)] {
      for (now, then) in zip(try #require(model.state()[key]).array(of: Double.self), before[key] ?? []) {
        #expect(abs(abs(now - then) - size) < 1e-3 * size, "\(key) moved by \(now - then)")
      }
    }
    let fault = #expect(throws: TrainingError.self) { try step(plan(rate: 1e-3, decay: 0, layerRate: -1)) }
    #expect(fault?.description.contains("the rate of layers' weights is -1.0; 0 or more is expected") == true)
  }

  @Test func killedAndResumedTheyEndTheSame() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    func run(
      _ folder: URL, resume: Bool = false, _ report: @escaping (Trainer.Event) -> Void = { _ in }
    ) throws
      -> [String: [Float]]
    {
      let (model, generator) = try Self.model()
      var plan = Toy.plan
      plan.layerRate = 10
      _ = try Trainer(
        model, generator: generator, plan: plan, classes: Toy.classes, train: ToyData(48, seed: 1),
        dev: ToyData(30, seed: 2), folder: folder, identity: "toy", report: report
      ).run(resume: resume)
      return try model.state().mapValues { try $0.array(of: Float.self) }
    }
    let whole = folder.appending(path: "whole")
    var epochs = 0
    let wanted = try run(whole) { event in
      guard case .epoch = event else { return }
      try? FileManager.default.copyItem(at: whole, to: folder.appending(path: "after \(epochs)"))
      epochs += 1
    }
    #expect(wanted["layer_mixing.0.weights"] != [0, 0])
    for epoch in 0..<epochs {
      #expect(try run(folder.appending(path: "after \(epoch)"), resume: true) == wanted, "killed after epoch \(epoch)")
    }
  }
}
