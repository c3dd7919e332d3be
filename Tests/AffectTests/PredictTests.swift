import Foundation
import TestSupport
import Testing

@Suite("affect predict on what is named, with what is asked for", .serialized)
struct PredictTests {
  let scratch: TemporaryFolder

  /// A corpus and a bundle that was trained on it, made once.
  private static let trained = Result {
    let folder = try TemporaryFolder()
    _ = try ToneCorpus(at: folder("corpus"))
    let settings = ToneCorpus.settings.flatMap { ["--set", $0] }
    let process = Command.process(
      ["train", "quick", "--corpus", "corpus", "--output", "run"] + settings, in: folder.url)
    let result = try Command.run(process)
    try #require(result.status == 0, "\(result.errors)")
    return folder
  }

  init() throws {
    scratch = try TemporaryFolder()
    let trained = try Self.trained.get()
    for name in ["corpus", "run"] {
      try FileManager.default.createSymbolicLink(at: scratch(name), withDestinationURL: trained(name))
    }
    try FileManager.default.createDirectory(at: scratch("tmp"), withIntermediateDirectories: true)
  }

  func predict(_ line: String) throws -> Command.Result {
    try Command.shell("TMPDIR=\"$PWD/tmp\" \"$affect\" predict --model run/bundle \(line)", in: scratch.url)
  }

