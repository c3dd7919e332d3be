import Corpora
import Emotion
import Foundation

/// A folder for one test, removed with the last reference to it.
final class Scratch: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appending(path: "corpora-\(UUID().uuidString)", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes a file, its folders included.
  func write(_ text: String, to path: String) throws { try write(Data(text.utf8), to: path) }

  func write(_ data: Data, to path: String) throws {
    let file = url.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }

  func text(_ path: String) throws -> String { try String(contentsOf: url.appending(path: path), encoding: .utf8) }

  func files(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.appending(path: path).path).sorted()
  }
}

/// A small corpus without faults: six clips of four speakers.
enum SmallCorpus {
  static let header = "FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set"
  static let rows = [
    "a.wav,A,5.5,2,6,1,Female,Train",
    "b.wav,N,4,4,4,1,Female,Train",
    "c.wav,X,,,,2,Male,Train",
    "d.wav,H,5,6,4.25,3,Male,Development",
    "e.wav,O,3,3,3,4,Female,Test1",
    "f.wav,S,2,2,2,Unknown,Unknown,Test2",
  ]
  static let ratingsHeader = "FileName,WorkerID,EmoClass_Major,EmoClass_Second,EmoAct,EmoVal,EmoDom"
  static let ratings = [
    "a.wav,W1,Angry,\"Angry,Disgust\",6,2,7",
    "a.wav,W2,Angry,,5,2,5",
    "c.wav,W1,Sad,Other,,,",
    "c.wav,W2,Happy,,,,",
  ]

  static func write(
    to scratch: Scratch, rows: [String] = rows, ratings: [String] = ratings, header: String = header
  ) throws {
    try scratch.write(([header] + rows).joined(separator: "\n") + "\n", to: "Labels/labels_consensus.csv")
    try scratch.write(([ratingsHeader] + ratings).joined(separator: "\n") + "\n", to: "Labels/labels_detailed.csv")
    for name in ["a", "b", "c", "d", "e", "f"] {
      try scratch.write("audio of \(name)", to: "Audios/\(name).wav")
      try scratch.write("words of \(name)\n", to: "Transcripts/\(name).txt")
    }
  }
}

/// Stands for a decoder: the duration is the number of bytes divided by 10; a file that begins with `broken` fails.
struct NotAudio: Error, CustomStringConvertible {
  let description = "no audio stream"
}

let byteProbe: AudioProbe = { url in
  let data = try Data(contentsOf: url)
  if data.starts(with: Data("broken".utf8)) { throw NotAudio() }
  return AudioFacts(duration: Double(data.count) / 10, peak: data.allSatisfy { $0 == 0 } ? 0 : 0.5)
}
