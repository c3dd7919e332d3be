import Foundation
import HTTPTypes
import Recognition

/// The formats that a timeline is given out in.
enum TimelineExport: String, CaseIterable, Sendable {
  case json, jsonl, csv
  /// See `TimelineFormat`.
  case textgrid, rttm, srt, elan, audformat, labelstudio

  private var format: TimelineFormat? { TimelineFormat(rawValue: rawValue) }

  /// The format of a parameter's value; nil stands for JSON. Throws a problem that lists them.
  init(parameter: String?) throws(Problem) {
    guard let parameter else {
      self = .json
      return
    }
    guard let found = Self(rawValue: parameter) else {
      throw .badRequest(
        "there is no format '\(parameter.prefix(100))'; there are \(Self.allCases.map(\.rawValue).joined(separator: ", "))",
        parameter: "format")
    }
    self = found
  }

  var mediaType: String {
    switch self {
    case .json: "application/json"
    case .jsonl: "application/jsonl"
    case .csv, .audformat: "text/csv; charset=utf-8"
    case .labelstudio: "application/json"
    case .elan: "application/xml"
    case .textgrid, .rttm, .srt: "text/plain; charset=utf-8"
    }
  }

  var fileExtension: String { format?.fileExtension ?? rawValue }

  /// The timeline in this format.
  func data(_ timeline: Timeline, classes: [String], attributes: [String]) throws -> Data {
    switch self {
    case .json: return JSONText.data(timeline)
    case .jsonl: return Data(timeline.segments.map { JSONText.string($0) + "\n" }.joined().utf8)
    case .csv:
      var rows = [(["start", "end", "emotion"] + classes + attributes).joined(separator: ",")]
      for segment in timeline.segments {
        let numbers = classes.map { segment.probabilities[$0] } + attributes.map { segment.attributes[$0] }
        rows.append(
          ["\(segment.start)", "\(segment.end)", segment.emotion].joined(separator: ",")
            + numbers.map { "," + ($0.map { "\($0)" } ?? "") }.joined())
      }
      return Data((rows.joined(separator: "\n") + "\n").utf8)
    case .textgrid, .rttm, .srt, .elan, .audformat, .labelstudio:
      let recognized = Recognition.Timeline(
        file: timeline.file ?? "recording", duration: timeline.duration,
        segments: timeline.segments.map { $0.recognized(classes) })
      return Data((try format?.text(of: [recognized]) ?? "").utf8)
    }
  }
}
