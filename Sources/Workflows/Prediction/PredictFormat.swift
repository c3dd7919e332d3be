import Basics
import Emotion
import Foundation
import Recognition

/// How segments are written.
public enum PredictFormat: String, CaseIterable, Sendable {
  /// Columns for a terminal.
  case table
  /// One array of recordings.
  case json
  /// One line for each segment.
  case jsonl
  /// One row for each segment.
  case csv
  /// See `TimelineFormat`.
  case textgrid, rttm, srt, elan, audformat, labelstudio

  var timeline: TimelineFormat? { TimelineFormat(rawValue: rawValue) }

  /// The extension of files in this format.
  var fileExtension: String {
    switch self {
    case .table: "txt"
    case .json, .jsonl, .csv: rawValue
    default: timeline?.fileExtension ?? rawValue
    }
  }
}

/// Writes the segments of recordings in turn, those of plain formats as they come.
struct SegmentWriter {
  private struct Recording: Encodable {
    let file: String
    let error: String?
    let segments: [RecognizedSegment]?
  }

  private struct Row: Encodable {
    let file: String
    let start: Double
    let end: Double
    let emotion: EmotionClass?
    let abstains: Bool?
    let probabilities: [String: Double]
    let attributes: [String: Double]
    let entropy: Double
    let speaker: String?
    let channel: Int?
    let text: String?
    let candidates: [EmotionClass]?
    let signalToNoise: Double?
    let notes: [RecognizedSegment.Note]
    let explanation: Explanation?

    init(_ file: String, _ segment: RecognizedSegment) {
      self.file = file
      (start, end) = (segment.start, segment.end)
      (emotion, abstains) = (segment.emotion, segment.abstains)
      probabilities = Dictionary(
        uniqueKeysWithValues: segment.probabilities.map { ($0.emotion.rawValue, $0.probability) })
      (attributes, entropy) = (segment.attributes, segment.entropy)
      (speaker, channel, text) = (segment.speaker, segment.channel, segment.text)
      (candidates, signalToNoise) = (segment.candidates, segment.signalToNoise)
      (notes, explanation) = (segment.notes, segment.explanation)
    }
  }

  private let format: PredictFormat
  private let classes: [String]
  private let attributes: [String]
  private let width: Int
  /// Whether segments carry speakers, which then have a column in tables.
  private let hasSpeakers: Bool
  private let write: (String) throws -> Void
  private var held: [RecognizedSegment] = []
  private var timelines: [Timeline] = []
  private var recordings = 0

  /// - Parameter width: of the column of files in a table
  init(
    _ format: PredictFormat, classes: [String], attributes: [String], width: Int, hasSpeakers: Bool,
    write: @escaping (String) throws -> Void
  ) {
    self.format = format
    self.classes = classes
    self.attributes = attributes
    self.width = width
    self.hasSpeakers = hasSpeakers
    self.write = write
  }

  func begin() throws {
    switch format {
    case .json: try write("[\n")
    case .csv:
      let head = ["file", "start", "end", "emotion"] + classes + attributes
      // Behind what was there before: whoever reads columns by their places reads on.
      try write((head + ["abstains", "entropy", "speaker", "text", "notes"]).joined(separator: ",") + "\n")
    case .table:
      let head =
        ["file".padded(width), "  start", "    end", "emotion".padded(9)] + (classes + attributes).map { $0.padded(9) }
      try write((head + (hasSpeakers ? ["speaker"] : [])).joined(separator: " ") + "\n")
    default: break
    }
  }

  mutating func add(_ segment: RecognizedSegment, of file: String) throws {
    switch format {
    case .jsonl, .csv, .table: try write(row(file, segment))
    default: held.append(segment)
    }
  }

  /// Ends a recording.
  ///
  /// - Parameter failure: what was wrong with it, if anything was
  mutating func end(of file: String, duration: Double, failure: String?) throws {
    defer { held = [] }
    if format == .json {
      let recording = Recording(file: file, error: failure, segments: failure == nil ? held : nil)
      try write((recordings > 0 ? ",\n" : "") + CommandResult.encode(recording).dropLast())
    }
    recordings += 1
    guard let timeline = format.timeline, failure == nil else { return }
    let found = Timeline(file: file, duration: duration, segments: held)
    switch timeline {
    // One document or one heading holds all of them.
    case .audformat, .labelStudio: timelines.append(found)
    case .rttm, .textgrid, .srt, .elan: try write(timeline.text(of: [found]))
    }
  }

  func finish() throws {
    if format == .json { try write("\n]\n") }
    if let timeline = format.timeline, [.audformat, .labelStudio].contains(timeline) {
      try write(timeline.text(of: timelines))
    }
  }

  private func row(_ file: String, _ segment: RecognizedSegment) throws -> String {
    let emotion = segment.emotion?.rawValue ?? ""
    let numbers = segment.probabilities.map(\.probability) + attributes.compactMap { segment.attributes[$0] }
    switch format {
    case .jsonl:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(Row(file, segment)), as: UTF8.self) + "\n"
    case .csv:
      let fields =
        [quoted(file), decimals(segment.start), decimals(segment.end), emotion] + numbers.map { decimals($0, 6) }
      let further = [
        segment.abstains.map { "\($0)" } ?? "", decimals(segment.entropy, 6), quoted(segment.speaker ?? ""),
        quoted(segment.text ?? ""),
        segment.notes.map(\.rawValue).joined(separator: "; "),
      ]
      return (fields + further).joined(separator: ",") + "\n"
    default:
      let times = [segment.start, segment.end].map { decimals($0, 2).padded(7, leading: true) }
      let scores = numbers.map { decimals($0, 3).padded(9) }
      let fields =
        [file.padded(width)] + times + [(emotion + (segment.abstains == true ? "?" : "")).padded(9)] + scores
      let further = (hasSpeakers ? [segment.speaker ?? ""] : []) + segment.notes.map { "(\($0.rawValue))" }
      return (fields + further).joined(separator: " ") + "\n"
    }
  }

  private func quoted(_ field: String) -> String {
    field.contains(where: { ",\"\n\r".contains($0) }) ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
  }
}

extension String {
  /// The text filled with blanks to a width.
  fileprivate func padded(_ width: Int, leading: Bool = false) -> String {
    let blanks = String(repeating: " ", count: max(width - count, 0))
    return leading ? blanks + self : self + blanks
  }
}
