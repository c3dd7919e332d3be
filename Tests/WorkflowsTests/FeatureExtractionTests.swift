import Corpora
import FeatureStore
import Foundation
import Tensors
import TestSupport
import Testing
import Workflows

@Suite("Feature extraction", .serialized)
struct FeatureExtractionTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  struct Failure: Decodable, Equatable { let fileName: String, reason: String }
  struct Summary: Decodable { let utterances: Int, failures: [Failure] }

  func extract(
    _ corpus: URL, to store: String = "store", environment: [String: String] = [:],
    _ change: (inout ExtractCommand.Options) -> Void = { _ in }
  ) throws -> (result: CommandResult, summary: Summary, said: [Notice]) {
    var options = ExtractCommand.Options(
      corpus: corpus, encoders: ["log-mel-80", "prosody-20ms", "log-mel-80"], output: scratch(store))
    options.shardMegabytes = 1
    change(&options)
    var said: [Notice] = []
    let result = try ExtractCommand(options, environment: environment) { said.append($0) }.run()
    return (result, try JSONDecoder().decode(Summary.self, from: Data(result.json.utf8)), said)
  }

  /// All shards of a store, with what is in them.
  func shards(_ store: String) throws -> [String: Data] {
    try Dictionary(
      uniqueKeysWithValues: scratch.files(store).filter { $0.hasSuffix(".safetensors") }.map {
        ($0, try Data(contentsOf: scratch("\(store)/\($0)")))
      })
  }

  @Test("Every fault is recorded with its reason, and the rest is extracted")
  func faults() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"))
    func audio(_ number: Int) -> URL { corpus.audio(corpus.clips[number]) }
    try FileManager.default.removeItem(at: audio(0))
    try Data().write(to: audio(1))
    try (ToneCorpus.wav([Float](repeating: 0, count: 99)).prefix(20) + Data(count: 300)).write(to: audio(2))
    try ToneCorpus.wav([Float](repeating: 0.1, count: 160)).write(to: audio(3))
    try LongFile.write(seconds: 3 * 3600, to: audio(4))
    try Faulty.notANumber(at: 700).write(to: audio(5))
    let (result, summary, said) = try extract(corpus.folder)
    #expect(!result.succeeded)
    let reasons = [
      "there is no such file", "the file is empty (0 bytes); an audio file is expected", "header",
      "lasts 0.010 s, too short for speech; 0.05 s are needed",
      "lasts 10800.0 s, and 600 s at the most are taken; cut it, or raise --longest", "is not a finite number",
    ]
    #expect(summary.failures.map(\.fileName) == (0..<6).map { corpus.clips[$0].fileName })
    for (failure, reason) in zip(summary.failures, reasons) {
      #expect(failure.reason.contains(reason) && failure.reason.contains(failure.fileName), "\(failure.reason)")
    }
    #expect(result.text.contains("6 of 54 clips have no features:"))
    #expect(
      said.contains { if case .line(let line) = $0 { line.hasPrefix("features of 54 clips in ") } else { false } })

    let check = try FeaturesCommands.check(scratch("store")) { _ in }
    #expect(check.succeeded, "clips that failed are warnings")
    #expect(check.text.components(separatedBy: "has no features: ").count == 1 + 2 * 6)
    // Nothing is tried again, and still it is said.
    let again = try extract(corpus.folder)
    #expect(again.said.isEmpty && again.summary.failures == summary.failures)
    // A mended file is.
    try ToneCorpus.wav([Float](repeating: 0.1, count: 1600)).write(to: audio(3))
    try ToneCorpus.wav([Float](repeating: 0.1, count: 1600)).write(to: audio(0))
    #expect(try extract(corpus.folder).summary.failures.count == 4)
    let retried = try extract(corpus.folder) { $0.retrying = true }
    #expect(retried.summary.failures.count == 4)
    #expect(
      retried.said.contains {
        if case .line(let line) = $0 { line.hasPrefix("features of 4 clips in ") } else { false }
      })
  }

  @Test("Shares merge into what one process makes, byte for byte, and so does more than one clip at a time")
  func shares() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 6, seconds: 1.5).folder
    _ = try extract(corpus, to: "whole")
    let whole = try shards("whole")
    #expect(whole.count == 6)
    for index in 0..<3 {
      let environment = [
        "SLURM_STEP_ID": "1", "SLURM_PROCID": "\(index)", "SLURM_STEP_NUM_TASKS": "3", "SLURM_LOCALID": "\(index)",
      ]
      _ = try extract(corpus, to: "shared", environment: environment)
    }
    #expect(
      try Set(FileManager.default.contentsOfDirectory(atPath: scratch("shared").path))
        == ["part-0-of-3", "part-1-of-3", "part-2-of-3"])
    let parts = (0..<3).reversed().map { scratch("shared/part-\($0)-of-3") }
    _ = try FeaturesCommands.merge(parts, output: scratch("merged")) { _ in }
    #expect(try shards("merged") == whole)
    let statistics = try ["whole", "merged"].map { try FeaturesCommands.statistics(scratch($0)).json }
    #expect(statistics[0] == statistics[1])
    #expect(try extract(corpus, to: "merged").said.isEmpty, "nothing is missing")
    // A share of what is there already is nothing.
    _ = try extract(corpus, to: "merged") { $0.shard = "1/2" }
    #expect(try shards("merged/part-1-of-2").isEmpty)
  }

  @Test("Shares come from the ranks of a launcher, which need not be able to meet")
  func ranks() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1).folder
    func folders(_ environment: [String: String]) throws -> [String] {
      let name = UUID().uuidString
      _ = try extract(corpus, to: name, environment: environment) { $0.encoders = ["log-mel-80"] }
      return try FileManager.default.contentsOfDirectory(atPath: scratch(name).path).map { String($0.prefix(7)) }
    }
    #expect(try folders(["RANK": "1", "WORLD_SIZE": "4", "LOCAL_RANK": "1"]) == ["part-1-"])
    #expect(try folders(["RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0"]) == ["log-mel"])
    let mpi = [
      "OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_LOCAL_RANK": "0",
      "OMPI_COMM_WORLD_LOCAL_SIZE": "1",
    ]
    #expect(try folders(mpi) == ["part-2-"])
    // A batch script knows the number of its tasks, and is one process.
    #expect(try folders(["SLURM_JOB_ID": "9", "SLURM_PROCID": "0", "SLURM_NTASKS": "8"]) == ["log-mel"])
    #expect(
      try folders(["SLURM_STEP_ID": "0", "SLURM_PROCID": "3", "SLURM_NTASKS": "8", "SLURM_LOCALID": "1"]) == ["part-3-"]
    )
    let error = #expect(throws: RankEnvironmentError.self) {
      try folders(["RANK": "4", "WORLD_SIZE": "4", "LOCAL_RANK": "0"])
    }
    #expect(error?.description == "RANK is 4, but WORLD_SIZE is 4: ranks count from 0 to one less")
  }

  @Test("Options that make no sense are refused")
  func options() throws {
    func refused(_ change: (inout ExtractCommand.Options) -> Void) throws -> String {
      var options = ExtractCommand.Options(corpus: scratch("none"), encoders: ["log-mel-80"], output: scratch("store"))
      change(&options)
      return try #require(throws: ExtractError.self) { try ExtractCommand(options, environment: [:]) { _ in } }
        .description
    }
    for shard in ["4/4", "-1/4", "1", "1/", "a/b", "1/2/3", "0/0"] {
      #expect(
        try refused { $0.shard = shard }
          == "--shard \(shard) is no share; I/N with I from 0 to N-1 is expected, such as 0/4")
    }
    #expect(
      try refused { $0.dtype = "int8" } == "features can't be stored as int8; they can as bfloat16, float16, float32")
    #expect(try refused { $0.device = "cuda" }.contains("--device cuda can't be had, cpu can"))
    #expect(try refused { $0.encoders = [] } == "no encoder is named; give at least one --encoder")
    #expect(try refused { $0.longest = 0 } == "--longest and --shard-size need positive numbers")
  }

  @Test("Features are exported as arrays, imported again under another name, and trained on")
  func exportAndImport() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"))
    _ = try extract(corpus.folder)
    _ = try FeaturesCommands.export(
      scratch("store"), encoder: "log-mel-80", format: "npy", output: scratch("arrays")
    ) { _ in }
    #expect(scratch.files("arrays").count == 54)
    let name = String(corpus.clips[7].fileName.dropLast(4))
    // What the released scripts leave: a vector for an utterance, a batch of one, other numbers, other files.
    try NumpyFile.write(Tensor.ones([80]), to: scratch("arrays/\(name).npy"))
    try FileManager.default.removeItem(at: scratch("arrays/\(corpus.clips[50].fileName.dropLast(4)).npy"))
    try scratch.write("words", "arrays/\(corpus.clips[51].fileName.dropLast(4)).npy")
    try scratch.write("words", "arrays/other.npy")
    let result = try FeaturesCommands.importFeatures(
      scratch("arrays"), corpus: corpus.folder, encoder: "elsewhere", dtype: "bfloat16", output: scratch("store")
    ) { _ in }
    #expect(!result.succeeded)
    let summary = try JSONDecoder().decode(FeatureImport.Summary.self, from: Data(result.json.utf8))
    #expect(summary.imported == 52 && summary.present == 0 && summary.unknown == ["other.npy"])
    #expect(summary.failures.map(\.fileName).sorted() == [50, 51].map { corpus.clips[$0].fileName }.sorted())

    let store = FeatureStore(scratch("store"))
    let sets = try store.encoders().map { try store.set(of: $0) }
    let own = try #require(sets.first { $0.encoder.name == "log-mel-80" })
    let other = try #require(sets.first { $0.encoder.name == "elsewhere" })
    for utterance in other.names where utterance != corpus.clips[7].fileName {
      #expect(try other.features(of: utterance).equals(own.features(of: utterance)))
    }
    #expect(try other.features(of: corpus.clips[7].fileName).equals(Tensor.ones([1, 80]).converted(to: .bfloat16)))

    let recipe = try TrainCommand.recipe(
      "quick",
      settings: ToneCorpus.settings + [
        "streams=[{encoder: elsewhere, stack: 4}]", "training.stages.0.epochs=1", "training.stages.1.epochs=1",
      ])
    let run = try TrainingRun(
      recipe, corpus: Corpus(contentsOf: corpus.folder), output: scratch("run"), features: scratch("store")
    ).run()
    #expect(run.failures.map(\.fileName).sorted() == [50, 51].map { corpus.clips[$0].fileName }.sorted())
    #expect(run.failures.contains { $0.reason.hasPrefix("no features of it were imported into ") })

    let again = try FeaturesCommands.importFeatures(
      scratch("arrays"), corpus: corpus.folder, encoder: "elsewhere", dtype: "bfloat16", output: scratch("store")
    ) { _ in }
    let second = try JSONDecoder().decode(FeatureImport.Summary.self, from: Data(again.json.utf8))
    #expect(second.imported == 0 && second.present == 52 && second.failures == summary.failures)
    #expect(throws: FeaturesError.taken("prosody-10ms")) {
      try FeaturesCommands.importFeatures(
        scratch("arrays"), corpus: corpus.folder, encoder: "prosody-10ms", dtype: "float32", output: scratch("store")
      ) { _ in }
    }
    #expect(throws: FeaturesError.format("pt")) {
      try FeaturesCommands.export(scratch("store"), encoder: "elsewhere", format: "pt", output: scratch("x")) { _ in }
    }
  }

  @Test("Tensors that torch.save wrote, as UNICAMP's scripts do, are brought in; what is no tensor is refused by name")
  func importOfTorchFiles() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    let names = corpus.clips.map { String($0.fileName.dropLast(4)) }
    // Views, transposed ones, batches of one, gradients, other numbers, both of PyTorch's formats; then what is refused.
    _ = try Peer.python(
      """
      import sys, torch
      from safetensors.torch import save_file
      folder, names = sys.argv[1], sys.argv[2].split()
      torch.manual_seed(1)
      whole = torch.randn(40, 8)
      good = [whole[:13], torch.randn(8, 9).permute(1, 0), torch.randn(1, 5, 8), torch.randn(8),
              torch.randn(7, 8).half(), torch.randn(7, 8).bfloat16(), torch.randn(6, 8, dtype=torch.float64),
              torch.randn(3, 8, requires_grad=True) * 2]
      for i, (name, t) in enumerate(zip(names, good)):
        torch.save(t, f"{folder}/{name}.pt", _use_new_zipfile_serialization=i % 2 == 0)
      expected = {n + ".wav": t.detach().reshape(-1, 8).to(torch.bfloat16).contiguous() for n, t in zip(names, good)}
      save_file(expected, folder + "/expected.safetensors")
      bad = [{"feats": whole}, [whole, whole], torch.ones(3, 8, dtype=torch.int64), torch.zeros(0, 8),
             torch.full((2, 8), float("nan")), "text", torch.randn(2, 3, 8)]
      for name, value in zip(names[8:], bad): torch.save(value, f"{folder}/{name}.pt")
      open(f"{folder}/{names[15]}.pt", "wb").write(b"PK, but no archive")
      """, [try folder("torch").path, names.joined(separator: " ")])
    let result = try FeaturesCommands.importFeatures(
      scratch("torch"), corpus: corpus.folder, encoder: "wavlm", dtype: "bfloat16", output: scratch("store")
    ) { _ in }
    let summary = try JSONDecoder().decode(FeatureImport.Summary.self, from: Data(result.json.utf8))
    #expect(summary.imported == 8 && !result.succeeded)
    let store = FeatureStore(scratch("store"))
    let set = try store.set(of: #require(try store.encoders().first))
    let expected = try SafeTensors(scratch("torch/expected.safetensors"))
    #expect(set.names == expected.names)
    for name in expected.names {
      #expect(try set.features(of: name).equals(expected.tensor(name)), "\(name)")
    }
    let reasons = [
      "it holds a dictionary, where one tensor, as torch.save(tensor, file) writes it, is expected",
      "it holds a list, where one tensor", "holds int64; features are floating-point numbers", "there is no frame",
      "holds a number that is not finite as bfloat16", "it holds a text, where one tensor",
      "has the shape [2, 3, 8]; (frames, width) is expected", "zip",
    ]
    for (name, reason) in zip(names[8...], reasons) {
      let failure = summary.failures.first { $0.fileName == "\(name).wav" }
      #expect(
        failure?.reason.contains(reason) == true && failure?.reason.contains("\(name).pt") == true, "\(failure as Any)")
    }
    #expect(
      summary.failures.last { $0.fileName == "\(names[16]).wav" }?.reason.hasSuffix("has no \(names[16]).npy or .pt")
        == true)
  }

  private func folder(_ name: String) throws -> URL {
    try FileManager.default.createDirectory(at: scratch(name), withIntermediateDirectories: true)
    return scratch(name)
  }

  @Test("Pruning for a corpus keeps its utterances alone")
  func prune() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    _ = try extract(corpus.folder)
    let half = try ToneCorpus(at: scratch("half"), clipsPerClass: 1) { $0.split != "Train" }
    let dry = try FeaturesCommands.prune(scratch("store"), corpora: [half.folder], dryRun: true) { _ in }
    #expect(dry.text.contains("would remove 9 utterances and 0 files, 1 shards to be written again"))
    _ = try FeaturesCommands.prune(scratch("store"), corpora: [half.folder], dryRun: false) { _ in }
    let store = FeatureStore(scratch("store"))
    for encoder in try store.encoders() {
      #expect(try store.set(of: encoder).names == half.clips.map(\.fileName).sorted())
    }
    #expect(try FeaturesCommands.check(scratch("store")) { _ in }.succeeded)
  }
}

