/// What of a corpus is in two of its splits.
public struct LeakReport: Codable, Sendable, Equatable {
  /// A clip as a report names it.
  public struct Clip: Codable, Sendable, Equatable {
    /// The file's name.
    public let fileName: String
    /// Its split.
    public let split: String
  }

  /// A speaker in two splits, with a clip in each.
  public struct Speaker: Codable, Sendable, Equatable {
    /// The speaker's name.
    public let speaker: String
    /// The first clip in each of the splits.
    public let clips: [Clip]
  }

  /// Two clips that sound alike.
  public struct AudioPair: Codable, Sendable, Equatable {
    /// The clip that comes first in the corpus.
    public let first: Clip
    /// The other one.
    public let second: Clip
    /// The share of the fingerprint's bits that differ: 0 for copies, about 0.5 for different recordings.
    public let difference: Double
    /// Seconds by which the second begins after the first.
    public let offset: Double
    /// Whether they are in different splits.
    public var isLeak: Bool { first.split != second.split }
  }

  /// Clips in two splits or more with the same words.
  public struct Text: Codable, Sendable, Equatable {
    /// The words, in lower case without punctuation.
    public let text: String
    /// The clips that say them.
    public let clips: [Clip]
  }

  /// The corpus's folder.
  public var corpus: String
  /// Speakers in two splits; unknown speakers are no speaker.
  public var speakers: [Speaker] = []
  /// Pairs of near-duplicates, in different splits and in the same.
  public var audio: [AudioPair] = []
  /// Texts in two splits.
  public var texts: [Text] = []
  /// Clips whose audio could not be compared, and why.
  public var notCompared: [String] = []

  /// Whether nothing of a test split is, as speaker or as audio, in another split.
  public var isClean: Bool { speakers.isEmpty && !audio.contains(where: \.isLeak) }
}

extension LeakReport: CustomStringConvertible {
  /// The report as text; each kind shows its first 20.
  public var description: String {
    let leaks = audio.filter(\.isLeak)
    var lines = [
      "\(corpus): \(speakers.count) speakers in two splits, \(leaks.count) pairs of near-duplicates in two splits "
        + "(\(audio.count - leaks.count) within one), \(texts.count) texts in two splits"
    ]
    func list(_ title: String, _ items: [String]) {
      guard !items.isEmpty else { return }
      lines.append("\(title): \(items.count)")
      lines += items.prefix(20).map { "  \($0)" }
      if items.count > 20 { lines.append("  and \(items.count - 20) more") }
    }
    list("speakers in two splits", speakers.map { "\($0.speaker): " + Self.names($0.clips) })
    list("near-duplicates in two splits", leaks.map(Self.line))
    list("near-duplicates in one split", audio.filter { !$0.isLeak }.map(Self.line))
    list("equal transcripts in two splits", texts.map { "\"\($0.text.prefix(60))\": " + Self.names($0.clips) })
    list("not compared", notCompared)
    return lines.joined(separator: "\n")
  }

  private static func line(_ pair: AudioPair) -> String {
    let percent = (pair.difference * 1000).rounded() / 10
    let offset = (pair.offset * 100).rounded() / 100
    return names([pair.first, pair.second]) + ", \(percent) % of bits differ, shifted by \(offset) s"
  }

  private static func names(_ clips: [Clip]) -> String {
    let more = clips.count > 6 ? " and \(clips.count - 6) more" : ""
    return clips.prefix(6).map { "\($0.fileName) (\($0.split))" }.joined(separator: " and ") + more
  }
}
