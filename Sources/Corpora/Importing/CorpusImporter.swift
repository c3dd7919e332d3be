import Emotion
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

  /// The column that keeps a clip's label in the source's own word: `Acted` where actors were asked for it.
  var labelColumn: String { get }

  /// Finds the clips of a source and whatever does not fit. Throws `CorporaError`.
  func scan(_ source: URL, _ context: ImportContext) throws -> ImportSource
}

extension CorpusImporter {
  /// `Acted`
  public var labelColumn: String { "Acted" }
}

/// What an importer is given besides the source.
public struct ImportContext {
  /// How to import.
  public let options: ImportOptions
  let labels: LabelReader
}

/// The importers, by kind.
public enum Importers {
  /// Every importer, in the order in which they are listed to users.
  public static let all: [any CorpusImporter] = [
    MSPPodcastImporter(), RAVDESSImporter(), EMODBImporter(), CREMADImporter(), NEMOImporter(), TESSImporter(),
    SAVEEImporter(), UrduImporter(), IEMOCAPImporter(), MELDImporter(), AudformatImporter(), CSVImporter(),
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
  /// For `csv`: the table's column for each of `CSVImporter.roles`.
  public var columns: [String: String] = [:]
  /// For `csv`: the ends of the scale that attributes are on.
  public var scale: ClosedRange<Double> = Attribute.scale
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
