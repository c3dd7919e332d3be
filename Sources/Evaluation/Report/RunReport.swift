public import Foundation
import Mustache

/// A run as one page of HTML that needs nothing beside it: no script, no font, no image, no request.
public struct RunReport: Sendable {
  /// What the page says.
  public let content: Content

  /// A report of the content.
  public init(_ content: Content) { self.content = content }

  /// The page. Every text of the content is escaped.
  public func html() throws -> String {
    try HTML.template(Self.page).render(context)
  }

  /// Writes the page aside, syncs it and renames it to `url`.
  public func write(to url: URL) throws {
    try AtomicFile.write(Data(html().utf8), to: url)
  }

  /// The headline figures of an evaluation, with what guessing scores.
  public static func figures(of evaluation: EvaluationReport) -> [Figure] {
    let labelled = evaluation.perClass.values.filter { $0.support > 0 }
    let largest = labelled.map(\.support).max() ?? 0
    var figures = [
      Figure(
        name: "Macro-F1", value: three(evaluation.macroF1), note: "mean F1 of \(evaluation.perClass.count) classes"),
      Figure(
        name: "UAR", value: three(evaluation.uar),
        note: labelled.isEmpty ? "" : "one class for all: \(three(1 / Double(labelled.count)))"),
      Figure(
        name: "Accuracy", value: three(evaluation.accuracy),
        note: "most frequent class for all: \(three(Double(largest) / Double(max(evaluation.count, 1))))"),
    ]
    if let bs = evaluation.balancedSubsetF1 {
      figures.append(
        Figure(
          name: "BS-F1", value: three(bs.mean),
          note: "\(three(bs.lowest)) to \(three(bs.highest)) over \(bs.subsets) subsets"))
    }
    figures.append(Figure(name: "Utterances", value: "\(evaluation.count)", note: "in these figures"))
    return figures
  }

  private var context: [String: Any] {
    var context: [String: Any] = [
      "title": content.title, "summary": content.summary, "style": Self.style, "origin": originStatement,
      "speech": content.speech.description, "notice": content.speech.origin == .recorded ? "recorded" : "synthetic",
      "figures": content.figures.map { ["name": $0.name, "value": $0.value, "note": $0.note] },
      "facts": content.facts.map { ["name": $0.name, "value": $0.value] }, "notes": content.notes,
      "hasFigures": !content.figures.isEmpty, "hasFacts": !content.facts.isEmpty, "hasNotes": !content.notes.isEmpty,
      "hasClips": !content.clips.isEmpty, "clips": content.clips.map(clipContext),
    ]
    if let command = content.command { context["command"] = command }
    if !content.history.isEmpty { context["training"] = TrainingCurves(content.history).context }
    if let evaluation = content.evaluation { context["evaluation"] = evaluationContext(evaluation) }
    return context
  }

  private var originStatement: String {
    switch content.speech.origin {
    case .synthetic:
      "The speech is synthetic: a program made it. These figures show that the system runs and learns, not how well it recognises people."
    case .recorded: "The speech was recorded from people."
    case .mixed: "Some of the speech is synthetic, made by a program; some was recorded from people."
    }
  }

  private func evaluationContext(_ evaluation: EvaluationReport) -> [String: Any] {
    let scores = evaluation.confusion.classes.compactMap { name in evaluation.perClass[name].map { (name, $0) } }
    var context: [String: Any] = [
      "on": content.evaluatedOn, "bars": ClassBars(scores: scores).markup(),
      "rows": scores.map { name, score in
        [
          "name": name, "precision": three(score.precision), "recall": three(score.recall), "f1": three(score.f1),
          "support": "\(score.support)",
        ]
      },
    ]
    if let matrix = try? ConfusionMatrix(classes: evaluation.confusion.classes, counts: evaluation.confusion.counts) {
      context["confusion"] = ConfusionHeatMap(confusion: matrix).markup()
    }
    let excluded = evaluation.excluded
    if excluded.other + excluded.noAgreement > 0 {
      context["excluded"] =
        "Left out of the class figures: \(excluded.other) clips labelled O (other) and \(excluded.noAgreement) labelled X (no agreement)."
    }
    return context
  }

  private func clipContext(_ clip: Clip) -> [String: Any] {
    let bars = ProbabilityBars(probabilities: clip.probabilities, decision: clip.decision, label: clip.label)
    var context: [String: Any] = ["file": clip.fileName, "decision": clip.decision, "bars": bars.markup()]
    if let transcript = clip.transcript, !transcript.isEmpty { context["transcript"] = transcript }
    if let label = clip.label {
      context["label"] = label
      context["verdict"] = label == clip.decision ? "right" : "wrong"
    }
    return context
  }
}

/// Three decimals, the same in every locale.
func three(_ value: Double) -> String { String(format: "%.3f", value) }
