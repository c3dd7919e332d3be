/// One thing that is wrong, or worth knowing, in a corpus.
public struct Finding: Codable, Hashable, Sendable {
  /// How bad a finding is.
  public enum Severity: String, CaseIterable, Codable, Comparable, Sendable {
    /// Worth knowing; nothing has to be done.
    case note
    /// Training works, but the result may be worse or its figures too good.
    case warning
    /// The corpus can't be used as it is.
    case error

    /// Notes come before warnings, warnings before errors.
    public static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }

    private var rank: Int {
      switch self {
      case .note: 0
      case .warning: 1
      case .error: 2
      }
    }
  }

  /// What sort of thing was found.
  public enum Kind: String, CaseIterable, Codable, Sendable {
    case missingFile, wrongEncoding, lineEnds, malformedRow, missingColumn, duplicateColumn
    case badFileName, duplicateRow, unknownClass, notANumber, attributeOutOfRange, unknownSplit, unknownGender
    case speakerInTwoSplits, speakerOfTwoGenders, ratingWithoutUtterance
    case missingAudio, emptyAudio, unreadableAudio, silentAudio, shortAudio, longAudio, duplicateAudio
    case audioWithoutLabel
    case missingTranscript, emptyTranscript, transcriptWithoutUtterance, transcriptPunctuation
  }

  /// How bad it is.
  public var severity: Severity
  /// What sort of thing it is.
  public var kind: Kind
  /// The file, relative to the corpus.
  public var file: String
  /// The line of the file, from 1 (a label file's first line is its header); nil where the whole file is meant.
  public var row: Int?
  /// The column of a label file.
  public var column: String?
  /// The offending value.
  public var value: String?
  /// What is wrong and what would be right, without the place.
  public var message: String

  /// A finding.
  public init(
    _ severity: Severity, _ kind: Kind, file: String, row: Int? = nil, column: String? = nil, value: String? = nil,
    message: String
  ) {
    self.severity = severity
    self.kind = kind
    self.file = file
    self.row = row
    self.column = column
    self.value = value
    self.message = message
  }
}

extension Finding: CustomStringConvertible {
  /// The place, then what is wrong and what would be right.
  public var description: String {
    let place = row.map { "\(file), row \($0)" } ?? file
    return "\(place): \(message)"
  }
}
