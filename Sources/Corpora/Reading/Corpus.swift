public import Foundation

/// A corpus in the layout of MSP-Podcast: `Audios/`, `Labels/labels_consensus.csv` and, where it has them,
/// `Labels/labels_detailed.csv` and `Transcripts/NAME.txt`.
public struct Corpus: Sendable {
  /// What is read besides the consensus labels.
  public struct Parts: OptionSet, Sendable {
    /// One bit for each part.
    public let rawValue: Int

    /// Parts by their bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The ratings of `labels_detailed.csv`.
    public static let ratings = Parts(rawValue: 1)
    /// The transcripts: one small file for each utterance.
    public static let transcripts = Parts(rawValue: 2)
    /// Everything.
    public static let all: Parts = [.ratings, .transcripts]
  }

  /// The corpus's folder.
  public let folder: URL
  /// The utterances, in the order of `labels_consensus.csv`.
  public var utterances: [Utterance]

  /// A corpus of utterances that are at hand already.
  public init(folder: URL, utterances: [Utterance]) {
    self.folder = folder
    self.utterances = utterances
  }

  /// Reads a corpus strictly: the first thing that is wrong in a label file or transcript is thrown, with its place and
  /// what is allowed. Audio is not opened; `CorpusCheck` does that.
  ///
  /// Throws `CorporaError`.
  public init(contentsOf folder: URL, including parts: Parts = .all) throws {
    let (corpus, findings) = try Self.usable(in: folder, including: parts)
    let errors = findings.filter { $0.severity == .error }
    if let first = errors.first {
      throw CorporaError.invalid(first, corpus: folder.path, others: errors.count - 1)
    }
    self = corpus
  }

  /// Reads what can be used of a corpus that has faults: rows and ratings without one, and everything that was found.
  /// A transcript that is not UTF-8 is left out. Audio is not opened.
  ///
  /// Throws `CorporaError` where nothing can be read, such as a folder that is missing.
  public static func usable(
    in folder: URL, including parts: Parts = .all
  ) throws -> (corpus: Corpus, findings: [Finding]) {
    var tables = try LabelTables(folder: folder, includingRatings: parts.contains(.ratings))
    let transcripts =
      parts.contains(.transcripts)
      ? Set(try CorpusLayout.files(in: folder.appending(path: CorpusLayout.transcripts))) : []
    let audios = folder.appending(path: CorpusLayout.audios, directoryHint: .isDirectory)
    var findings = tables.findings
    var corpus = Corpus(folder: folder, utterances: [])
    corpus.utterances.reserveCapacity(tables.rows.count)
    let files = tables.rows.map { row -> String? in
      let name = "\(Utterance.name(ofFile: row.fileName)).txt"
      return transcripts.contains(name) ? "\(CorpusLayout.transcripts)/\(name)" : nil
    }
    let root = folder.path
    let texts = try Parallel.map(files.count) { index -> String? in
      guard let file = files[index] else { return nil }
      return String(validating: try SmallFile.read("\(root)/\(file)"), as: UTF8.self)?
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }
    for (index, row) in tables.rows.enumerated() {
      guard let consensus = row.consensus, let split = row.split else { continue }
      let text = texts[index]
      if text == nil, let file = files[index] { findings.append(.transcriptEncoding(file: file)) }
      corpus.utterances.append(
        Utterance(
          fileName: row.fileName, audio: audios.appending(path: row.fileName, directoryHint: .notDirectory),
          consensus: consensus, attributes: row.attributes, speaker: row.speaker, gender: row.gender, split: split,
          transcript: text, ratings: tables.takeRatings(of: row.fileName), extra: row.extra))
    }
    return (corpus, findings)
  }

  /// The utterances of a split, in order.
  public subscript(split: Split) -> [Utterance] { utterances.filter { $0.split == split } }

  /// The names of the speakers, sorted.
  public var speakers: [String] { Set(utterances.compactMap(\.speaker)).sorted() }
}

extension Finding {
  static func transcriptEncoding(file: String) -> Finding {
    Finding(.error, .wrongEncoding, file: file, message: CSVTable.Problem.notUTF8.message)
  }
}
