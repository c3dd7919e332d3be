/// What a run's calibration does to its predictions: a judgement of the calibrated probabilities, and of its sets.
public struct CalibratedJudgement: Sendable {
  /// The calibration.
  public let calibration: Calibration
  /// The calibrated predictions.
  public let judgement: Judgement
  /// The share of utterances whose set of classes holds the label, and the mean size of the sets; nil where the calibration
  /// makes none.
  public let sets: (coverage: Double, size: Double)?

  /// Applies a calibration to predictions and judges them.
  ///
  /// - Throws: `EvaluationError.arguments` where it is for other classes.
  public init(
    _ calibration: Calibration, of clips: JudgedClips, _ resampling: Resampling
  ) throws(EvaluationError) {
    self.calibration = calibration
    let changed = try clips.calibrated(by: calibration)
    judgement = try Judgement(changed, resampling)
    let scored = changed.scored
    guard let sets = calibration.conformal, !scored.rows.isEmpty else {
      self.sets = nil
      return
    }
    let found = scored.probabilities.map { sets($0) }
    let count = Double(found.count)
    self.sets = (
      Double(zip(found, scored.labels).count { $0.0.contains($0.1) }) / count,
      Double(found.reduce(0) { $0 + $1.count }) / count
    )
  }

  /// The figures that a calibration can move, before and after.
  func table(before: Judgement) -> Page.Table {
    let keys = ["logLoss", "brier", "ece", "macroF1", "accuracy", "uar", "klDivergence"]
    var rows = keys.compactMap { key -> [String]? in
      guard let old = before.metrics[key], let new = judgement.metrics[key] else { return nil }
      func range(_ interval: Interval?) -> String { interval.map { "\(four($0.low)) to \(four($0.high))" } ?? "–" }
      return [
        Comparison.name(key), four(old), range(before.intervals[key]), four(new), range(judgement.intervals[key]),
      ]
    }
    if let sets, let stated = calibration.conformal?.coverage {
      rows.append(["Sets that hold the label (\(percent(stated)) stated)", "–", "–", four(sets.coverage), "–"])
      rows.append(["Classes in a set, mean", "–", "–", four(sets.size), "–"])
    }
    let shifted = calibration.priorShift == nil ? "" : ", with a correction for other class frequencies"
    return Page.Table(
      title: "Before and after calibration",
      columns: ["Metric", "As trained", "Interval as trained", "Calibrated", "Interval calibrated"],
      rows: rows, isOpen: true,
      note:
        "The bundle carries a calibration (\(calibration.method?.name ?? "no scaling")\(shifted)), fitted on other clips. "
        + "All other figures of this page are of the probabilities as trained.")
  }
}
