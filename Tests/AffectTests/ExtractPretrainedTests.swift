import Foundation
import TestSupport
import Testing

@Suite("affect extract with published models", .enabled(if: SharedData.isAvailable, "needs the reference in ../shared"))
struct ExtractPretrainedTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  private func shards(_ store: String) -> [String] { scratch.files(store).filter { $0.hasSuffix(".safetensors") } }

  @Test("Killed whenever a shard was written, an extraction ends with the same bytes as one that never was")
  func killed() throws {
    _ = try Peer.python(
      """
      import runpy, sys
      script, folder = sys.argv[1:]
      for model in ["wavlm", "roberta"]:
          sys.argv[1:] = [model, "--out", folder + "/" + model]
          runpy.run_path(script, run_name="__main__")
      """, [SharedData.oracle.path, scratch.url.path])
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 12, seconds: 2)
    for (number, clip) in corpus.clips.enumerated() {
      try scratch.write(
        Array(repeating: "number \(number)", count: 1 + number % 9).joined(separator: " "),
        "corpus/Transcripts/\(clip.fileName.dropLast(4)).txt")
    }
    func arguments(_ store: String) -> [String] {
      [
        "extract", "--corpus", "corpus", "--encoder", "wavlm", "--encoder", "roberta", "--output", store,
        "--shard-size", "1", "--dtype", "float32",
      ]
    }
    let whole = try Command.run(Command.process(arguments("whole"), in: scratch.url))
    #expect(whole.status == 0, "\(whole.errors)")
    var (kills, most) = (0, 0)
    // Each kill comes after one shard more than any before; the one that was written last may have to be made again.
    while kills <= shards("whole").count {
      let process = Command.process(arguments("killed"), in: scratch.url)
      (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
      try process.start()
      while process.isRunning, shards("killed").count <= most { Thread.sleep(forTimeInterval: 0.002) }
      most = shards("killed").count
      let isKilled = process.isRunning
      if isKilled { kill(process.processIdentifier, SIGKILL) }
      process.waitUntilExit()
      guard isKilled else { break }
      kills += 1
    }
    #expect(kills >= 2 && kills <= shards("whole").count, "\(kills) kills")
    #expect(try Command.run(Command.process(arguments("killed"), in: scratch.url)).status == 0)
    #expect(shards("killed") == shards("whole") && shards("whole").count > 4, "\(shards("whole"))")
    for file in shards("whole") {
      #expect(try Data(contentsOf: scratch("whole/\(file)")) == Data(contentsOf: scratch("killed/\(file)")), "\(file)")
    }
  }
}
