/// What one epoch came to: a line of `metrics.jsonl`.
public struct EpochRecord: Codable, Equatable, Sendable {
  /// The stage's name.
  public var stage: String
  /// The epoch within the stage, from 1.
  public var epoch: Int
  /// Clips gone through.
  public var clips: Int
  /// The mean training loss.
  public var trainLoss: Double
  /// The loss over dev, without class weights or mixing.
  public var devLoss: Double
  /// Macro-F1 over all of dev.
  public var devMacroF1: Double
  /// The mean Macro-F1 over class-balanced subsets of dev; nil where the best epoch is not chosen by it.
  public var devBalancedF1: Double?
  /// Unweighted average recall over all of dev.
  public var devUAR: Double
  /// Accuracy over all of dev.
  public var devAccuracy: Double
  /// The learning rate at the epoch's end.
  public var learningRate: Double
  /// Seconds that it took.
  public var seconds: Double
  /// Whether these weights are kept: the best so far, or with `Selection.last` the latest.
  public var isBest: Bool
}

/// Where a training run stands, at the end of an epoch or within one.
struct TrainingState: Codable, Equatable {
  /// The stage that the next epoch belongs to.
  var stage = 0
  /// Epochs of it that were begun.
  var epoch = 0
  /// Batches of the epoch that are done; 0 between epochs.
  var batch = 0
  /// The loss of these batches, summed over clips, and how many clips they had.
  var lossSum = 0.0
  var clips = 0
  /// The optimiser's steps in it.
  var step = 0
  /// Epochs of it since the best.
  var epochsSinceBest = 0
  /// The best dev score so far, and the dev loss there, which breaks ties.
  var bestScore: Double?
  var bestLoss: Double?
  /// All epochs so far.
  var history: [EpochRecord] = []

  /// Epochs of the stage that are done.
  var finishedEpochs: Int { epoch - (batch > 0 ? 1 : 0) }

  /// Whether a score is better than the best so far.
  func isBetter(_ score: Double, loss: Double) -> Bool {
    guard let bestScore, let bestLoss else { return true }
    return score > bestScore || (score == bestScore && loss < bestLoss)
  }
}
