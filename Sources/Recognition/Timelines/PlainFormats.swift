import Basics
import Emotion
import Foundation

/// NIST RTTM (rich transcription time marks).
enum RTTM {
  static func text(_ timeline: Timeline) -> String {
    // Fields are parted by blanks, so that names hold none.
    let name = URL(filePath: timeline.file).deletingPathExtension().lastPathComponent
      .split(whereSeparator: \.isWhitespace).joined(separator: "_")
    return timeline.segments.map { segment in
      "SPEAKER \(name.isEmpty ? "recording" : name) 1 \(decimals(segment.start)) \(decimals(segment.end - segment.start)) "
        + "<NA> <NA> \(segment.label) \(decimals(segment.confidence, 4)) <NA>\n"
    }.joined()
  }
}

/// SubRip subtitles.
enum SRT {
  static func text(_ timeline: Timeline) -> String {
    timeline.segments.enumerated().map { number, segment in
      let share = Int((segment.confidence * 100).rounded())
      let head = [segment.speaker.map { "\($0):" }, segment.label, "\(share) %"].compactMap(\.self).joined(
        separator: " ")
      // A blank line ends a cue: words are one line.
      return "\(number + 1)\n\(time(segment.start)) --> \(time(segment.end))\n\(head)\n"
        + (segment.words.map { $0 + "\n" } ?? "") + "\n"
    }.joined()
  }

  private static func time(_ seconds: Double) -> String {
    let milliseconds = Int((seconds * 1000).rounded())
    let (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60)
    return String(
      format: "%02d:%02d:%02d,%03d", hours, minutes, milliseconds / 1000 % 60, milliseconds % 1000)
  }
}

/// A table with audformat's segmented index: file, start, end, and what was recognised. Booleans are written as pandas does.
enum AudformatTable {
  static func text(_ timelines: [Timeline]) -> String {
    let classes = timelines.lazy.flatMap(\.segments).first?.probabilities.map(\.emotion.rawValue) ?? []
    let head = (["file", "start", "end", "emotion"] + classes + ["abstains", "speaker"]).joined(separator: ",") + "\n"
    return head
      + timelines.flatMap { timeline in
        timeline.segments.map { segment in
          let probabilities = segment.probabilities.map { decimals($0.probability, 6) }
          return
            ([quoted(timeline.file), time(segment.start), time(segment.end), segment.emotion?.rawValue ?? "-"]
            + probabilities
            + [segment.abstains.map { $0 ? "True" : "False" } ?? "", quoted(segment.speaker ?? "")]).joined(
              separator: ",") + "\n"
        }
      }.joined()
  }

  /// As pandas writes a Timedelta.
  private static func time(_ seconds: Double) -> String {
    let micros = Int((seconds * 1_000_000).rounded())
    let (days, hours) = (micros / 86_400_000_000, micros / 3_600_000_000 % 24)
    return String(
      format: "%d days %02d:%02d:%02d.%06d", days, hours, micros / 60_000_000 % 60, micros / 1_000_000 % 60,
      micros % 1_000_000)
  }

  private static func quoted(_ field: String) -> String {
    field.contains { ",\"\n\r".contains($0) } ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
  }
}

/// Label Studio's tasks, to be imported with a labelling configuration `<Labels name="emotion" toName="audio">`.
enum LabelStudio {
  private struct Task: Encodable {
    struct Content: Encodable { let audio: String }
    let data: Content
    let predictions: [Prediction]
  }

  private struct Prediction: Encodable {
    let modelVersion: String
    let score: Double
    let result: [Region]
  }

  private struct Region: Encodable {
    struct Value: Encodable {
      let start, end: Double
      let labels: [String]
    }
    let id: String
    let fromName = "emotion"
    let toName = "audio"
    let type = "labels"
    let score: Double
    let value: Value
  }

  static func text(_ timelines: [Timeline]) throws -> String {
    let tasks = timelines.map { timeline in
      let regions = timeline.segments.enumerated().map { number, segment in
        Region(
          id: "segment-\(number + 1)", score: segment.confidence,
          value: .init(start: segment.start, end: segment.end, labels: [segment.label]))
      }
      let mean = regions.map(\.score).reduce(0, +) / Double(max(regions.count, 1))
      return Task(
        data: .init(audio: timeline.file), predictions: [.init(modelVersion: "affect", score: mean, result: regions)])
    }
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(tasks), as: UTF8.self) + "\n"
  }
}
