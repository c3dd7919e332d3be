import Foundation

extension Comparison {
  /// The comparison for a terminal.
  public var text: String {
    var blocks = ["\(count) utterances; \(method)"]
    let shown =
      Judgement.headlines.filter { headline in systems.contains { $0.metrics[headline.key] != nil } }
      + ["arousal", "valence", "dominance"].map { (key: "ccc.\($0)", name: "CCC \($0)") }.filter { headline in
        systems.contains { $0.metrics[headline.key] != nil }
      }
    var rows = [[""] + systems.map(\.name)]
    for (key, name) in shown {
      rows.append(
        [name]
          + systems.map { system in
            guard let value = system.metrics[key] else { return "–" }
            return decimal(value) + (system.intervals[key].map { " [\(decimal($0.low)), \(decimal($0.high))]" } ?? "")
          })
    }
    blocks.append(aligned(rows, leading: 1))
    for pair in pairs {
      var rows = [["\(pair.first) less \(pair.second)", "", "", "p bootstrap", "Holm", "p randomisation", "Holm"]]
      for key in Self.compared {
        guard let found = pair.differences[key] else { continue }
        rows.append([
          Self.name(key), (found.value >= 0 ? "+" : "") + decimal(found.value),
          found.interval.map { "[\(decimal($0.low)), \(decimal($0.high))]" } ?? "", decimal(found.bootstrapP),
          decimal(found.bootstrapHolm), found.randomisationP.map(decimal) ?? "–",
          found.randomisationHolm.map(decimal) ?? "–",
        ])
      }
      var text = aligned(rows, leading: 1)
      if let test = pair.mcNemar {
        text += "\nMcNemar: \(test.onlyFirst) right only by \(pair.first), \(test.onlySecond) only by \(pair.second); "
        text += "exact p \(decimal(test.exact)), Holm \(decimal(pair.mcNemarHolm ?? test.exact))"
      }
      blocks.append(text)
    }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  /// A metric as a person reads it.
  static func name(_ key: String) -> String {
    if key.hasPrefix("ccc.") { return "CCC \(key.dropFirst(4))" }
    return Judgement.headlines.first { $0.key == key }?.name ?? key
  }
}
