import Emotion
import Foundation

/// What was recognised in one recording.
public struct Timeline: Sendable {
  /// The recording, as it was given.
  public var file: String
  /// Seconds; at least the end of the last segment.
  public var duration: Double
  /// In the order of their beginnings.
  public var segments: [RecognizedSegment]

  /// A timeline; the duration reaches to the last segment's end at least.
  public init(file: String, duration: Double = 0, segments: [RecognizedSegment]) {
    self.file = file
    self.duration = max(duration, segments.map(\.end).max() ?? 0)
    self.segments = segments
  }

  /// Pieces of text one after the other under a name.
  struct Tier {
    /// What is said from `start` to `end`, in seconds.
    struct Entry {
      let start, end: Double
      let text: String
    }

    let name: String
    let entries: [Entry]
    /// Whether it holds what was said; the other tiers hold classes.
    let holdsWords: Bool
  }

  /// A tier of classes for each speaker, each followed by one of words, `NAME words`, where segments have text. Names are unique.
  func tiers(unnamed: String) -> [Tier] {
    var taken: Set<String> = []
    func unique(_ name: String) -> String {
      var (found, number) = (name, 2)
      while !taken.insert(found).inserted { (found, number) = ("\(name) (\(number))", number + 1) }
      return found
    }
    let classes = speakers(unnamed: unnamed)
    let names = classes.map { unique($0.name) }
    return zip(names, classes).flatMap { name, tier in
      let labels = tier.segments.map { Tier.Entry(start: $0.start, end: $0.end, text: $0.label) }
      let words = tier.segments.compactMap { segment in
        segment.words.map { Tier.Entry(start: segment.start, end: segment.end, text: $0) }
      }
      return [Tier(name: name, entries: labels, holdsWords: false)]
        + (words.isEmpty ? [] : [Tier(name: unique("\(name) words"), entries: words, holdsWords: true)])
    }
  }

  /// The segments of each speaker, and apart from them those that overlap: formats with tiers allow no overlap in one.
  private func speakers(unnamed: String) -> [(name: String, segments: [RecognizedSegment])] {
    var tiers: [(name: String, segments: [RecognizedSegment])] = []
    var counts: [String: Int] = [:]
    for segment in segments {
      let name = segment.speaker ?? unnamed
      let free = tiers.firstIndex { tier in
        (tier.name == name || tier.name.hasPrefix("\(name) ("))
          && (tier.segments.last?.end ?? 0) <= segment.start + 1e-9
      }
      if let free {
        tiers[free].segments.append(segment)
      } else {
        let number = counts[name, default: 0] + 1
        counts[name] = number
        tiers.append((number == 1 ? name : "\(name) (\(number))", [segment]))
      }
    }
    return tiers
  }
}

extension RecognizedSegment {
  /// The class as a label, `-` where the model knows none; with a question mark where no answer is given, so that whoever counts
  /// labels does not count it.
  var label: String { (emotion?.rawValue ?? "-") + (abstains == true ? "?" : "") }

  /// What is said, in one line; nil for nothing.
  var words: String? {
    let words = (text ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.isEmpty ? nil : words
  }
}
