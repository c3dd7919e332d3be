/// Formats of other tools that a timeline is written in.
public enum TimelineFormat: String, CaseIterable, Sendable {
  /// Praat: an interval tier for each speaker.
  case textgrid
  /// NIST's rich transcription: one line for each segment, whose name is the class, with its probability as confidence.
  case rttm
  /// Subtitles.
  case srt
  /// ELAN's annotation file, a tier for each speaker.
  case elan
  /// A segmented table of audformat: times as pandas reads them.
  case audformat
  /// Label Studio's tasks with predictions.
  case labelStudio = "labelstudio"

  /// The extension of files in this format.
  public var fileExtension: String {
    switch self {
    case .textgrid: "TextGrid"
    case .rttm: "rttm"
    case .srt: "srt"
    case .elan: "eaf"
    case .audformat: "csv"
    case .labelStudio: "json"
    }
  }

  /// Whether one file holds the timelines of several recordings.
  public var holdsSeveral: Bool {
    switch self {
    case .textgrid, .srt, .elan: false
    case .rttm, .audformat, .labelStudio: true
    }
  }

  /// The timelines in this format; of one recording, unless it holds several.
  public func text(of timelines: [Timeline]) throws -> String {
    switch self {
    case .textgrid: timelines.map(TextGrid.text).joined()
    case .rttm: timelines.map(RTTM.text).joined()
    case .srt: timelines.map(SRT.text).joined()
    case .elan: timelines.map(ELAN.text).joined()
    case .audformat: AudformatTable.text(timelines)
    case .labelStudio: try LabelStudio.text(timelines)
    }
  }
}
