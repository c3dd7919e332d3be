import NN
import Tensors

/// What the steps of a run make small: the weighted sum of the losses of classes, attributes and neutral speech.
struct Objective {
  let model: any EmotionModel
  let plan: TrainingPlan
  /// The class that is neutral.
  let neutral: Int?
  let ranks: Ranks

  /// This rank's part of the loss: the parts of all ranks add up to the loss of the whole batch, since each is divided by
  /// what all have together. Nil for a rank without clips, which takes part in counting alone.
  func callAsFunction(
    _ batch: Batch?, _ stage: TrainingPlan.Stage, weights: Tensor?, mixing: MixUp.Mixing?
  ) throws -> Tensor? {
    guard let batch else {
      let none = try Tensor.zeros([], device: model.parameters.first?.device ?? .cpu)
      _ = try ranks.sum([none, none, none])
      return nil
    }
    let embedding = try model.embedding(of: batch.streams)
    let scores = try model.scores(from: mixing.map { try $0(embedding) } ?? embedding)
    let mix = { (targets: Tensor) in try mixing.map { try $0(targets) } ?? targets }
    // A mixed clip may be any of what either clip may be.
    let known = try batch.known.map { known in
      try mixing.map { try known.logicalOr(known.indexSelected(0, $0.partner)) } ?? known
    }
    let classTerm = try Losses.classTerm(
      stage.classLoss, scores.logits, targets: mix(batch.classes), weights: weights, mean: stage.classMean,
      known: known)
    var terms: [(term: LossTerm, factor: Double)?] = [(term: classTerm, factor: plan.classWeight), nil, nil]
    if let values = scores.attributes, plan.attributeWeight > 0 {
      let term = try Losses.attributesTerm(values, targets: mix(batch.attributes))
      terms[1] = (term: term, factor: plan.attributeWeight)
    }
    if let values = scores.neutral, let neutral, plan.neutralWeight > 0 {
      // A comparison with NaN is false; a clip without consensus is on neither side.
      let sides = try (batch.labels .== Double(neutral)).converted(to: .float32)
        .masked(where: batch.labels.isNaN(), with: .nan)
      terms[2] = (term: try Losses.softMarginTerm(values, neutral: mix(sides)), factor: plan.neutralWeight)
    }
    // All ranks count the same things, whatever their clips have.
    let counts = try ranks.sum(terms.map { try $0?.term.count ?? classTerm.count.zerosLike() })
    var loss: Tensor?
    for (part, count) in zip(terms, counts) {
      guard let part else { continue }
      let share = try part.term.divided(by: count) * part.factor
      loss = try loss.map { try $0 + share } ?? share
    }
    return loss
  }
}
