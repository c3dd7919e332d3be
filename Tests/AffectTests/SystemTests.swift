import Foundation
import TestSupport
import Testing

@Suite("affect train of a system", .serialized)
struct SystemTests {
  let scratch: TemporaryFolder

  init() throws {
    scratch = try TemporaryFolder()
    _ = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 2)
  }

  /// MEDUSA with three models of a few numbers.
  static let settings = [
    "encoders={voice: {encoder: log-mel-80, stack: 8}, prosody: {encoder: prosody-10ms, stack: 8}}",
    "stream={dtype: float32, normalisation: corpus}",
    "models=[{id: one, streams: [voice, prosody]}, {id: two, streams: [prosody, voice], seed: 2}, {id: three, streams: [voice], seed: 3}]",
    "stacks=[{id: vote, method: majority, top: 2}, {id: meta, method: meta, scores: probabilities}, {id: soup, method: soup, scores: probabilities}]",
    "base.model.width=8", "base.model.feed_forward=16", "base.training.stages.0.epochs=3",
    "base.training.stages.0.batch_size=8", "base.training.stages.1.epochs=3", "base.training.stages.1.batch_size=8",
    "base.training.stages.0.learning_rate=0.01", "base.training.stages.1.learning_rate=0.01",
  ]

  func arguments(_ output: String, _ more: [String] = []) -> [String] {
    ["train", "medusa", "--corpus", "corpus", "--features", "features-\(output)", "--output", output]
      + Self.settings.flatMap { ["--set", $0] } + more
  }

  func bytes(_ path: String) throws -> Data { try Data(contentsOf: scratch(path)) }

  @Test("A system killed in each of its four stages goes on to the same predictions, byte for byte")
  func killed() throws {
    let whole = try Command.run(Command.process(arguments("whole"), in: scratch.url))
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(whole.output.contains("medusa on corpus, Development"))

    func holds(_ path: String, _ text: String) -> Bool {
      (try? scratch.text("killed/\(path)"))?.contains(text) ?? false
    }
    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: scratch("killed/\(path)").path) }
    /// Moments that a process is killed at, as soon as files show that it came so far.
    let moments: [(name: String, hasCome: () -> Bool)] = [
      ("stage 1 of the first model", { holds("models/one/metrics.jsonl", "stage 1") }),
      ("stage 2 of the first model", { holds("models/one/metrics.jsonl", "stage 2") }),
      ("stage 1 of the second", { holds("models/two/metrics.jsonl", "stage 1") }),
      ("stage 2 of the third", { holds("models/three/metrics.jsonl", "stage 2") }),
      ("stage 3", { exists("stacks/vote/predictions") || exists("stacks/parts") }),
      ("stage 4", { exists("stacks/meta/predictions") }),
      ("the end", { exists("tables/models.csv") }),
    ]
    var kills: [String] = []
    for moment in moments {
      let process = Command.process(arguments("killed", ["--resume"]), in: scratch.url)
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.start()
      while process.isRunning && !moment.hasCome() { usleep(300) }
      if process.isRunning {
        kill(process.processIdentifier, SIGKILL)
        kills.append(moment.name)
      }
      process.waitUntilExit()
    }
    #expect(kills.count >= 5, "\(kills)")
    let resumed = try Command.run(Command.process(arguments("killed", ["--resume"]), in: scratch.url))
    #expect(resumed.status == 0, "\(resumed.errors)")
    for file in [
      "predictions/Test1.csv", "predictions/Development.csv", "submission/Test1.csv", "tables/models.csv",
      "stacks/meta/stack.safetensors", "stacks/soup/stack.safetensors", "stacks/vote/predictions/Test1.csv",
      "models/one/bundle/model.safetensors", "models/two/bundle/model.safetensors",
      "models/three/bundle/model.safetensors", "models/two/scores/Train.csv",
    ] {
      #expect(try bytes("killed/\(file)") == bytes("whole/\(file)"), "\(file)")
    }
    #expect(scratch.files("killed").filter { $0.contains(".part") } == [])
    let evaluated = try Command.run(
      "evaluate", "--predictions", "killed/predictions/Test1.csv", "--labels", "corpus", "--split", "Test1", "--json",
      in: scratch.url)
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let checked = try Command.run("submission", "check", "killed/submission/Test1.csv", in: scratch.url)
    #expect(checked.status == 0, "\(checked.errors)")
  }

  @Test("Options that make no sense for a system, or for one model, are refused with status 2")
  func usage() throws {
    for (more, problem) in [
      (["--folds", "3"], "--folds is for the recipe of one model"),
      (["--shard", "2/2"], "--shard 2/2: I/N is expected"), (["--shard", "first"], "--shard first: I/N is expected"),
    ] {
      let result = try Command.run(Command.process(arguments("none", more), in: scratch.url))
      #expect(result.status == 2 && result.errors.contains(problem), "\(result.errors)")
    }
    let single = try Command.run(
      "train", "quick", "--corpus", "corpus", "--output", "none", "--shard", "0/2", in: scratch.url)
    #expect(single.status == 2 && single.errors.contains("--shard is for the recipe of a system"))
    #expect(scratch.files("none").isEmpty)
  }
}
