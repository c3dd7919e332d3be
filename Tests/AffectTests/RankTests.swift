import Evaluation
import Foundation
import TestSupport
import Testing

@Suite("affect train with several processes", .serialized)
struct RankTests {
  static let torchrun = SharedData.repository.appending(path: ".deps/venv/bin/torchrun")
  /// Nothing is drawn at random on a rank of its own, so that ranks come to what one process comes to.
  static let settings = [
    "model.dropout=0", "streams.0.masking.time_masks=0", "streams.0.masking.band_masks=0",
    "streams.1.masking.time_masks=0",
    "training.stages.0.mixup_probability=0", "training.stages.1.mixup_probability=0", "training.stages.0.epochs=6",
    // 18 clips: the last batch has a single one.
    "training.stages.0.batch_size=17",
  ]

  let scratch: TemporaryFolder
  let corpus: ToneCorpus

  init() throws {
    scratch = try TemporaryFolder()
    corpus = try ToneCorpus(at: scratch("corpus"))
  }

  func train(_ output: String, _ more: [String] = []) -> [String] {
    ["train", "quick", "--corpus", "corpus", "--output", output]
      + (ToneCorpus.settings + Self.settings + more).flatMap { ["--set", $0] }
  }

  /// Starts the ranks of a group by hand, so that nothing but they themselves can end them.
  func ranks(_ count: Int, _ arguments: [String], _ variables: [String: String] = [:]) throws -> [Process] {
    let port = try Together.freePort()
    return try (0..<count).map { rank in
      let process = Command.process(arguments, in: scratch.url)
      let own = [
        "RANK": "\(rank)", "WORLD_SIZE": "\(count)", "LOCAL_RANK": "\(rank)", "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": "\(port)",
      ]
      process.environment?.merge(own.merging(variables) { $1 }) { $1 }
      try scratch.write("", "out-\(rank)")
      try scratch.write("", "err-\(rank)")
      process.standardOutput = try FileHandle(forWritingTo: scratch("out-\(rank)"))
      process.standardError = try FileHandle(forWritingTo: scratch("err-\(rank)"))
      try process.start()
      return process
    }
  }

  /// The numbers of `metrics.jsonl`, the seconds aside.
  func metrics(_ run: String) throws -> [[String: Double]] {
    try scratch.text("\(run)/metrics.jsonl").split(separator: "\n").map { line in
      let row = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      return row.compactMapValues { $0 as? Double }.filter { $0.key != "seconds" }
    }
  }