  func rows(_ result: Command.Result) throws -> [[String: Any]] {
    try result.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test("Patterns that the shell left, and addresses, are recordings; what they lack is named")
  func names() throws {
    let pattern = try predict("'corpus/Audios/Test1-6-?-0.wav' --format jsonl")
    #expect(pattern.status == 0, "\(pattern.errors)")
    let names = ["A", "N", "S"].map { "corpus/Audios/Test1-6-\($0)-0.wav" }
    #expect(try rows(pattern).map { $0["file"] as? String } == names)
    let none = try predict("'corpus/*.mp3' \(names[0]) --format jsonl")
    #expect(none.status == 1 && none.errors == "affect: corpus/*.mp3: no file matches this pattern\n")
    #expect(try rows(none).count == 1)

    let server = try HubServer()
    try server.add(
      "owner/calls", ["call one.wav": Data(contentsOf: scratch(names[0])), "page.html": Data("<html>".utf8)])
    let folder = "\(server.endpoint)/owner/calls/resolve/main"
    let fetched = try predict("\(folder)/call%20one.wav \(names[0]) --format jsonl")
    #expect(fetched.status == 0, "\(fetched.errors)")
    let both = try rows(fetched)
    #expect(both.map { $0["file"] as? String } == ["\(folder)/call%20one.wav", names[0]])
    #expect(both[0]["probabilities"] as? NSDictionary == both[1]["probabilities"] as? NSDictionary)
    let written = try predict("\(folder)/call%20one.wav --format csv --output out")
    #expect(written.status == 0 && scratch.files("out") == ["call one.csv"], "\(written.errors)")
    let wrong = try predict("\(folder)/none.wav \(folder)/page.html \(names[0]) --format jsonl")
    #expect(wrong.status == 1)
    #expect(wrong.errors.contains("affect: \(folder)/none.wav: the server answers 404"), "\(wrong.errors)")
    #expect(wrong.errors.contains("affect: \(folder)/page.html: "), "\(wrong.errors)")
    #expect(wrong.errors.contains("no audio file in any format"))
    #expect(try rows(wrong).count == 1)
    // Nothing that was fetched is left.
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("tmp").path).isEmpty)
  }

  @Test("Channels are speakers, each scored as it would be alone")
  func channels() throws {
    let first = try samples("corpus/Audios/Test1-6-A-0.wav")
    let second = try samples("corpus/Audios/Test1-6-S-0.wav")
    try ToneCorpus.wav(zip(first, second).flatMap { [$0, $1] }, channels: 2).write(to: scratch("call.wav"))
    let split = try predict("call.wav --channels speakers --window 1 --format jsonl")
    #expect(split.status == 0, "\(split.errors)")
    let found = try rows(split)
    #expect(found.map { $0["speaker"] as? String } == ["channel 1", "channel 2"])
    #expect(found.map { $0["channel"] as? Int } == [1, 2])
    for (row, file) in zip(found, ["corpus/Audios/Test1-6-A-0.wav", "corpus/Audios/Test1-6-S-0.wav"]) {
      let alone = try rows(predict("\(file) --window 1 --format jsonl"))[0]
      #expect(row["emotion"] as? String == alone["emotion"] as? String)
    }
    let csv = try predict("call.wav --channels speakers --window 1 --format csv")
    #expect(csv.output.contains(",channel 2,"))
    let grid = try predict("call.wav --channels speakers --window 1 --format textgrid")
    #expect(grid.output.contains("name = \"channel 1\"") && grid.output.contains("name = \"channel 2\""))
    try scratch.write("start,end\n0,0.2\n", "parts.csv")
    let both = try predict("call.wav --channels speakers --segments parts.csv")
    #expect(both.status == 2 && both.errors.contains("--segments says who speaks"))
  }

  func samples(_ path: String) throws -> [Float] {
    let data = try Data(contentsOf: scratch(path)).dropFirst(44)
    return stride(from: data.startIndex, to: data.endIndex - 1, by: 2).map {
      Float(Int16(bitPattern: UInt16(data[$0]) | UInt16(data[$0 + 1]) << 8)) / 32_768
    }
  }

  @Test("Answers are withheld below a probability, as every format shows")
  func abstention() throws {
    let clip = "corpus/Audios/Test1-6-A-0.wav"
    for (threshold, abstains) in [(0.0, false), (1.0, true)] {
      let row = try rows(predict("\(clip) --window 1 --abstain-below \(threshold) --format jsonl"))[0]
      // The clip is shorter than half a second, which is too short for any answer.
      #expect(row["abstains"] as? Bool == true && row["notes"] as? [String] == ["too short"], "\(abstains)")
    }
    let plain = try rows(predict("\(clip) --format jsonl"))[0]
    #expect(plain["abstains"] == nil && plain["notes"] as? [String] == ["too short"])
    #expect(try predict("\(clip) --abstain-below 1 --format rttm").output.contains("? "))
    #expect(try predict("\(clip) --abstain-below 1 --format table").output.contains("(too short)"))
    #expect(try predict("\(clip) --abstain-below 1 --format csv").output.contains(",true,"))
    let json = try predict("\(clip) --abstain-below 1 --json")
    let segments = ((json.json as? [[String: Any]])?.first?["segments"] as? [[String: Any]]) ?? []
    #expect(segments.first?["abstains"] as? Bool == true)
    let wrong = try predict("\(clip) --abstain-below 2")
    #expect(wrong.status == 2 && wrong.errors.contains("withheld below a probability of 2.0"))
    // A threshold for a risk, kept in the bundle.
    let copy = try Command.shell("cp -rL run risky && \"$affect\" calibrate risky --risk 0.3", in: scratch.url)
    #expect(
      copy.status == 0 && copy.output.contains("No answer below a probability of"), "\(copy.errors)\(copy.output)")
    let own = try Command.shell("\"$affect\" predict --model risky/bundle \(clip) --format jsonl", in: scratch.url)
    #expect(try rows(own)[0]["abstains"] as? Bool == true)
  }

  @Test("Explanations come with each segment, in JSON and JSON lines alone")
  func explanations() throws {
    let clip = "corpus/Audios/Test1-6-A-0.wav"
    let row = try rows(predict("\(clip) --explain --format jsonl"))[0]
    let explanation = try #require(row["explanation"] as? [String: Any])
    #expect(explanation["emotion"] as? String == row["emotion"] as? String)
    #expect((explanation["streams"] as? [[String: Any]])?.first?["name"] as? String == "log-mel-80")
    let seconds = try #require(explanation["seconds"] as? [[String: Any]])
    #expect(seconds.count == 1 && seconds[0]["weight"] is Double && seconds[0]["attention"] == nil)
    #expect(try predict("\(clip) --explain --json").output.contains("\"explanation\""))
    let wrong = try predict("\(clip) --explain --format csv")
    #expect(wrong.status == 2 && wrong.errors.contains("explanations are written in json and jsonl, and not in csv"))
    let language = try predict("\(clip) --language en")
    #expect(language.status == 2 && language.errors.contains("--language is for the transcriber"))
    #expect(try predict(clip + " --explain --format jsonl").errors.isEmpty)
  }
}
