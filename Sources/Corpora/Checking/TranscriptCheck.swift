import Foundation

/// The part of a check that reads transcripts.
struct TranscriptCheck {
  let folder: URL
  let rows: [LabelTables.Row]

  /// What is in a transcript.
  private enum Content: Sendable {
    case missing
    case unreadable
    case notText
    case text(isEmpty: Bool, marks: [Bool])
  }

  private static func content(_ path: String) -> Content {
    guard let bytes = try? SmallFile.read(path) else { return .unreadable }
    guard let text = String(validating: bytes, as: UTF8.self) else { return .notText }
    return .text(isEmpty: text.allSatisfy(\.isWhitespace), marks: Marks.bytes.map { bytes.contains($0) })
  }

  func run(progress: (CorpusProgress) -> Void) throws -> [Finding] {
    let transcripts = folder.appending(path: CorpusLayout.transcripts)
    guard FileManager.default.fileExists(atPath: transcripts.path) else {
      return [
        Finding(
          .note, .missingTranscript, file: CorpusLayout.transcripts,
          message: "there are no transcripts; text encoders need them (`affect transcribe` makes them)")
      ]
    }
    var findings = [Finding]()
    var marks = Marks()
    var left = Set(try CorpusLayout.files(in: transcripts)).subtracting([CorpusLayout.transcriptionRecord])
    let (there, names, root) = (left, rows.map { "\(Utterance.name(ofFile: $0.fileName)).txt" }, transcripts.path)
    let contents = try Parallel.map(rows.count) { index in
      there.contains(names[index]) ? Self.content("\(root)/\(names[index])") : .missing
    }
    for (index, row) in rows.enumerated() {
      let name = names[index]
      let file = "\(CorpusLayout.transcripts)/\(name)"
      left.remove(name)
      switch contents[index] {
      case .missing:
        // The words of Test3 are withheld, as its labels are.
        if row.split != .test3 {
          findings.append(
            Finding(
              .warning, .missingTranscript, file: CorpusLayout.consensus, row: row.line, value: row.fileName,
              message: "\(row.fileName) has no transcript; expected is \(file)"))
        }
      case .text(let isEmpty, let found):
        if isEmpty {
          findings.append(
            Finding(.warning, .emptyTranscript, file: file, message: "is empty; expected are the words spoken"))
        }
        marks.count(found, file: file)
      case .notText: findings.append(.transcriptEncoding(file: file))
      case .unreadable: findings.append(Finding(.error, .missingTranscript, file: file, message: "can't be read"))
      }
      progress(CorpusProgress(stage: "reading transcripts", completed: index + 1, total: rows.count))
    }
    findings += marks.findings
    for name in left.sorted() {
      findings.append(
        Finding(
          .warning, .transcriptWithoutUtterance, file: "\(CorpusLayout.transcripts)/\(name)",
          message: "belongs to no row of \(CorpusLayout.consensus)"))
    }
    return findings
  }

  /// Characters that do no harm here, but trip tools that put transcripts into tables: counted, with the first place.
  private struct Marks {
    private struct Mark {
      let byte: UInt8
      let name: String
      var count = 0
      var first = ""
    }

    static let bytes: [UInt8] = [13, 34, 44]

    private var seen = zip(Marks.bytes, ["CR line ends", "quotes", "commas"]).map { Mark(byte: $0, name: $1) }

    mutating func count(_ found: [Bool], file: String) {
      for index in seen.indices where found[index] {
        if seen[index].count == 0 { seen[index].first = file }
        seen[index].count += 1
      }
    }

    var findings: [Finding] {
      seen.filter { $0.count > 0 }.map { mark -> Finding in
        let others = mark.count == 1 ? "in no other transcript" : "in \(mark.count) transcripts"
        let kind: Finding.Kind = mark.byte == 13 ? .lineEnds : .transcriptPunctuation
        return Finding(
          .note, kind, file: mark.first, value: mark.name,
          message: "has \(mark.name) (\(others)); they are read as they are")
      }
    }
  }
}
