public import Emotion
public import Foundation

/// Puts corpora side by side as one, so that a model learns from all of them.
///
/// A clip keeps its audio (linked), class, ratings, split, transcript and further columns. Clips and speakers of different
/// corpora stay apart: their names begin with that of their corpus. Two columns are added: `Corpus`, and `KnownClasses`,
/// the letters of the classes that the clip's corpus tells apart. What a corpus has no word for is not thereby absent from
/// its recordings.
public struct CorpusMerge {
  /// The column that holds a clip's corpus.
  public static let corpusColumn = "Corpus"
  /// The column that holds the letters of the classes that a clip's corpus tells apart, such as `ASHFDN`.
  public static let classesColumn = "KnownClasses"

  /// A corpus that goes in, under the name that its clips and speakers get.
  public struct Part {
    /// The folder's own name.
    public let name: String
    /// What is in it.
    public let corpus: Corpus
  }

  /// The corpora, in order.
  public let parts: [Part]

  /// Reads the corpora, each named as its folder.
  ///
  /// - Throws: `CorporaError` for a corpus that can't be read, and for names that would not tell corpora apart.
  public init(_ folders: [URL]) throws {
    guard folders.count > 1 else {
      throw CorporaError.option(
        name: "the list of corpora", value: "\(folders.count) of them", allowed: "two or more")
    }
    let names = folders.map { $0.standardizedFileURL.lastPathComponent }
    for (index, name) in names.enumerated() where names[..<index].contains(where: { Self.mayClash($0, name) }) {
      throw CorporaError.option(
        name: "the list of corpora", value: "with \(name) beside \(names[..<index].joined(separator: ", "))",
        allowed:
          "folders of different names, none of which goes on from another by a hyphen: clips are named after them")
    }
    parts = try zip(names, folders).map { Part(name: $0, corpus: try Corpus(contentsOf: $1)) }
  }

  /// Whether clips of two corpora could get the same name: `a` with `b-c.wav` and `a-b` with `c.wav`.
  private static func mayClash(_ a: String, _ b: String) -> Bool {
    let (a, b) = (a.lowercased(), b.lowercased())
    return a == b || a.hasPrefix(b + "-") || b.hasPrefix(a + "-")
  }

  /// Writes the merged corpus, which appears under its name only when it is complete.
  ///
  /// - Parameter replacing: whether a corpus that is there already is replaced
  /// - Throws: `CorporaError`
  @discardableResult
  public func write(to output: URL, replacing: Bool = false) throws -> MergeReport {
    for part in parts { try Self.checkApart(part.corpus.folder, output) }
    let writer = try CorpusWriter(folder: output, replacing: replacing)
    do {
      let audios = output.appending(path: CorpusLayout.audios, directoryHint: .isDirectory)
      var merged: [Utterance] = []
      for part in parts {
        let known = part.corpus.knownClasses
        for utterance in part.corpus.utterances {
          let fileName = "\(part.name)-\(utterance.fileName)"
          // Links to the audio itself, not to the link of a corpus that may be moved.
          try writer.link(utterance.audio.resolvingSymlinksInPath(), as: fileName)
          merged.append(
            part.renamed(
              utterance, fileName: fileName, audio: audios.appending(path: fileName, directoryHint: .notDirectory),
              known: known))
        }
      }
      try writer.write(merged)
      try writer.finish()
      return MergeReport(output: output.path, parts: parts.map(MergeReport.Part.init), utterances: merged.count)
    } catch {
      writer.abandon()
      throw error
    }
  }

  /// An output that holds a source, or lies in it, could replace what it is made of.
  private static func checkApart(_ source: URL, _ output: URL) throws {
    let source = source.resolvingSymlinksInPath().standardizedFileURL.path + "/"
    let target = output.resolvingSymlinksInPath().standardizedFileURL.path + "/"
    guard !source.hasPrefix(target), !target.hasPrefix(source) else {
      throw CorporaError.unsafeOutput(
        path: output.path, reason: "it and the corpus \(source) lie in one another; choose a folder apart")
    }
  }
}

extension CorpusMerge.Part {
  fileprivate func renamed(_ utterance: Utterance, fileName: String, audio: URL, known: Set<EmotionClass>) -> Utterance
  {
    var renamed = utterance
    renamed.fileName = fileName
    renamed.audio = audio
    renamed.speaker = utterance.speaker.map { "\(name)-\($0)" }
    // Raters of different corpora are different people, whatever they are called.
    renamed.ratings = utterance.ratings.map { rating in
      var rating = rating
      rating.rater = rating.rater.map { "\(name)-\($0)" }
      return rating
    }
    renamed.extra[CorpusMerge.corpusColumn] = utterance.extra[CorpusMerge.corpusColumn].map { "\(name)-\($0)" } ?? name
    renamed.extra[CorpusMerge.classesColumn] =
      utterance.extra[CorpusMerge.classesColumn]
      ?? String(EmotionClass.allCases.filter(known.contains).map(\.letter))
    return renamed
  }
}

extension Corpus {
  /// The classes that the corpus tells apart: those of a consensus or a vote of any of its utterances.
  public var knownClasses: Set<EmotionClass> {
    var known = Set<EmotionClass>()
    for utterance in utterances {
      if let emotion = utterance.consensus.emotion { known.insert(emotion) }
      for rating in utterance.ratings {
        for vote in [rating.primary] + rating.secondary { if let emotion = vote.emotion { known.insert(emotion) } }
      }
    }
    return known
  }
}

extension Utterance {
  /// The classes that the utterance's corpus tells apart, where a merge has recorded them; nil where any may be meant.
  ///
  /// - Throws: `CorporaError.option` for letters that are no classes.
  public func knownClasses() throws -> Set<EmotionClass>? {
    guard let letters = extra[CorpusMerge.classesColumn], !letters.isEmpty else { return nil }
    let classes = letters.map { EmotionClass(letter: $0) }
    guard !classes.contains(nil) else {
      throw CorporaError.option(
        name: "\(CorpusMerge.classesColumn) of \(fileName)", value: letters,
        allowed: "letters of \(String(EmotionClass.allCases.map(\.letter)))")
    }
    return Set(classes.compactMap { $0 })
  }
}
