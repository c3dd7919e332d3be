public import Emotion
public import Evaluation

/// What is known of utterances when a stack is fitted: more than their class, where there is more.
public struct StackLabels: Equatable, Sendable {
  /// The label of one utterance.
  public struct Row: Equatable, Sendable {
    /// The utterance's name.
    public var fileName: String
    /// What the raters agreed on.
    public var consensus: Consensus
    /// The soft target: the votes' shares. Without one, an utterance with a class is all of that class, and one without
    /// is not learnt from.
    public var target: Distribution?
    /// The mean ratings from 1 to 7, as far as there are any.
    public var attributes: AttributeValues
    /// The speaker, or whatever else must not be on both sides of a division; nil where it is not known.
    public var group: String?

    /// A label.
    public init(
      fileName: String, consensus: Consensus, target: Distribution? = nil, attributes: AttributeValues = .init(),
      group: String? = nil
    ) {
      self.fileName = fileName
      self.consensus = consensus
      self.target = target
      self.attributes = attributes
      self.group = group
    }
  }

  /// One row per utterance, names unique.
  public let rows: [Row]

  /// Keeps the rows.
  ///
  /// - Throws: `EnsembleError.arguments` where a name is empty or occurs twice
  public init(rows: [Row]) throws(EnsembleError) {
    var names: Set<String> = []
    for row in rows {
      guard !row.fileName.isEmpty else { throw .arguments("a label has no name of an utterance") }
      guard names.insert(row.fileName).inserted else {
        throw .arguments("'\(row.fileName)' has two labels; each utterance has one")
      }
    }
    self.rows = rows
  }

  /// The labels of a labels file: classes and attributes.
  public init(_ labels: ReferenceLabels) {
    rows = labels.rows.map { row in
      var attributes = AttributeValues()
      for (attribute, value) in row.attributes { attributes[attribute] = value }
      return Row(fileName: row.fileName, consensus: row.consensus, attributes: attributes)
    }
  }

  /// The labels with the votes' shares of a labels file as soft targets, and its speakers (`SpkrID`) as groups.
  ///
  /// - Parameter columns: of the same file, as far as it has votes and speakers
  public init(_ labels: ReferenceLabels, _ columns: LabelColumns) {
    let places = Dictionary(
      zip(columns.names, columns.names.indices), uniquingKeysWith: { first, _ in first })
    let speakers = columns.columns["SpkrID"]
    let width = EmotionClass.allCases.count
    rows = StackLabels(labels).rows.map { row in
      guard let place = places[row.fileName] else { return row }
      var row = row
      if !columns.votes.isEmpty {
        let shares = columns.votes[place * width..<(place + 1) * width]
        row.target = Distribution(
          weights: Dictionary(zip(EmotionClass.allCases, shares), uniquingKeysWith: { first, _ in first }))
      }
      // MSP-Podcast writes Unknown where it does not know who speaks.
      if let speaker = speakers?[place], !speaker.isEmpty, speaker != "Unknown" { row.group = speaker }
      return row
    }
  }
}

/// Utterances that a stack is selected on, and not fitted on.
public struct StackHeldOut: Sendable {
  /// The scores of each model, under the names of those that the stack is fitted on.
  public let models: [ModelScores]
  /// A row for each of the utterances.
  public let labels: StackLabels

  /// Scores and labels of held-out utterances.
  public init(models: [ModelScores], labels: StackLabels) {
    self.models = models
    self.labels = labels
  }
}
