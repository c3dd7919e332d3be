import Basics
import Emotion
import Evaluation
public import Foundation
import Recognition

/// `affect calibrate`
public struct CalibrateCommand {
  /// What to do.
  public struct Options {
    /// The run's folder.
    public var run: URL
    /// `temperature`, `vector`, `isotonic` or `none`.
    public var method = "temperature"
    /// The coverage of conformal sets; nil makes none.
    public var coverage: Double?
    /// Whether the coverage is promised for each class.
    public var perClass = false
    /// `CLASS=SHARE` for each class, or `estimate` from the test predictions; nil leaves frequencies as they are.
    public var priors: String?
    /// The share of wrong answers, 0..<1, that is accepted among those given: from then on no answer is given where the most
    /// probable class stays below the threshold that this asks for. nil always answers.
    public var risk: Double?

    /// Options with the required one.
    public init(run: URL) { self.run = run }
  }

  private let options: Options

  /// A command.
  public init(_ options: Options) { self.options = options }

  private struct Result: Encodable {
    struct Scores: Encodable {
      let logLoss, brier, calibrationError, macroF1, accuracy: Double
    }
    let method: String
    let fittedOn: Int
    let testedOn: String
    let before, after: Scores
    let coverage: Double?
    let meanSetSize: Double?
    let calibration: Calibration
  }

  /// Fits on the development predictions, writes into the bundle, and says what it does to the test predictions.
  public func run() throws -> CommandResult {
    let folder = options.run.appending(path: "bundle")
    var configuration = try ModelBundle.configuration(in: folder)
    let dev = try JudgedRun(options.run, split: "Development")
    // The run's predictions are those of the network itself; a calibration of an earlier call is replaced.
    let scored = dev.clips.scored
    let isNone = options.method == "none"
    var calibration = Calibration(
      classes: dev.clips.classes,
      method: isNone
        ? nil : try .fitting(options.method, probabilities: scored.probabilities, labels: scored.labels))
    let test = try JudgedRun(options.run)
    var answered: Double?
    calibration.priorShift = try shift(calibration, scored.probabilities, scored.labels, test.clips)
    if let coverage = options.coverage {
      calibration.conformal = try ConformalSets(
        fitting: options.perClass ? .perClass : .overall, coverage: coverage,
        probabilities: scored.probabilities.map { calibration($0) }, labels: scored.labels)
    }
    if let risk = options.risk {
      let rows = scored.probabilities.map { calibration($0) }
      let answers = rows.map { row in row.indices.max { row[$0] < row[$1] } ?? 0 }
      let curve = try SelectivePrediction(
        confidences: rows.map { $0.max() ?? 0 }, right: zip(answers, scored.labels).map(==)
      ).curve
      guard let last = curve.last(where: { $0.risk <= risk }) else {
        throw EvaluationError.arguments(
          "even the surest answers on the development clips are wrong more often than \(risk); the least risk is "
            + "\(decimals(curve.map(\.risk).min() ?? 1))")
      }
      (calibration.abstainBelow, answered) = (last.confidence, last.coverage)
    }
    if let fault = calibration.fault { throw EvaluationError.arguments(fault) }
    guard configuration.classes == calibration.classes else {
      throw FileError(url: folder, message: "is for other classes than the run's predictions")
    }
    configuration.calibration = calibration
    try ModelBundle.write(configuration, to: folder)
    return try result(calibration, fittedOn: scored.rows.count, answered: answered, test)
  }

  /// The correction for other class frequencies.
  private func shift(
    _ calibration: Calibration, _ probabilities: [[Double]], _ labels: [Int], _ test: JudgedClips
  ) throws -> PriorShift? {
    guard let priors = options.priors else { return nil }
    let width = calibration.classes.count
    let source = (0..<width).map { c in Double(labels.count { $0 == c }) / Double(max(labels.count, 1)) }
    if priors == "estimate" {
      let rows = (0..<test.count).map { Array(test.probabilities[$0 * width..<($0 + 1) * width]) }
      return try PriorShift(
        estimatingFrom: rows.map { calibration($0) }, source: source,
        checkedOn: probabilities.map { calibration($0) })
    }
    var shares: [EmotionClass: Double] = [:]
    for part in priors.split(separator: ",") {
      let sides = part.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }
      guard sides.count == 2, let emotion = EmotionClass(rawValue: sides[0]), calibration.classes.contains(emotion),
        let value = Double(sides[1]), value >= 0, value.isFinite
      else {
        throw EvaluationError.arguments(
          "'\(part)' is no share of a class; write --priors estimate or "
            + calibration.classes.map { "\($0.rawValue)=SHARE" }.joined(separator: ","))
      }
      shares[emotion] = value
    }
    let sum = shares.values.reduce(0, +)
    guard shares.count == width, sum > 0 else {
      throw EvaluationError.arguments(
        "--priors needs a share for each of \(calibration.classes.map(\.rawValue).joined(separator: ", "))")
    }
    return PriorShift(source: source, target: calibration.classes.map { (shares[$0] ?? 0) / sum })
  }

  private func result(
    _ calibration: Calibration, fittedOn: Int, answered: Double?, _ test: JudgedRun
  ) throws -> CommandResult {
    let after = try CalibratedJudgement(calibration, of: test.clips, Resampling(count: 0))
    func scores(_ found: Judgement) -> Result.Scores {
      let value = { (key: String) in found.metrics[key] ?? .nan }
      return .init(
        logLoss: value("logLoss"), brier: value("brier"), calibrationError: value("ece"), macroF1: value("macroF1"),
        accuracy: value("accuracy"))
    }
    let (first, second) = (scores(try Judgement(test.clips, Resampling(count: 0))), scores(after.judgement))
    let (covered, size) = (after.sets?.coverage, after.sets?.size)
    let result = Result(
      method: options.method, fittedOn: fittedOn, testedOn: test.split, before: first, after: second,
      coverage: covered, meanSetSize: size, calibration: calibration)
    var text = """
      \(options.method) calibration, fitted on \(fittedOn) development clips, now in \
      \(options.run.appending(path: "bundle/config.json").path)
      On \(test.split):        before   after
      Log-loss           \(decimals(first.logLoss, 4))  \(decimals(second.logLoss, 4))
      Brier score        \(decimals(first.brier, 4))  \(decimals(second.brier, 4))
      Calibration error  \(decimals(first.calibrationError, 4))  \(decimals(second.calibrationError, 4))
      Macro-F1           \(decimals(first.macroF1, 4))  \(decimals(second.macroF1, 4))
      Accuracy           \(decimals(first.accuracy, 4))  \(decimals(second.accuracy, 4))

      """
    if let covered, let size, let stated = options.coverage {
      text +=
        "Sets of classes: \(decimals(covered)) hold the label (\(decimals(stated)) stated), \(decimals(size, 2)) classes "
        + "on average\n"
    }
    if let shift = calibration.priorShift {
      let shares = zip(calibration.classes, zip(shift.source, shift.target)).map {
        "\($0.rawValue) \(decimals($1.0)) to \(decimals($1.1))"
      }
      text += "Frequencies, from development to use: \(shares.joined(separator: ", "))\n"
    }
    if let threshold = calibration.abstainBelow, let answered {
      text +=
        "No answer below a probability of \(decimals(threshold)): \(decimals(answered)) of the development clips are "
        + "answered\n"
    }
    return try CommandResult(text: text, json: result)
  }
}
