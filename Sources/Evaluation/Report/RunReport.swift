public import Foundation

/// A run as one page of HTML that needs nothing beside it: no font, no image, no request.
public struct RunReport: Sendable {
  /// What the page says.
  public let content: Content
  /// The judgement of its predictions, from which most of the charts are made; nil where there is none.
  public let judgement: Judgement?
  /// The same predictions after calibration, shown beside them; nil where there is none.
  public let calibrated: CalibratedJudgement?

  /// A report of the content, with a judgement where there is one.
  public init(_ content: Content, judgement: Judgement? = nil, calibrated: CalibratedJudgement? = nil) {
    self.content = content
    self.judgement = judgement
    self.calibrated = calibrated
  }

  /// The page. Every text of the content is escaped.
  public func html() throws -> String { try page.html() }

  /// Writes the page aside, syncs it and renames it to `url`.
  ///
  /// - Parameter exports: a folder for every chart as SVG and every table as CSV.
  public func write(to url: URL, exports: URL? = nil) throws { try page.write(to: url, exports: exports) }

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

  /// The page with its sections.
  public var page: Page {
    var sections: [Page.Section] = []
    if let judgement {
      let parts = JudgementSections(
        judgement: judgement, evaluatedOn: content.evaluatedOn, calibrated: calibrated
      ).all
      sections += parts.prefix { $0.id == "confusion" }
      sections += training
      sections += parts.drop { $0.id == "confusion" }
    } else {
      if let evaluation = content.evaluation {
        sections.append(Self.confusionSection(evaluation, evaluatedOn: content.evaluatedOn))
      }
      sections += training
    }
    if !content.tables.isEmpty {
      sections.append(
        .init(
          id: "models", title: "The models and what brings them together",
          about:
            "Beside each figure what was published of it, on MSP-Podcast: only a run on the same clips can be held "
            + "against it.",
          tables: content.tables.map { .init(title: $0.title, columns: $0.columns, rows: $0.rows, isOpen: true) }))
    }
    if !content.hardest.isEmpty {
      sections.append(
        .init(
          id: "hardest", title: "Where it goes wrong",
          about:
            "The clips whose own class it found least probable, and the wrong answers it was surest of. Filled: the "
            + "class decided on. Underlined: the clip's label.",
          clips: content.hardest.map(Self.clip)))
    }
    if !content.clips.isEmpty {
      sections.append(
        .init(
          id: "clips", title: "What it heard", about: "Filled: the class decided on. Underlined: the clip's label.",
          clips: content.clips.map(Self.clip)))
    }
    if !content.facts.isEmpty { sections.append(.init(id: "facts", title: "What was run", facts: content.facts)) }
    if !content.notes.isEmpty {
      sections.append(.init(id: "notes", title: "Before you quote a figure", notes: content.notes))
    }
    if let command = content.command {
      sections.append(.init(id: "again", title: "To run it again", command: command))
    }
    return Page(
      brand: "Affect · run report", title: content.title, lead: content.summary,
      notice: (originStatement, content.speech.description, content.speech.origin != .recorded),
      figures: content.figures, sections: sections)
  }

  private var originStatement: String {
    switch content.speech.origin {
    case .synthetic:
      "The speech is synthetic: a program made it. These figures show that the system runs and learns, not how well it recognises people."
    case .recorded: "The speech was recorded from people."
    case .mixed: "Some of the speech is synthetic, made by a program; some was recorded from people."
    }
  }

  private var training: [Page.Section] {
    guard content.history.isEmpty else { return [TrainingCurves(content.history).section] }
    let models = content.models.filter { !$0.history.isEmpty }.map { ($0.name, $0.history) }
    return ModelCurves(models: models).section(title: "How its models learned").map { [$0] } ?? []
  }

  static func confusionSection(_ evaluation: EvaluationReport, evaluatedOn: String) -> Page.Section {
    let scores = evaluation.confusion.classes.compactMap { name in evaluation.perClass[name].map { (name, $0) } }
    let matrix = ConfusionMatrix(square: evaluation.confusion.counts, classes: evaluation.confusion.classes)
    var about = evaluatedOn
    if let left = evaluation.excluded.sentence { about += " Left out of the class figures: \(left)." }
    let names = evaluation.confusion.classes
    return Page.Section(
      id: "confusion", title: "Which class is taken for which", about: about,
      charts: [
        .init(
          title: "Confusion", note: "rows: labels · columns: predictions · shade: share of the row",
          svg: ConfusionHeatMap(confusion: matrix).markup()),
        .init(
          title: "Per class", note: "bar: F1 · line: precision · dot: recall", svg: ClassBars(scores: scores).markup()),
      ],
      tables: [
        .init(
          title: "Scores by class", columns: ["Class", "Precision", "Recall", "F1", "Support"],
          rows: scores.map { name, score in
            [name, three(score.precision), three(score.recall), three(score.f1), "\(score.support)"]
          }),
        .init(
          title: "Confusion counts", columns: ["Label"] + names,
          rows: zip(names, matrix.counts).map { name, counts in [name] + counts.map { "\($0)" } }),
        .init(
          title: "Confusion shares", columns: ["Label"] + names,
          rows: zip(names, matrix.rowNormalised).map { name, shares in [name] + shares.map(three) }),
      ])
  }

  static func clip(_ clip: Clip) -> Page.Clip {
    let bars = ProbabilityBars(probabilities: clip.probabilities, decision: clip.decision, label: clip.label)
    return Page.Clip(
      file: clip.fileName, transcript: clip.transcript, label: clip.label, decision: clip.decision, note: clip.note,
      bars: bars.markup(), spectrogram: clip.spectrogram.map { $0.markup(label: "Spectrogram of \(clip.fileName)") },
      audio: clip.audio.map { "data:audio/wav;base64,\($0.base64EncodedString())" })
  }
}

/// Three decimals, the same in every locale.
func three(_ value: Double) -> String { String(format: "%.3f", value) }