  @Test(
    "Two processes of torchrun come to what one comes to, and one speaks",
    .enabled(if: FileManager.default.fileExists(atPath: torchrun.path), "needs the peers in .deps/venv"))
  func two() throws {
    let one = try Command.shell(quoted(["$affect"] + train("one")), in: scratch.url)
    try #require(one.status == 0, "\(one.errors)")
    let launcher = ["\(Self.torchrun.path)", "--standalone", "--no-python", "--nproc-per-node", "2", "$affect"]
    let two = try Command.shell(quoted(launcher + train("two")), in: scratch.url)
    try #require(two.status == 0, "\(two.errors)")
    #expect(two.output.replacing("\(scratch("two").path)", with: scratch("one").path) == one.output)
    #expect(two.errors.split(separator: "\n").count { $0.contains("2 processes train together") } == 1)
    #expect(two.errors.split(separator: "\n").count { $0.contains("epoch 1/6: loss ") } == 1)
    #expect(scratch.files("two") == scratch.files("one"))

    let (alone, together) = (try metrics("one"), try metrics("two"))
    #expect(alone.count >= 7 && together.count == alone.count)
    for (a, b) in zip(alone, together) {
      #expect(a.keys.sorted() == b.keys.sorted())
      for (key, value) in a { #expect(abs(value - (b[key] ?? .infinity)) < 1e-5, "\(key)") }
    }
    let (first, second) = (
      try Predictions(contentsOf: scratch("one/predictions/Test1.csv")),
      try Predictions(contentsOf: scratch("two/predictions/Test1.csv"))
    )
    #expect(first.rows.count == 18 && second.rows.count == 18)
    for (a, b) in zip(first.rows, second.rows) {
      #expect(a.fileName == b.fileName && a.emotion == b.emotion)
      #expect(zip(a.probabilities, b.probabilities).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  func quoted(_ words: [String]) -> String {
    words.map { $0 == "$affect" ? "\"$affect\"" : "'\($0)'" }.joined(separator: " ")
  }

  @Test("A process that is killed ends the others within seconds, with its name", arguments: [0, 1, 2])
  func killed(victim: Int) throws {
    let endless = ["training.stages.0.epochs=100000", "training.stages.0.patience=100000"]
    let processes = try ranks(3, train("run", endless))
    defer { for process in processes where process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    while processes[0].isRunning && !scratch.files("run").contains("checkpoints/last.safetensors") { usleep(1000) }
    let started = try scratch.text("err-0")
    try #require(processes.allSatisfy { $0.isRunning }, "\(started)")
    kill(processes[victim].processIdentifier, SIGKILL)
    let killed = Date()
    while processes.contains(where: \.isRunning) && Date().timeIntervalSince(killed) < 30 { usleep(10_000) }
    #expect(Date().timeIntervalSince(killed) < 30)
    for (rank, process) in processes.enumerated() where rank != victim {
      try #require(!process.isRunning, "rank \(rank)")
      #expect(process.terminationReason == .exit && process.terminationStatus == 1)
      let errors = try scratch.text("err-\(rank)")
      #expect(
        errors.contains("affect: rank \(victim) no longer answers; its process has ended or can't be reached"),
        "\(errors)")
      #expect(try scratch.text("out-\(rank)").isEmpty)
    }
  }

  @Test(
    "A process that hangs ends the other when its time is over",
    arguments: [
      (0, "rank 0 no longer answers; its process has ended or can't be reached"),
      (1, "rank 1 has given no sign of life for 4 seconds; its process hangs, has ended or can't be reached"),
    ])
  func hanging(victim: Int, message: String) throws {
    let endless = ["training.stages.0.epochs=100000", "training.stages.0.patience=100000"]
    let processes = try ranks(2, train("run", endless), ["AFFECT_RANK_SILENCE": "4"])
    defer { for process in processes where process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    while processes[0].isRunning && !scratch.files("run").contains("checkpoints/last.safetensors") { usleep(1000) }
    kill(processes[victim].processIdentifier, SIGSTOP)
    let stopped = Date()
    let other = processes[1 - victim]
    while other.isRunning && Date().timeIntervalSince(stopped) < 30 { usleep(10_000) }
    try #require(!other.isRunning)
    #expect(other.terminationReason == .exit && other.terminationStatus == 1)
    let errors = try scratch.text("err-\(1 - victim)")
    #expect(errors.hasSuffix("affect: \(message)\n"), "\(errors)")
  }

  @Test("What makes one process fail is what all of them say")
  func failing() throws {
    let processes = try ranks(2, ["train", "quick", "--corpus", "nowhere", "--output", "run"])
    for process in processes { process.waitUntilExit() }
    for (rank, process) in processes.enumerated() {
      #expect(process.terminationStatus == 1)
      #expect(try scratch.text("err-\(rank)").contains("nowhere"))
    }
    try scratch.write("", "run/recipe.yaml")
    let refused = try ranks(2, train("run"))
    for process in refused { process.waitUntilExit() }
    #expect(refused.map(\.terminationStatus) == [1, 1])
    let reason = "\(scratch("run").path) holds a run already; go on with it by --resume, or give another --output"
    #expect(try scratch.text("err-0") == "2 processes train together\naffect: \(reason)\n")
    #expect(try scratch.text("err-1").contains("affect: rank 0 failed: \(reason) (noticed by rank 1 in a barrier: "))
  }

  @Test("Variables of a launcher that can't be followed are an error")
  func halfSet() throws {
    let result = try Command.shell("RANK=1 " + quoted(["$affect"] + train("run")), in: scratch.url)
    #expect(result.status == 1)
    #expect(
      result.errors == "affect: WORLD_SIZE, LOCAL_RANK are not set, though RANK is: start the ranks by torchrun, or "
        + "unset what is left of it\n")
  }
}
