import Emotion
import Evaluation
import Foundation
import TestSupport
import Testing

@Suite("affect train, evaluate and predict", .serialized)
struct TrainTests {
  let scratch: TemporaryFolder
  let corpus: ToneCorpus

  init() throws {
    scratch = try TemporaryFolder()
    corpus = try ToneCorpus(at: scratch("corpus"))
  }

  func train(_ output: String, _ more: [String] = []) -> [String] {
    ["train", "quick", "--corpus", "corpus", "--output", output] + ToneCorpus.settings.flatMap { ["--set", $0] } + more
  }

  func run(_ arguments: [String]) throws -> Command.Result {
    let quoted = arguments.map { "'\($0)'" }.joined(separator: " ")
    return try Command.shell("\"$affect\" \(quoted)", in: scratch.url)
  }

  /// `metrics.jsonl` without what differs from run to run.
  func metrics(_ run: String) throws -> String {
    try scratch.text("\(run)/metrics.jsonl").replacing(/"seconds":[^,}]*/, with: "")
  }

  func bytes(_ path: String) throws -> Data { try Data(contentsOf: scratch(path)) }

  @Test("A training killed at any moment goes on to the same predictions and bundle, byte for byte")
  func killed() throws {
    let start = Date()
    let whole = try run(train("whole", ["--features", "f1"]))
    let duration = Date().timeIntervalSince(start)
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(whole.output.contains("predictions: \(scratch("whole/predictions/Test1.csv").path)"))

    // Moments all over the run, each time from where the last kill left it; the first as soon as features appear.
    var random = SystemRandomNumberGenerator()
    var delays = (0..<7).map { _ in Double.random(in: 0...duration, using: &random) }
    var kills = 0
    for attempt in 0..<8 {
      let process = Command.process(train("killed", ["--features", "f2", "--resume"]), in: scratch.url)
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.start()
      if attempt == 0 {
        while process.isRunning && scratch.files("f2").isEmpty { usleep(500) }
      } else {
        usleep(UInt32(delays.removeLast() * 1e6))
      }
      if process.isRunning {
        kill(process.processIdentifier, SIGKILL)
        kills += 1
      }
      process.waitUntilExit()
      // Whatever carries a final name is whole.
      for file in scratch.files("killed") where !file.contains(".part") {
        let data = try bytes("killed/\(file)")
        #expect(!data.isEmpty, "\(file)")
        if file.hasSuffix("bundle/model.safetensors") { #expect(try data == bytes("whole/\(file)")) }
      }
    }
    #expect(kills > 0)
    let resumed = try run(train("killed", ["--features", "f2", "--resume"]))
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.output.replacingOccurrences(of: "killed", with: "whole") == whole.output)
    for file in [
      "predictions/Test1.csv", "predictions/Development.csv", "bundle/model.safetensors", "bundle/config.json",
    ] {
      #expect(try bytes("killed/\(file)") == bytes("whole/\(file)"), "\(file)")
    }
    #expect(try metrics("killed") == metrics("whole"))
    #expect(scratch.files("killed") == scratch.files("whole"))
    #expect(!scratch.files("killed").contains { $0.contains(".part") })

    let refused = try run(train("whole"))
    #expect(refused.status == 1)
    #expect(
      refused.errors
        == "affect: \(scratch("whole").path) holds a run already; go on with it by --resume, or give another --output\n"
    )
  }

  @Test("A training that is stopped leaves no bundle; gone on with, its predictions and its bundle serve")
  func stopped() throws {
    let long = ["--set", "training.stages.0.epochs=60", "--set", "training.stages.0.patience=60"]
    let process = Command.process(train("run", long), in: scratch.url)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.start()
    while process.isRunning && !scratch.files("run").contains("checkpoints/last.safetensors") { usleep(1000) }
    // Ctrl-C does the same, but what starts the tests may have it ignored.
    process.terminate()
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(process.terminationStatus == SIGTERM)
    #expect(!scratch.files("run").contains("bundle/config.json"))
    let resumed = try run(train("run", long + ["--resume", "--json"]))
    #expect(resumed.status == 0)
    #expect(resumed.errors.contains("going on in "))
    let report = try #require(resumed.json as? [String: Any])
    #expect(try #require(report["macroF1"] as? Double) > 0.8)

    let evaluate = ["evaluate", "--predictions", "run/predictions/Test1.csv", "--labels", "corpus", "--split", "Test1"]
    let evaluated = try run(evaluate + ["--json"])
    #expect(evaluated.status == 0)
    // What training says of its predictions, and more beside it.
    let judged = try #require(evaluated.json as? [String: Any])
    let read = { (text: String) in try JSONDecoder().decode(EvaluationReport.self, from: Data(text.utf8)) }
    #expect(try read(evaluated.output) == read(resumed.output))
    #expect(judged["intervals"] != nil && judged["reliability"] != nil)
    let text = try run(evaluate)
    #expect(text.output.hasPrefix("18 utterances\n\n95 % intervals"))
    let mismatch = try run(Array(evaluate.dropLast(2)))
    #expect(mismatch.status == 1)
    #expect(mismatch.errors.contains("36 files with a label but no prediction"))
    try predictions()
    try folders()
    try pipes()
  }

  /// Recognises with the bundle that `stopped` trained.
  func predictions() throws {
    let good = corpus.clips.filter { $0.split == "Test1" }.prefix(2).map { "corpus/Audios/\($0.fileName)" }
    try scratch.write("words", "text.wav")
    try scratch.write("words", "nothing/words.txt")
    let files = [good[0], "none.wav", good[1], "text.wav", "nothing", good[0]]
    let errors = """
      affect: \(scratch("none.wav").path): there is no such file
      affect: \(scratch("text.wav").path): this is no audio file in any format that the installed FFmpeg knows
      affect: \(scratch("nothing").path): holds no recording that can be read; files such as .wav, .mp3, .m4a or .mp4 are expected

      """
    let expected = try Predictions(contentsOf: scratch("run/predictions/Test1.csv"))
    func predict(_ format: String) throws -> String {
      let result = try run(["predict"] + files + ["--model", "run/bundle", "--format", format])
      #expect(result.status == 1)
      #expect(result.errors == errors)
      return result.output
    }

    let list = try JSONSerialization.jsonObject(with: Data(predict("json").utf8))
    let recordings = try #require(list as? [[String: Any]])
    #expect(recordings.map { $0["file"] as? String } == files)
    #expect(recordings.map { $0["error"] == nil } == [true, false, true, false, false, true])
    #expect(recordings.map { ($0["segments"] as? [Any])?.count } == [1, nil, 1, nil, nil, 1])

    let lines = try predict("jsonl").split(separator: "\n")
    #expect(lines.count == 3)
    for (line, file) in zip(lines, [good[0], good[1], good[0]]) {
      let row = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(row["file"] as? String == file)
      let scores = try #require(row["probabilities"] as? [String: Double])
      let clip = try #require(expected.rows.first { file.hasSuffix($0.fileName) })
      for (emotion, probability) in zip(expected.classes, clip.probabilities) {
        #expect(abs(try #require(scores[emotion.rawValue]) - probability) < 1e-5)
      }
      #expect(row["emotion"] as? String == clip.emotion.rawValue)
    }

    let csv = try predict("csv").split(separator: "\n")
    #expect(csv[0] == "file,start,end,emotion,angry,sad,neutral,arousal,abstains,entropy,speaker,text,notes")
    #expect(csv.count == 4)
    #expect(csv[1].hasPrefix("\(good[0]),0.000,0.400,"))
    let table = try predict("table").split(separator: "\n")
    #expect(table.count == 4)
    #expect(table[0].hasPrefix("file "))
    #expect(table[3].hasPrefix(good[0]))

    let sound = try run(["predict", good[0], "--model", "run/bundle", "--json"])
    #expect(sound.status == 0)
    #expect(sound.errors.isEmpty)
    #expect((sound.json as? [Any])?.count == 1)
  }

  /// Folders become folders of timelines; those that are there stay as they are.
  func folders() throws {
    let names = corpus.clips.filter { $0.split == "Test1" }.map(\.fileName).prefix(3)
    try scratch.write("words", "calls/broken.wav")
    try FileManager.default.createDirectory(at: scratch("calls/deep"), withIntermediateDirectories: true)
    for name in names {
      try FileManager.default.copyItem(
        at: scratch("corpus/Audios/\(name)").resolvingSymlinksInPath(), to: scratch("calls/deep/\(name)"))
    }
    let arguments = ["predict", "calls", "--model", "run/bundle", "--format", "rttm", "--output", "timelines"]
    let first = try run(arguments)
    #expect(first.status == 1)
    #expect(first.errors.contains("3 of 4 recordings are in timelines"), "\(first.errors)")
    #expect(first.errors.contains("broken.wav: this is no audio file"))
    let stems = names.map { String($0.dropLast(4)) }
    let written = try stems.map { try scratch.text("timelines/deep/\($0).rttm") }
    #expect(written.allSatisfy { $0.hasPrefix("SPEAKER ") })
    #expect(!FileManager.default.fileExists(atPath: scratch("timelines/broken.rttm").path))
    // A file that is there is a recording that is done, whatever it holds; the others are made.
    try scratch.write("kept", "timelines/deep/\(stems[0]).rttm")
    try FileManager.default.removeItem(at: scratch("timelines/deep/\(stems[1]).rttm"))
    try FileManager.default.removeItem(at: scratch("calls/broken.wav"))
    let second = try run(arguments)
    #expect(second.status == 0 && second.errors.contains("3 of 3 recordings are in timelines, 2 of them from before"))
    #expect(try stems.map { try scratch.text("timelines/deep/\($0).rttm") } == ["kept"] + written.dropFirst())

    let piped = try Command.shell(
      "cat calls/deep/\(names[0]) | \"$affect\" predict - --model run/bundle --format jsonl", in: scratch.url)
    #expect(piped.status == 0 && piped.output.contains("\"file\":\"-\""), "\(piped.errors)")
    try scratch.write("start,end,speaker\n0,0.2,Ann\n0.1,0.4,Bo\n", "parts.csv")
    let parts = try run([
      "predict", "calls/deep/\(names[0])", "--model", "run/bundle", "--format", "csv", "--segments", "parts.csv",
    ])
    let columns = parts.output.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).suffix(3)
    }
    #expect(columns.map(\.first) == ["speaker", "Ann", "Bo"])
    #expect(columns.dropFirst().allSatisfy { $0.last == "too short" })
    for (arguments, message) in [
      (["calls", "--format", "srt"], "a file in the format srt holds one recording; give --output DIR for 3"),
      (["calls", "--segments", "parts.csv"], "segments are of one recording, and 3 recordings are given"),
      (["calls", "calls", "--output", "twice"], "give their folder instead"),
    ] {
      let wrong = try run(["predict"] + arguments + ["--model", "run/bundle"])
      #expect(wrong.status == 2 && wrong.errors.contains(message), "\(wrong.errors)")
    }
  }

  /// Whoever reads the results may stop at any time; a disk may be full.
  func pipes() throws {
    let predict = "\"$affect\" predict corpus/Audios/Test1*.wav --model run/bundle"
    for trap in ["", "trap '' PIPE; "] {
      let result = try Command.shell("\(trap){ \(predict); echo $? > status; } | true", in: scratch.url)
      #expect(result.errors.isEmpty)
      #expect(try scratch.text("status") == "141\n", "as other commands end on a broken pipe")
    }
    let head = try Command.shell("\(predict) | head -1", in: scratch.url)
    #expect(head.output.hasPrefix("file "))
    #expect(head.output.count { $0 == "\n" } == 1)
    #if os(Linux)
      let full = try Command.shell("\(predict) > /dev/full", in: scratch.url)
      #expect(full.status == 1)
      #expect(full.errors.hasPrefix("affect: the results can't be written to standard output: "))
      #expect(full.errors.contains("No space left on device"))
    #endif
  }

  @Test("Each speaker is tested once in folds, and what all folds say stands together")
  func folds() throws {
    let result = try run(
      train("folds", ["--folds", "3", "--set", "training.stages.0.epochs=2", "--set", "training.stages.1.epochs=1"]))
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("mean of folds: UAR"))
    #expect(try Predictions(contentsOf: scratch("folds/predictions/folds.csv")).rows.count == 54)
    for fold in 0..<3 { #expect(scratch.files("folds/fold-\(fold)").contains("bundle/config.json")) }
    #expect(scratch.files("folds").contains("folds.json"))
  }
}
