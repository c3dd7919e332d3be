import Emotion
import Foundation

/// The files of one release of MSP-Podcast: where they lie and how they are named differs from release to release.
struct Release {
  let folder: URL
  /// The audio's folder, relative to the release.
  let audios: String
  private let labels: URL
  private let names: [String]

  init(_ folder: URL, expected: String) throws {
    self.folder = folder
    let top = try CorpusLayout.files(in: folder)
    func isFolder(_ path: String) -> Bool {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: folder.appending(path: path).path, isDirectory: &isFolder)
        && isFolder.boolValue
    }
    func pick(_ wanted: [String]) -> String? {
      top.first { wanted.contains($0.lowercased()) && isFolder($0) }
    }
    guard var audios = pick(["audios", "audio"]) else {
      throw CorporaError.notFound(path: folder.appending(path: "Audios").path, expected: expected)
    }
    // Some releases unpack to Audios/Audio.
    if let inner = ["Audio", "Audios"].first(where: { isFolder("\(audios)/\($0)") }) { audios += "/\(inner)" }
    self.audios = audios
    labels = pick(["labels", "label"]).map { folder.appending(path: $0) } ?? folder
    names = try CorpusLayout.files(in: labels)
    guard !consensusNames.isEmpty else {
      throw CorporaError.notFound(path: labels.appending(path: "labels_consensus.csv").path, expected: expected)
    }
  }

  private func file(_ wanted: String...) -> URL? {
    wanted.lazy.compactMap { wanted in names.first { $0.lowercased() == wanted } }.first
      .map { labels.appending(path: $0) }
  }

  private var consensusNames: [URL] {
    [
      file("labels_consensus.csv", "labels_concensus.csv"), file("labels_consensus.json", "labels_concensus.json"),
      file("labels.txt"),
    ].compactMap { $0 }
  }

  /// Reads the consensus labels: of several files the CSV, else the JSON, else `labels.txt`.
  func readConsensus(
    into found: inout ImportSource, _ body: (ConsensusRow, inout ImportSource) throws -> Void
  ) throws {
    if let table = file("labels_consensus.csv", "labels_concensus.csv") {
      try readTable(table, required: ["FileName", "EmoClass"], into: &found) { file, row, found in
        try body(ConsensusRow(&file, row), &found)
      }
    } else if let json = file("labels_consensus.json", "labels_concensus.json") {
      try ReleaseJSON(json).consensus { try body($0, &found) }
    } else if let text = file("labels.txt") {
      try ReleaseText(text).read(
        consensus: { try body($0, &found) }, rating: { _ in }, fault: { found.faults.append($0) })
    }
  }

  /// Reads the ratings: of several files the CSV, else the JSON, else `labels.txt`. Without any there are none.
  func readRatings(into found: inout ImportSource, _ body: (RatingRow, inout ImportSource) throws -> Void) throws {
    if let table = file("labels_detailed.csv") {
      try readTable(table, required: ["FileName"], into: &found) { file, row, found in
        if let rating = RatingRow(&file, row) { try body(rating, &found) }
      }
    } else if let json = file("labels_detailed.json") {
      try ReleaseJSON(json).ratings { try body($0, &found) }
    } else if let text = file("labels.txt") {
      // What is wrong with the lines was found when the consensus was read, if it was.
      let isKnown = consensusNames.first == text
      try ReleaseText(text).read(
        consensus: { _ in }, rating: { try body($0, &found) }, fault: { if !isKnown { found.faults.append($0) } })
    } else {
      found.notes.append("there are no ratings (labels_detailed.csv, labels_detailed.json or labels.txt)")
    }
  }

  private func readTable(
    _ url: URL, required: [String], into found: inout ImportSource,
    _ body: (inout LabelFile, CSVTable.Row, inout ImportSource) throws -> Void
  ) throws {
    let name = "\(labels == folder ? "" : labels.lastPathComponent + "/")\(url.lastPathComponent)"
    var file = LabelFile(
      name: name, data: try CorpusLayout.data(of: url, expected: "labels", mapped: true), required: required)
    while let row = file.next() { try body(&file, row, &found) }
    found.faults += file.findings.filter { $0.severity > .note }
  }

  /// The split of each file in `Partitions.txt`, whose lines are `Test1; NAME.wav`, or the other way round.
  func partitions(_ found: inout ImportSource) throws -> [String: Split] {
    var splits = [String: Split]()
    for (line, parts) in try lines("partitions.txt", "partition.txt") {
      guard let name = parts.first(where: SourceFolder.isAudio),
        let split = parts.lazy.compactMap(SourceWords.split).first
      else {
        found.faults.append(
          Finding(
            .error, .malformedRow, file: "Partitions.txt", row: line,
            message: "is \"\(parts.joined(separator: "; "))\"; allowed is a split, a semicolon and a file"))
        continue
      }
      splits[name] = split
    }
    return splits
  }

  /// The speaker of each file in `Speaker_ids.txt`, whose lines are `NAME.wav; 127`.
  func speakers(_ found: inout ImportSource) throws -> [String: String] {
    var speakers = [String: String]()
    for (line, parts) in try lines("speaker_ids.txt") {
      guard let name = parts.first(where: SourceFolder.isAudio), parts.count >= 2,
        let speaker = parts.first(where: { $0 != name })
      else {
        found.faults.append(
          Finding(
            .error, .malformedRow, file: "Speaker_ids.txt", row: line,
            message: "is \"\(parts.joined(separator: "; "))\"; allowed is a file, a semicolon and a speaker"))
        continue
      }
      speakers[name] = SourceWords.speaker(speaker)
    }
    return speakers
  }

  private func lines(_ wanted: String...) throws -> [(line: Int, parts: [String])] {
    guard let name = try CorpusLayout.files(in: folder).first(where: { wanted.contains($0.lowercased()) }) else {
      return []
    }
    let data = try CorpusLayout.data(of: folder.appending(path: name), expected: "lines with semicolons")
    return SourceWords.text(data).text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated().compactMap { number, line in
        let parts = line.split(whereSeparator: { $0 == ";" || $0 == "," || $0 == "\t" })
          .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        return parts.isEmpty ? nil : (number + 1, parts)
      }
  }
}
