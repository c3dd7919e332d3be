import Emotion

/// Predictions and labels of the same utterances, in the order of the predictions.
struct JoinedPairs {
  let pairs: [(prediction: Prediction, label: ReferenceLabels.Row)]

  /// Joins by `FileName`. A label that no class metric needs (`O`, `X`) may lack a prediction; any other file must be
  /// on both sides.
  init(_ predictions: Predictions, _ labels: ReferenceLabels) throws(EvaluationError) {
    let rows = Dictionary(labels.rows.map { ($0.fileName, $0) }, uniquingKeysWith: { first, _ in first })
    let names = Set(predictions.rows.map(\.fileName))
    let withoutLabel = predictions.rows.map(\.fileName).filter { rows[$0] == nil }
    let withoutPrediction = labels.rows.filter { $0.consensus.emotion != nil && !names.contains($0.fileName) }
    guard withoutLabel.isEmpty, withoutPrediction.isEmpty else {
      throw .unmatched(
        withoutLabel: withoutLabel.sorted(), withoutPrediction: withoutPrediction.map(\.fileName).sorted())
    }
    pairs = predictions.rows.compactMap { row in rows[row.fileName].map { (row, $0) } }
  }
}
