public import Foundation

extension RunReport {
  /// All that the page says; the caller fills it.
  public struct Content: Codable, Equatable, Sendable {
    /// The page's heading.
    public var title: String
    /// What was run on what, in a sentence or two.
    public var summary: String
    /// Where the speech comes from.
    public var speech: Speech
    /// Headline figures, best three to five; `figures(of:)` makes them of an evaluation.
    public var figures: [Figure]
    /// Names and values of what was run: recipe, encoder, clips, speakers, device, time.
    public var facts: [Fact]
    /// The epochs, in the order in which they were run.
    public var history: [TrainingRecord]
    /// The models of a system, which has no epochs of its own.
    public var models: [Model]
    /// What was evaluated, such as "development split, 4 speakers not heard in training".
    public var evaluatedOn: String
    /// The evaluation of those predictions.
    public var evaluation: EvaluationReport?
    /// Clips to show.
    public var clips: [Clip]
    /// The hardest and the most confidently wrong clips.
    public var hardest: [Clip]
    /// Tables of a system: what its models and stacks come to.
    public var tables: [Table]
    /// What a reader should know before quoting a figure.
    public var notes: [String]
    /// The command that makes this report again.
    public var command: String?

    /// Content with the parts that there are.
    public init(
      title: String, summary: String, speech: Speech, figures: [Figure] = [], facts: [Fact] = [],
      history: [TrainingRecord] = [], models: [Model] = [], evaluatedOn: String = "",
      evaluation: EvaluationReport? = nil,
      clips: [Clip] = [], hardest: [Clip] = [], tables: [Table] = [], notes: [String] = [], command: String? = nil
    ) {
      self.title = title
      self.summary = summary
      self.speech = speech
      self.figures = figures
      self.facts = facts
      self.history = history
      self.models = models
      self.evaluatedOn = evaluatedOn
      self.evaluation = evaluation
      self.clips = clips
      self.hardest = hardest
      self.tables = tables
      self.notes = notes
      self.command = command
    }
  }

  /// Where the speech of a run comes from. The page says it in plain words, so that figures of synthetic speech are not
  /// taken for figures of people.
  public struct Speech: Codable, Equatable, Sendable {
    /// The kinds of speech.
    public enum Origin: String, Codable, Sendable {
      /// Made by a speech synthesiser.
      case synthetic
      /// Recorded from people.
      case recorded
      /// Some of each.
      case mixed
    }

    /// The kind of speech.
    public var origin: Origin
    /// More on it: the corpus and its size, the synthesiser and its voices.
    public var description: String

    /// A statement, as it is.
    public init(origin: Origin, description: String) {
      self.origin = origin
      self.description = description
    }
  }

  /// A model of a system.
  public struct Model: Codable, Equatable, Sendable {
    /// Its name in the system.
    public var name: String
    /// Its epochs, in the order in which they were run.
    public var history: [TrainingRecord]

    /// A model, as it is.
    public init(name: String, history: [TrainingRecord]) { (self.name, self.history) = (name, history) }
  }

  /// A table of a system's models.
  public struct Table: Codable, Equatable, Sendable {
    /// What it is about.
    public var title: String
    /// The headings of its columns.
    public var columns: [String]
    /// Its cells, row by row; those of the first column are row headings.
    public var rows: [[String]]

    /// A table, as it is.
    public init(title: String, columns: [String], rows: [[String]]) {
      self.title = title
      self.columns = columns
      self.rows = rows
    }
  }

  /// A headline figure.
  public struct Figure: Codable, Equatable, Sendable {
    /// What it is, such as `Macro-F1`.
    public var name: String
    /// The figure as it should be read, such as `0.412`.
    public var value: String
    /// What to compare it with.
    public var note: String

    /// A figure, as it is.
    public init(name: String, value: String, note: String = "") {
      self.name = name
      self.value = value
      self.note = note
    }
  }

  /// A fact of the run.
  public struct Fact: Codable, Equatable, Sendable {
    /// What it is.
    public var name: String
    /// Its value.
    public var value: String

    /// A fact, as it is.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// A probability of a class.
  public struct ClassProbability: Codable, Equatable, Sendable {
    /// The class.
    public var name: String
    /// From 0 to 1.
    public var probability: Double

    /// A probability, as it is.
    public init(_ name: String, _ probability: Double) {
      self.name = name
      self.probability = probability
    }
  }

  /// A clip with what the system said of it.
  public struct Clip: Codable, Equatable, Sendable {
    /// The clip's name in the corpus.
    public var fileName: String
    /// What is said in it, where known.
    public var transcript: String?
    /// The class that raters or the corpus gave it, where known.
    public var label: String?
    /// The class that the system decided on.
    public var decision: String
    /// The probabilities, in class order.
    public var probabilities: [ClassProbability]
    /// Why it is shown.
    public var note: String?
    /// What can be seen of it.
    public var spectrogram: Spectrogram?
    /// What can be heard of it: a WAV file.
    public var audio: Data?

    /// A clip, as it is.
    public init(
      fileName: String, transcript: String? = nil, label: String?, decision: String, probabilities: [ClassProbability],
      note: String? = nil, spectrogram: Spectrogram? = nil, audio: Data? = nil
    ) {
      self.fileName = fileName
      self.transcript = transcript
      self.label = label
      self.decision = decision
      self.probabilities = probabilities
      self.note = note
      self.spectrogram = spectrogram
      self.audio = audio
    }
  }
}
