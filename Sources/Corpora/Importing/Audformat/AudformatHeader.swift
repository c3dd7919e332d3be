import Emotion
import Foundation
import Yams

/// What `db.yaml` says of an audformat database, as far as an import needs it.
struct AudformatHeader {
  struct Column {
    let name: String
    let role: Role
    /// The scheme's name.
    let scheme: String
    /// The rater whose values they are; nil where nobody is named.
    let rater: String?
  }

  struct Table {
    let name: String
    let isSegmented: Bool
    let split: Split?
    /// Columns whose role is known.
    let columns: [Column]
    /// Whether the labels are what actors were asked for.
    var isDesired: Bool { name.lowercased().contains("desired") }
  }

  /// What the values of a column are, by the names that the format's conventions give to schemes.
  enum Role: Hashable {
    case emotion, speaker, gender, transcript
    case attribute(Attribute)

    init?(_ scheme: String) {
      // Schemes of the same kind are told apart by what follows, as in `transcription-word`.
      let base = scheme.lowercased().prefix { $0 != "-" && $0 != "." && $0 != "_" }
      switch base {
      case "emotion", "emotions", "emo": self = .emotion
      case "speaker": self = .speaker
      case "gender", "sex": self = .gender
      case "transcription", "transcript", "text": self = .transcript
      case "arousal", "activation": self = .attribute(.arousal)
      case "valence": self = .attribute(.valence)
      case "dominance": self = .attribute(.dominance)
      default: return nil
      }
    }
  }

  let tables: [Table]
  private let schemes: [String: [String: Any]]

  init(contentsOf file: URL) throws {
    let data = try CorpusLayout.data(of: file, expected: "the header of an audformat database")
    let loaded: Any?
    do {
      loaded = try Yams.load(yaml: SourceWords.text(data).text)
    } catch {
      throw CorporaError.fileSystem(path: file.path, problem: "is no YAML: \(error)")
    }
    guard let header = loaded as? [String: Any], let declared = header["tables"] as? [String: Any] else {
      throw CorporaError.fileSystem(path: file.path, problem: "has no tables; an audformat header lists them")
    }
    schemes = Self.objects(header["schemes"])
    let splits = Self.objects(header["splits"])
    tables = declared.keys.sorted().map { name in
      let table = declared[name] as? [String: Any] ?? [:]
      let columns = table["columns"] as? [String: Any] ?? [:]
      return Table(
        name: name, isSegmented: table["type"] as? String == "segmented",
        split: Self.split(of: name, table["split_id"] as? String, splits),
        columns: columns.keys.sorted().compactMap { column in
          let facts = columns[column] as? [String: Any] ?? [:]
          let scheme = facts["scheme_id"] as? String ?? column
          return Role(scheme).map {
            Column(name: column, role: $0, scheme: scheme, rater: facts["rater_id"] as? String)
          }
        })
    }
  }

  /// A split's type, else its name, else a word of the table's name, as in `emotion.test`.
  private static func split(of table: String, _ id: String?, _ splits: [String: [String: Any]]) -> Split? {
    if let id {
      return (splits[id]?["type"] as? String).flatMap(SourceWords.split) ?? SourceWords.split(id)
    }
    return table.split(separator: ".").lazy.compactMap { SourceWords.split(String($0)) }.first
  }

  /// The scale of a scheme that says its ends.
  func scale(_ scheme: String) -> ClosedRange<Double>? {
    guard let low = Self.number(schemes[scheme]?["minimum"]), let high = Self.number(schemes[scheme]?["maximum"]),
      low < high
    else { return nil }
    return low...high
  }

  /// A label's description where the scheme gives one, as in `{W: anger}`.
  func meaning(of label: String, in scheme: String) -> String? { labels(scheme)[label] as? String }

  /// The gender of each speaker where the speaker scheme's labels say it.
  func genders(_ scheme: String) -> [String: String] {
    labels(scheme).compactMapValues { facts in
      let facts = facts as? [String: Any]
      return (facts?["gender"] ?? facts?["sex"]) as? String
    }
  }

  /// The table, without media, that describes a scheme's labels.
  func labelTable(_ scheme: String) -> String? { schemes[scheme]?["labels"] as? String }

  private func labels(_ scheme: String) -> [String: Any] {
    guard let labels = schemes[scheme]?["labels"] as? [AnyHashable: Any] else { return [:] }
    return Dictionary(labels.map { ("\($0.key)", $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  private static func objects(_ value: Any?) -> [String: [String: Any]] {
    (value as? [String: Any] ?? [:]).mapValues { $0 as? [String: Any] ?? [:] }
  }

  private static func number(_ value: Any?) -> Double? { (value as? Int).map(Double.init) ?? value as? Double }
}
