import Foundation

/// A format in which a transcript is written.
public enum TranscriptFormat: String, CaseIterable, Sendable {
  /// The words alone.
  case text
  /// Everything.
  case json
  /// SubRip's subtitles.
  case srt
  /// WebVTT's subtitles.
  case vtt

  /// The ending of a file's name.
  public var fileExtension: String { self == .text ? "txt" : rawValue }
}

extension Transcript {
  /// The transcript in a format, with a line feed at its end.
  public func written(as format: TranscriptFormat) throws -> String {
    switch format {
    case .text: return text + "\n"
    case .json:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    case .srt:
      return cues.enumerated().map { number, cue in
        // An arrow in the text would be taken for that of a time.
        let text = cue.text.replacingOccurrences(of: "-->", with: "->")
        return "\(number + 1)\n\(Self.time(cue.start, ",")) --> \(Self.time(cue.end, ","))\n\(text)\n"
      }.joined(separator: "\n")
    case .vtt:
      return "WEBVTT\n"
        + cues.map { cue in
          let text = cue.text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: "-->", with: "--&gt;")
          return "\n\(Self.time(cue.start, ".")) --> \(Self.time(cue.end, "."))\n\(text)\n"
        }.joined()
    }
  }

  /// The segments that have words, each on one line: a subtitle ends at an empty one.
  private var cues: [(start: Double, end: Double, text: String)] {
    segments.compactMap { segment in
      let text = segment.text.split(whereSeparator: \.isNewline).joined(separator: " ")
        .trimmingCharacters(in: .whitespaces)
      return text.isEmpty ? nil : (segment.start, segment.end, text)
    }
  }

  /// Hours, minutes, seconds and thousandths.
  private static func time(_ seconds: Double, _ separator: String) -> String {
    let total = Int((max(seconds, 0) * 1000).rounded())
    func digits(_ number: Int, _ count: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(count - text.count, 0)) + text
    }
    return digits(total / 3_600_000, 2) + ":" + digits(total / 60_000 % 60, 2) + ":" + digits(total / 1000 % 60, 2)
      + separator + digits(total % 1000, 3)
  }
}
