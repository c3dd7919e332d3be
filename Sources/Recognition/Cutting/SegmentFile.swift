import Basics
public import Foundation

/// Reads segments of a recording from the files that tools for speech write.
public enum SegmentFile {
  /// Extensions of the files that are read.
  public static let extensions = ["csv", "rttm", "srt", "textgrid"]

  /// The segments in a file, sorted by their beginning.
  ///
  /// - RTTM: the `SPEAKER` lines, with their speakers.
  /// - TextGrid (Praat, long and short): the intervals that hold text; the tier's name is the speaker. UTF-8 and UTF-16.
  /// - SRT: its cues with their text; `Name: words` names a speaker only in a `speaker` column of CSV.
  /// - CSV: the columns `start` and `end` in seconds, and `speaker` and `text` where there are any.
  /// - Throws: `FileError` that names the line, or what the file ought to be
  public static func read(_ url: URL) throws -> [GivenSegment] {
    let text = try text(of: url)
    let lines = SegmentLines(url: url, text: text)
    let segments =
      switch url.pathExtension.lowercased() {
      case "rttm": try rttm(lines)
      case "srt": try srt(lines)
      case "csv": try csv(lines)
      case "textgrid": try textGrid(lines)
      default:
        throw FileError(
          url: url, message: "is no file of segments; .\(extensions.joined(separator: ", .")) are expected")
      }
    guard !segments.isEmpty else { throw FileError(url: url, message: "holds no segments; at least one is expected") }
    return segments.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
  }

  private static func text(of url: URL) throws -> String {
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw FileError(url: url, message: "can't be read: \(error.localizedDescription)")
    }
    let isWide = data.starts(with: [0xFE, 0xFF]) || data.starts(with: [0xFF, 0xFE])
    guard let text = String(data: data, encoding: isWide ? .utf16 : .utf8) else {
      throw FileError(url: url, message: "is no text in UTF-8 or UTF-16")
    }
    return text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
  }

  private static func rttm(_ lines: SegmentLines) throws -> [GivenSegment] {
    try lines.lines.compactMap { line in
      let fields = line.text.split(whereSeparator: \.isWhitespace).map(String.init)
      guard fields.first == "SPEAKER" else { return nil }
      guard fields.count >= 8, let start = Double(fields[3]), let length = Double(fields[4]) else {
        throw lines.error(
          line, "a line SPEAKER file channel start duration <NA> <NA> speaker is expected, not '\(line.text)'")
      }
      let speaker = fields[7] == "<NA>" ? nil : fields[7]
      return try lines.segment(line, start: start, end: start + length, speaker: speaker)
    }
  }

  private static func srt(_ lines: SegmentLines) throws -> [GivenSegment] {
    var found: [GivenSegment] = []
    var words: [String] = []
    func closeCue() {
      if !found.isEmpty, found[found.count - 1].text == nil, !words.isEmpty {
        found[found.count - 1].text = words.joined(separator: " ")
      }
      words = []
    }
    for (place, line) in lines.lines.enumerated() {
      guard line.text.contains("-->") else {
        // A cue's number stands on a line of its own before its times.
        let isNumber = Int(line.text.trimmingCharacters(in: .whitespaces)) != nil
        let isBeforeTimes = place + 1 < lines.lines.count && lines.lines[place + 1].text.contains("-->")
        if !(isNumber && isBeforeTimes), !found.isEmpty { words.append(line.text.trimmingCharacters(in: .whitespaces)) }
        continue
      }
      closeCue()
      let times = line.text.components(separatedBy: "-->").map { seconds($0.trimmingCharacters(in: .whitespaces)) }
      guard times.count == 2, let start = times[0], let end = times[1] else {
        throw lines.error(line, "times as 00:00:01,500 --> 00:00:03,000 are expected, not '\(line.text)'")
      }
      found.append(try lines.segment(line, start: start, end: end))
    }
    closeCue()
    return found
  }

  /// Seconds of hours:minutes:seconds,milliseconds; places of the screen that follow are left aside.
  private static func seconds(_ text: String) -> Double? {
    let parts = text.prefix { !$0.isWhitespace }.replacing(",", with: ".").split(separator: ":")
    guard (2...3).contains(parts.count) else { return nil }
    var sum = 0.0
    for part in parts {
      guard let number = Double(part), number >= 0 else { return nil }
      sum = sum * 60 + number
    }
    return sum
  }

  private static func csv(_ lines: SegmentLines) throws -> [GivenSegment] {
    guard let head = lines.lines.first else { return [] }
    let columns = try lines.fields(head).map { $0.lowercased() }
    guard let start = columns.firstIndex(of: "start"), let end = columns.firstIndex(of: "end") else {
      throw lines.error(
        head, "columns start and end, in seconds, are expected among: \(columns.joined(separator: ", "))")
    }
    let (speaker, text) = (columns.firstIndex(of: "speaker"), columns.firstIndex(of: "text"))
    return try lines.lines.dropFirst().map { line in
      let fields = try lines.fields(line)
      guard fields.count == columns.count, let from = Double(fields[start]), let to = Double(fields[end]) else {
        throw lines.error(
          line, "\(columns.count) fields with numbers for start and end are expected, not '\(line.text)'")
      }
      func field(_ column: Int?) -> String? { column.map { fields[$0] }.flatMap { $0.isEmpty ? nil : $0 } }
      return try lines.segment(line, start: from, end: to, speaker: field(speaker), text: field(text))
    }
  }

  /// Both forms of a TextGrid come down to the same values in the same order, in the short one without their names.
  private static func textGrid(_ lines: SegmentLines) throws -> [GivenSegment] {
    let values = lines.textGridValues()
    var place = 0
    func next() throws -> SegmentLines.Value {
      guard place < values.count else {
        throw FileError(url: lines.url, message: "ends in the middle of a tier; the whole TextGrid is expected")
      }
      defer { place += 1 }
      return values[place]
    }
    func number() throws -> Double {
      let value = try next()
      guard !value.isQuoted, let number = Double(value.text) else {
        throw lines.error(value.line, "a number is expected, not '\(value.text)'")
      }
      return number
    }
    func count() throws -> Int {
      let value = try number()
      guard value >= 0, value < 1e7 else { throw FileError(url: lines.url, message: "\(value) is no count") }
      return Int(value)
    }
    guard try next().text == "ooTextFile", try next().text == "TextGrid" else {
      throw FileError(url: lines.url, message: "is no TextGrid; the object class TextGrid is expected at its beginning")
    }
    _ = (try number(), try number(), try next())
    var found: [GivenSegment] = []
    for _ in 0..<(try count()) {
      let (kind, name) = (try next().text, try next().text)
      _ = (try number(), try number())
      for _ in 0..<(try count()) {
        let start = try number()
        guard kind == "IntervalTier" else {
          _ = try next()
          continue
        }
        let end = try number()
        let label = try next()
        let text = label.text.trimmingCharacters(in: .whitespacesAndNewlines)
        if !text.isEmpty {
          found.append(
            try lines.segment(label.line, start: start, end: end, speaker: name.isEmpty ? nil : name, text: text))
        }
      }
    }
    return found
  }
}
