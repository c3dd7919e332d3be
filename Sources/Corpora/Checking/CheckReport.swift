/// Everything that a check found.
public struct CheckReport: Codable, Sendable, Equatable {
  /// The corpus's folder.
  public var corpus: String
  /// Rows of the consensus labels that could be read.
  public var utterances: Int
  /// Every finding: labels first, then transcripts, then audio.
  public var findings: [Finding]
  /// Seconds of each audio file that could be read, by file name.
  public var durations: [String: Double]

  /// Whether the corpus can be used: nothing is an error.
  public var isUsable: Bool { findings.allSatisfy { $0.severity != .error } }

  /// How many findings have the severity.
  public func count(_ severity: Finding.Severity) -> Int { findings.count { $0.severity == severity } }

  /// The report as text, worst first, by kind; each kind shows its first `limit` findings.
  public func text(limit: Int = 10) -> String {
    var lines = [
      "\(corpus): \(utterances) utterances, \(count(.error)) errors, \(count(.warning)) warnings, \(count(.note)) notes"
    ]
    for severity in Finding.Severity.allCases.reversed() {
      let byKind = Dictionary(grouping: findings.filter { $0.severity == severity }, by: \.kind)
      for kind in Finding.Kind.allCases {
        guard let found = byKind[kind] else { continue }
        lines.append("\(severity.rawValue): \(kind.rawValue), \(found.count)")
        lines += found.prefix(limit).map { "  \($0)" }
        if found.count > limit { lines.append("  and \(found.count - limit) more") }
      }
    }
    return lines.joined(separator: "\n")
  }
}
