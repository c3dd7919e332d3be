import Basics
import FeatureStore
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct FeatureCheckTests {
  let scratch: TemporaryFolder
  let store: FeatureStore
  let encoder = EncoderIdentity(name: "e", settings: ["version": "1"])
  let features = Sample.features(Dictionary(uniqueKeysWithValues: (0..<12).map { ("clip-\($0)", 1 + $0 % 5) }))

  init() throws {
    scratch = try TemporaryFolder()
    store = FeatureStore(scratch("store"))
    try Sample.write(features, to: store, encoder, shardBytes: 1100)
  }

  func shard(_ number: Int) throws -> URL {
    try store.folder(of: encoder).appending(path: "shard-0000\(number).safetensors")
  }

  /// What a check finds, as `severity place: beginning of the message`.
  func findings() throws -> [String] {
    try FeatureCheck(store.set(of: encoder)).findings.map { "\($0.severity) \($0.place): \($0.message)" }
  }

  @Test func aSoundSetHasNoFindings() throws {
    var seen: [String] = []
    let check = try FeatureCheck(store.set(of: encoder)) { seen.append("\($0)/\($1)") }
    #expect(check.findings.isEmpty && check.isSound && check.shards == 3 && check.utterances == 12)
    #expect(seen == ["1/3", "2/3", "3/3"])
    let statistics = try FeatureStatistics(store.set(of: encoder))
    #expect(statistics.utterances == 12 && statistics.width == 4 && statistics.shards == 3 && statistics.failures == 0)
    #expect(statistics.frames == 33 && statistics.shortest == 1 && statistics.longest == 5)
  }

  @Test func oneBitOfAShardIsFound() throws {
    let file = try shard(1)
    var bytes = try Data(contentsOf: file)
    bytes[bytes.count - 3] ^= 16
    try bytes.write(to: file)
    let found = try findings()
    try #require(found.count == 1)
    #expect(found[0].hasPrefix("error shard-00001.safetensors: has the SHA-256 "))
    #expect(found[0].hasSuffix("its 4 utterances must be extracted again (features prune removes it from the index)"))
    let names = try store.set(of: encoder).names
    let pruning = try FeatureWriter(store, encoder).prune()
    #expect(pruning.utterances == 4 && pruning.files == 1 && pruning.rewritten == 0)
    #expect(try Sample.write(features, to: store, encoder).count == 4)
    #expect(try findings().isEmpty && store.set(of: encoder).names == names)
  }

  @Test func aMissingShardIsFoundPrunedAndExtractedAgain() throws {
    let before = try store.set(of: encoder).names
    try FileManager.default.removeItem(at: shard(0))
    #expect(try findings().map { $0.prefix(47) } == ["error shard-00000.safetensors: is missing; its "])
    let pruning = try FeatureWriter(store, encoder).prune()
    #expect(pruning.utterances == 4 && pruning.files == 0 && pruning.rewritten == 0)
    #expect(try findings().isEmpty)
    #expect(try Sample.write(features, to: store, encoder).count == 4)
    #expect(try store.set(of: encoder).names == before && findings().isEmpty)
  }

  @Test func aCutShardIsFoundAndPruned() throws {
    let file = try shard(2)
    try Data(contentsOf: file).dropLast(5).write(to: file)
    #expect(try findings().first?.hasPrefix("error shard-00002.safetensors: has the SHA-256") == true)
    #expect(throws: FileError.self) {
      let set = try store.set(of: encoder)
      for name in set.names { _ = try set.features(of: name) }
    }
    #expect(try FeatureWriter(store, encoder).prune().utterances == 4)
    #expect(try findings().isEmpty)
    #expect(!FileManager.default.fileExists(atPath: file.path))
  }

  @Test func filesThatBelongToNothingAreFoundAndPruned() throws {
    try FileManager.default.copyItem(at: shard(0), to: shard(7))
    try Data("x".utf8).write(to: shard(8).appendingPathExtension("part"))
    #expect(
      try findings()
        == ["shard-00007.safetensors", "shard-00008.safetensors.part"].map {
          "warning \($0): belongs to nothing in the index; features prune removes it"
        })
    let dry = try FeatureWriter(store, encoder).prune(dryRun: true)
    #expect(try findings().count == 2 && dry.files == 2 && dry.bytes > 4096)
    #expect(try FeatureWriter(store, encoder).prune() == dry)
    #expect(try findings().isEmpty && store.set(of: encoder).count == 12)
  }

  @Test func replacedAndUnwantedFeaturesAreFoundAndPruned() throws {
    var changed = features
    changed["clip-0"] = { try Tensor.ones([2, 4]) }
    changed["bad"] = { throw Sample.Broken() }
    try Sample.write(changed, to: store, encoder, sources: ["clip-0": Sample.source(2)], shardBytes: 1100)
    #expect(
      try findings() == [
        "warning shard-00000.safetensors: holds features of 1 utterances that were replaced; features prune makes it "
          + "smaller", "warning bad: has no features: broken",
      ])
    let wanted = Set(features.keys).subtracting(["clip-5"])
    let size = try FeatureStatistics(store.set(of: encoder)).bytes
    let pruning = try FeatureWriter(store, encoder).prune(keeping: wanted)
    #expect(pruning.rewritten == 2 && pruning.utterances == 2 && pruning.bytes > 0)
    let set = try store.set(of: encoder)
    #expect(try FeatureStatistics(set).bytes == size - pruning.bytes)
    #expect(try findings().isEmpty && set.names == wanted.sorted())
    for name in set.names { #expect(try set.features(of: name).equals(changed[name]!().converted(to: .bfloat16))) }
    #expect(try FeatureWriter(store, encoder).prune(keeping: wanted).rewritten == 0)
  }

  @Test func anUnfinishedExtractionIsFound() throws {
    let more = features.merging(Sample.features(["x": 1, "y": 2])) { $1 }
    do {
      let writer = try FeatureWriter(store, encoder)
      try writer.plan(more.keys.map { .init(name: $0, source: Sample.source(1), expectedBytes: 64) })
      try writer.append(#require(writer.begin().first), Tensor.ones([1, 4]))
      try writer.save()
    }
    #expect(
      try findings() == [
        "warning index.sqlite: 2 planned utterances are not in finished shards (1 are done); extract again to go on"
      ])
    #expect(try FeatureWriter(store, encoder).prune().files == 0, "work that was saved stays")
    #expect(try Sample.write(more, to: store, encoder) == ["y"])
  }

  @Test func anIndexWithoutItsRowsOrItsFileIsFound() throws {
    let folder = try store.folder(of: encoder)
    try Sample.execute("UPDATE utterance SET frames = frames + 1 WHERE name = 'clip-3'", in: folder)
    #expect(try findings().first?.contains("does not hold the 5 frames of 'clip-3' that the index has") == true)
    try FileManager.default.removeItem(at: folder.appending(path: "index.sqlite"))
    #expect(try findings() == ["error index.sqlite: is missing; extract again, or copy the set again"])
  }
}
