/// Why a training run can't begin or go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// A batch without clips was asked for.
  case emptyBatch
  /// Nothing to learn from.
  case noClips(set: String)
  /// A class that no clip of the training set has.
  case emptyClass(name: String)
  /// The loss is no longer a number.
  case diverged(stage: String, epoch: Int, learningRate: Double)
  /// A plan that no training can follow.
  case impossiblePlan(String)
  /// A checkpoint of another recipe or corpus.
  case foreignCheckpoint(path: String, difference: String)
  /// A rank that trains something else than rank 0.
  case ranksDiffer(rank: Int, what: String)

  /// A sentence that says what is wrong and what would be right.
  public var description: String {
    switch self {
    case .emptyBatch: "a batch without clips was asked for"
    case .noClips(let set):
      "the \(set) set holds no clip with a class; check the corpus's Split_Set and EmoClass columns"
    case .emptyClass(let name): "no training clip is of the class \(name), but the recipe asks for it"
    case .diverged(let stage, let epoch, let rate):
      "the loss became infinite or NaN in \(stage), epoch \(epoch): lower its learning rate, now \(rate)"
    case .impossiblePlan(let fault): "the training plan can't be followed: \(fault)"
    case .ranksDiffer(let rank, let what):
      "rank \(rank) has another \(what) than rank 0; start all ranks with the same version, options and files"
    case .foreignCheckpoint(let path, let difference):
      "\(path) belongs to another training: \(difference). Resume with the recipe and corpus that it was begun with, or "
        + "give another --output"
    }
  }
}
