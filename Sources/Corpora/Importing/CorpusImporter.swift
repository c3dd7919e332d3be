public import Foundation

/// Reads one kind of corpus as it is distributed. A kind says what is in its folder; everything else (label map, splits,
/// links, files, report) is the same for all kinds, in `importCorpus`.
public protocol CorpusImporter: Sendable {
  /// The name on the command line, such as `crema-d`; the label map has the same name.
  var kind: String { get }
  /// The corpus in a few words, with its reference.
  var title: String { get }
  /// What the source folder should hold, for error messages.
  var expected: String { get }

  /// Finds the clips of a source folder and whatever does not fit. Throws `CorporaError`.
  func scan(_ source: URL) throws -> ImportSource
}

/// The importers, by kind.
public enum Importers {
  /// Every importer, in the order in which they are listed to users.
  public static let all: [any CorpusImporter] = [
    RAVDESSImporter(), EMODBImporter(), CREMADImporter(), NEMOImporter(), TESSImporter(),
  ]

  /// The importer of a kind. Throws `CorporaError.unknownImporter`, which lists the kinds.
  public static func named(_ kind: String) throws -> any CorpusImporter {
    guard let importer = all.first(where: { $0.kind == kind }) else {
      throw CorporaError.unknownImporter(kind: kind, known: all.map(\.kind))
    }
    return importer
  }
}

/// How to import.
public struct ImportOptions: Sendable {
  /// The user's own label map in place of the kind's.
  public var labelMap: URL?
  /// The split of each speaker, in place of the default rule; it must name every speaker.
  public var splits: [String: Split]?
  /// Whether a corpus that is at the output already is replaced.
  public var replacing = false

  /// The kind's label map, the default splits, nothing replaced.
  public init() {}
}

/// How far a long work has come.
public struct CorpusProgress: Sendable, Equatable {
  /// What is being done, such as `linking audio`.
  public let stage: String
  /// Units done.
  public let completed: Int
  /// Units in all.
  public let total: Int
}
