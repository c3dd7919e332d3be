import Basics
import Emotion
import Ensemble
import Foundation

/// What fitting a stack came to, for a person and for a machine.
struct StackFitSummary: Encodable {
  let output: String
  let settings: StackSettings
  let models: [String]
  let classes: [String]
  let utterances: Int
  let labelled: Int
  let withoutConsensus: Int
  let perClass: [String: Int]
  let heldOut: HeldOutScores?
  let runs: [MetaRun]
  let ranking: [ModelRank]
  let factors: [String: Double]?
  let importances: [String: Double]
  private let ranked: [(name: String, share: Double)]

  private enum CodingKeys: String, CodingKey {
    case output, settings, models, classes, utterances, labelled, withoutConsensus, perClass, heldOut, runs, ranking
    case factors, importances
  }

  init(_ fit: StackFit, output: URL) {
    self.output = output.path
    settings = fit.stack.settings
    models = fit.stack.modelNames
    classes = fit.stack.classes.map(\.rawValue)
    utterances = fit.utteranceCount
    labelled = fit.labelledCount
    withoutConsensus = fit.withoutConsensus
    perClass = Dictionary(
      fit.perClass.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: { first, _ in first })
    heldOut = fit.heldOut
    runs = fit.runs
    ranking = fit.ranking
    factors = fit.stack.factors.map { factors in
      Dictionary(zip(fit.stack.classes.map(\.rawValue), factors), uniquingKeysWith: { first, _ in first })
    }
    let shares = fit.stack.importances
    importances = Dictionary(shares.map { ($0.name, $0.share) }, uniquingKeysWith: { first, _ in first })
    ranked = shares.sorted { ($1.share, $0.name) < ($0.share, $1.name) }
  }

  var text: String {
    var lines = ["\(settings.method.rawValue) of \(models.count) models: \(output)"]
    if !ranking.isEmpty {
      lines.append(
        "balanced Macro-F1 of each: "
          + ranking.map { "\($0.name) \(decimals($0.balancedMacroF1))\($0.isKept ? "" : " (left out)")" }
          .joined(separator: ", "))
    }
    if !settings.method.isVote {
      let counts = classes.compactMap { name in perClass[name].map { "\($0) \(name)" } }.joined(separator: ", ")
      lines.append(
        settings.method == .forest
          ? "grown on \(counts) of \(labelled) labelled utterances"
          : "learnt from \(counts)" + (withoutConsensus > 0 ? " and \(withoutConsensus) without consensus" : ""))
      lines.append(settings.isOutOfFold ? "scores are out of fold" : "scores are in-sample")
    }
    if settings.method != .meta, !runs.isEmpty {
      let chosen = runs.filter(\.isIngredient)
      lines.append(
        "\(chosen.count) of \(runs.count) runs are in the mean; the best alone has a balanced Macro-F1 of "
          + decimals(runs.map(\.balancedMacroF1).max() ?? 0))
    }
    if let factors {
      let each = classes.compactMap { name in factors[name].map { "\(name) \(decimals($0, 2))" } }
      lines.append("probabilities are multiplied by " + each.joined(separator: ", "))
    }
    if let heldOut {
      lines.append(
        "held out: Macro-F1 \(decimals(heldOut.macroF1)), balanced \(decimals(heldOut.balancedMacroF1)), accuracy "
          + "\(decimals(heldOut.accuracy)), log-loss \(decimals(heldOut.logLoss)) on \(heldOut.count) utterances")
    }
    if !ranked.isEmpty {
      lines.append(
        "most telling: " + ranked.prefix(5).map { "\($0.name) \(decimals($0.share))" }.joined(separator: ", "))
    }
    return lines.joined(separator: "\n")
  }
}
