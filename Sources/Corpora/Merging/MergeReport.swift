import Emotion

/// What a merge came to.
public struct MergeReport: Codable, Equatable, Sendable, CustomStringConvertible {
  /// One of the corpora.
  public struct Part: Codable, Equatable, Sendable {
    /// The name that its clips and speakers begin with.
    public let name: String
    /// How many clips it has.
    public let utterances: Int
    /// How many speakers are known.
    public let speakers: Int
    /// The letters of the classes that it tells apart.
    public let classes: String
    /// Clips of each split.
    public let splits: [String: Int]

    init(_ part: CorpusMerge.Part) {
      name = part.name
      utterances = part.corpus.utterances.count
      speakers = part.corpus.speakers.count
      let known = part.corpus.knownClasses
      classes = String(EmotionClass.allCases.filter(known.contains).map(\.letter))
      splits = Dictionary(part.corpus.utterances.map { ($0.split.rawValue, 1) }, uniquingKeysWith: +)
    }
  }

  /// The merged corpus.
  public let output: String
  /// The corpora, in order.
  public let parts: [Part]
  /// How many clips there are in all.
  public let utterances: Int

  /// A line for each corpus.
  public var description: String {
    let lines = parts.map { part in
      let splits = Split.allCases.compactMap { split in part.splits[split.rawValue].map { "\(split.rawValue) \($0)" } }
      return "\(part.name): \(part.utterances) clips of \(part.speakers) speakers, classes \(part.classes); "
        + splits.joined(separator: ", ")
    }
    return (lines + ["\(utterances) clips in \(output)"]).joined(separator: "\n")
  }
}
