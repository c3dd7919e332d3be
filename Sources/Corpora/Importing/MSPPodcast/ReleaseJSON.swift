import Foundation

/// `labels_consensus.json` and `labels_detailed.json`: objects by file name, in the shapes of the releases. A whole file
/// is decoded at once; a release that has the CSV too is read from that.
struct ReleaseJSON {
  private let name: String
  private let files: [String: Any]

  init(_ url: URL) throws {
    name = url.lastPathComponent
    let data = try CorpusLayout.data(of: url, expected: "labels as JSON", mapped: true)
    do {
      guard let files = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
        throw CorporaError.fileSystem(path: url.path, problem: "is JSON, but no object by file name")
      }
      self.files = files
    } catch let error as CorporaError {
      throw error
    } catch {
      throw CorporaError.fileSystem(path: url.path, problem: "is no JSON: \(error.localizedDescription)")
    }
  }

  /// `{FILE: {EmoClass: …}}`, or the object in a list.
  func consensus(_ body: (ConsensusRow) throws -> Void) throws {
    for fileName in files.keys.sorted() {
      let object = files[fileName] as? [String: Any] ?? (files[fileName] as? [[String: Any]])?.first ?? [:]
      try body(ConsensusRow(fileName: fileName, place: (name, nil)) { Self.cell(object[$0]) })
    }
  }

  /// `{FILE: {WORKER: {EmoClass_Major: …}}}`, or a list of objects with `Name`, bare or under `Workers`.
  func ratings(_ body: (RatingRow) throws -> Void) throws {
    for fileName in files.keys.sorted() {
      let value = files[fileName]
      let named = value as? [String: Any] ?? [:]
      let list = value as? [[String: Any]] ?? named["Workers"] as? [[String: Any]]
      if let list {
        for object in list {
          let rater = Self.cell(object["Name"] ?? object["WorkerID"])
          try body(RatingRow(fileName: fileName, rater: rater) { Self.cell(object[$0]) })
        }
        continue
      }
      for rater in named.keys.sorted() {
        guard let object = named[rater] as? [String: Any] else { continue }
        try body(RatingRow(fileName: fileName, rater: rater) { Self.cell(object[$0]) })
      }
    }
  }

  /// A value as a cell; lists, as some releases have them for secondary emotions, with commas.
  private static func cell(_ value: Any?) -> String {
    switch value {
    case let text as String: text
    case let list as [Any]: list.map { cell($0) }.joined(separator: ",")
    case let number as NSNumber: number.stringValue
    default: ""
    }
  }
}

/// `labels.txt`: a line `NAME.wav; N; A:3.0; V:4.0; D:3.5;` for each file and, below it, one `EmoDetail` string a rater.
struct ReleaseText {
  private let name: String
  private let data: Data

  init(_ url: URL) throws {
    name = url.lastPathComponent
    data = try CorpusLayout.data(of: url, expected: "labels as text", mapped: true)
  }

  func read(
    consensus: (ConsensusRow) throws -> Void, rating: (RatingRow) throws -> Void, fault: (Finding) -> Void
  ) throws {
    var current: String?
    var number = 0
    for line in SourceWords.text(data).text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      number += 1
      let text = line.trimmingCharacters(in: .whitespaces)
      if text.isEmpty { continue }
      let parts = text.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
      if let first = parts.first, SourceFolder.isAudio(first) {
        current = first
        try consensus(Self.consensus(parts, (name, number)))
      } else if let current, let row = RatingRow(detail: text, of: current) {
        try rating(row)
      } else {
        fault(
          Finding(
            .error, .malformedRow, file: name, row: number,
            message: "is \"\(text.prefix(60))\"; allowed is NAME.wav; Class; A:x; V:y; D:z; or \(RatingRow.detailForm)")
        )
      }
    }
  }

  private static func consensus(_ parts: [String], _ place: (file: String, row: Int?)) -> ConsensusRow {
    ConsensusRow(fileName: parts[0], place: place) { column in
      let mark = ["EmoAct": "A:", "EmoVal": "V:", "EmoDom": "D:"][column]
      if let mark { return parts.first { $0.hasPrefix(mark) }.map { String($0.dropFirst(2)) } ?? "" }
      return column == "EmoClass" && parts.count > 1 ? parts[1] : ""
    }
  }
}
