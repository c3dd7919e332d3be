import Foundation

/// The part of a check that reads transcripts.
struct TranscriptCheck {
  let folder: URL
  let rows: [LabelTables.Row]

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
    for (index, row) in rows.enumerated() {
      let name = "\(Utterance.name(ofFile: row.fileName)).txt"
      let file = "\(CorpusLayout.transcripts)/\(name)"
      if left.remove(name) == nil {
        // The words of Test3 are withheld, as its labels are.
        if row.split != .test3 {
          findings.append(
            Finding(
              .warning, .missingTranscript, file: CorpusLayout.consensus, row: row.line, value: row.fileName,
              message: "\(row.fileName) has no transcript; expected is \(file)"))
        }
      } else if let data = try? Data(contentsOf: folder.appending(path: file)) {
        if let text = String(validating: data, as: UTF8.self) {
          if text.allSatisfy(\.isWhitespace) {
            findings.append(
              Finding(.warning, .emptyTranscript, file: file, message: "is empty; expected are the words spoken"))
          }
          marks.count(data, file: file)
        } else {
          findings.append(.transcriptEncoding(file: file))
        }
      } else {
        findings.append(Finding(.error, .missingTranscript, file: file, message: "can't be read"))
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

    private var seen = [
      Mark(byte: 13, name: "CR line ends"), Mark(byte: 34, name: "quotes"), Mark(byte: 44, name: "commas"),
    ]

    mutating func count(_ data: Data, file: String) {
      for index in seen.indices where data.contains(seen[index].byte) {
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