/// A recording that takes hours to hear and no room on a disk.
enum LongFile {
  static func write(seconds: Int, to file: URL) throws {
    var header = ToneCorpus.wav([])
    let bytes = UInt32(seconds * 32_000)
    for (offset, value) in [(4, bytes + 36), (40, bytes)] {
      for i in 0..<4 { header[offset + i] = UInt8(value >> (8 * i) & 255) }
    }
    try header.write(to: file)
    let handle = try FileHandle(forWritingTo: file)
    try handle.truncate(atOffset: UInt64(header.count) + UInt64(bytes))
    try handle.close()
  }
}

/// Audio that can't be used.
enum Faulty {
  /// A file of float samples with one that is not a number.
  static func notANumber(at sample: Int) -> Data {
    var samples = [Float](repeating: 0.1, count: 1600)
    samples[sample] = .nan
    var data = ToneCorpus.wav([])
    for (offset, value) in [(4, 36 + 6400), (20, 3), (28, 64_000), (32, 4), (34, 32), (40, 6400)] as [(Int, UInt32)] {
      let width = [20, 32, 34].contains(offset) ? 2 : 4
      for i in 0..<width { data[offset + i] = UInt8(value >> (8 * i) & 255) }
    }
    samples.withUnsafeBytes { data.append(contentsOf: $0) }
    return data
  }
}
