import Audio
import Emotion
public import Foundation
import Recognition

/// `affect predict`
public struct PredictCommand {
  /// How segments are printed.
  public enum Format: String, CaseIterable, Sendable {
    /// Columns for a terminal.
    case table
    /// One array of recordings.
    case json
    /// One line for each segment.
    case jsonl
    /// One row for each segment.
    case csv
  }

  private let recognizer: Recognizer
  private let windows: WindowPlan
  private let damaged: DamagePolicy
  private let format: Format
  private let write: (String) throws -> Void

  /// A command that gives what it prints to `write`, segment by segment.
  ///
  /// - Parameters:
  ///   - window: seconds of a stretch; nil leaves recordings of up to 30 s whole and cuts longer ones into 5 s
  ///   - keepsDamaged: whether what can be decoded of a damaged file is recognised, instead of an error
  public init(
    bundle: URL, window: Double?, hop: Double?, keepsDamaged: Bool, format: Format,
    write: @escaping (String) throws -> Void
  ) throws {
    windows = Self.plan(window: window, hop: hop)
    if let fault = windows.fault { throw WindowError(message: fault) }
    recognizer = try Recognizer(bundle: bundle)
    damaged = keepsDamaged ? .keep : .reject
    self.format = format
    self.write = write
  }

  /// What is wrong with windows as a command line gives them, as a sentence; nil when they can be used.
  public static func fault(window: Double?, hop: Double?) -> String? { plan(window: window, hop: hop).fault }

  private static func plan(window: Double?, hop: Double?) -> WindowPlan {
    window.map { WindowPlan(window: $0, hop: hop, whole: $0) } ?? WindowPlan(hop: hop)
  }

  /// Recognises files in turn. One that can't be read or recognised does not keep the others from it.
  ///
  /// - Returns: what was wrong with the files that failed.
  /// - Throws: what `write` throws.
  public func run(_ files: [String]) throws -> [String] {
    var failures: [String] = []
    let width = max(files.map(\.count).max() ?? 0, 12)
    try write(opening(width))
    for (number, file) in files.enumerated() {
      var segments: [RecognizedSegment] = []
      // What `write` throws ends the command; it must not be taken for a fault of the file.
      var unwritten: (any Error)?
      var failure: String?
      do {
        try recognizer.recognize(file: URL(filePath: file), windows: windows, damaged: damaged) { segment in
          if format == .json {
            segments.append(segment)
            return
          }
          let row = try row(file, segment, width)
          do { try write(row) } catch {
            unwritten = error
            throw error
          }
        }
      } catch let error as AudioError {
        failure = error.description
      } catch {
        if let unwritten { throw unwritten }
        failure = "\(file): \(error)"
      }
      if let failure { failures.append(failure) }
      if format == .json {
        let recording = Recording(file: file, error: failure, segments: failure == nil ? segments : nil)
        try write(CommandResult.encode(recording).dropLast() + (number == files.count - 1 ? "\n" : ",\n"))
      }
    }
    if format == .json { try write("]\n") }
    return failures
  }

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
    let probabilities: [String: Double]
    let attributes: [String: Double]
  }

  private func opening(_ width: Int) -> String {
    let classes = recognizer.configuration.classes.map(\.rawValue)
    let attributes = recognizer.configuration.attributes.map(\.rawValue)
    switch format {
    case .json: return "[\n"
    case .jsonl: return ""
    case .csv: return (["file", "start", "end", "emotion"] + classes + attributes).joined(separator: ",") + "\n"
    case .table:
      return
        (["file".padded(width), "  start", "    end", "emotion ".padded(9)]
        + (classes + attributes).map { $0.padded(9) })
        .joined(separator: " ") + "\n"
    }
  }

  private func row(_ file: String, _ segment: RecognizedSegment, _ width: Int) throws -> String {
    let emotion = segment.emotion?.rawValue ?? ""
    let probabilities = segment.probabilities.map(\.probability)
    let attributes = recognizer.configuration.attributes.compactMap { segment.attributes[$0.rawValue] }
    switch format {
    case .json: return ""
    case .jsonl:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let row = Row(
        file: file, start: segment.start, end: segment.end, emotion: segment.emotion,
        probabilities: Dictionary(
          uniqueKeysWithValues: segment.probabilities.map { ($0.emotion.rawValue, $0.probability) }),
        attributes: segment.attributes)
      return String(decoding: try encoder.encode(row), as: UTF8.self) + "\n"
    case .csv:
      let numbers = [decimals(segment.start), decimals(segment.end)]
      let name = file.contains(where: { ",\"\n\r".contains($0) }) ? "\"\(file.replacing("\"", with: "\"\""))\"" : file
      return ([name] + numbers + [emotion] + (probabilities + attributes).map { decimals($0, 6) })
        .joined(separator: ",") + "\n"
    case .table:
      let times = [segment.start, segment.end].map { decimals($0, 2).padded(7, leading: true) }
      let scores = (probabilities + attributes).map { decimals($0, 3).padded(9) }
      return ([file.padded(width)] + times + [emotion.padded(9)] + scores).joined(separator: " ") + "\n"
    }
  }
}

extension String {
  /// The text filled with blanks to a width.
  fileprivate func padded(_ width: Int, leading: Bool = false) -> String {
    let blanks = String(repeating: " ", count: max(width - count, 0))
    return leading ? blanks + self : self + blanks
  }
}
