import Basics
import FeatureStore
import Foundation
import Tensors
import TestSupport
import Testing

/// However a set came to be, it is the same bytes.
@Suite struct FeatureWriterTests {
  let scratch: TemporaryFolder
  let encoder = EncoderIdentity(name: "e", settings: ["version": "1"])
  let features: [String: () throws -> Tensor]

  init() throws {
    scratch = try TemporaryFolder()
    var made = Sample.features(Dictionary(uniqueKeysWithValues: (0..<40).map { ("clip-\($0)", 1 + $0 % 5) }))
    for number in [3, 17, 20, 21, 22, 23] { made["clip-\(number)"] = { throw Sample.Broken() } }
    features = made
  }

  func store(_ name: String) -> FeatureStore { FeatureStore(scratch(name)) }

  func expectSame(_ found: FeatureStore, _ wanted: FeatureStore, _ what: String) throws {
    #expect(try Sample.checksums(found, encoder) == Sample.checksums(wanted, encoder), "\(what): shards")
    let (a, b) = (try found.set(of: encoder), try wanted.set(of: encoder))
    #expect(a.names == b.names && a.failures.map(\.name) == b.failures.map(\.name), "\(what): index")
    #expect(try FeatureCheck(a).findings == FeatureCheck(b).findings, "\(what): check")
    #expect(try FeatureStatistics(a) == FeatureStatistics(b), "\(what): statistics")
  }

  @Test func killedAnywhereAndResumedEndsWithTheSameBytes() throws {
    let whole = store("whole")
    try Sample.write(features, to: whole, encoder, shardBytes: 2600)
    #expect(try Sample.checksums(whole, encoder).count == 4)
    for kill in stride(from: 0, through: 40, by: 3) {
      let killed = store("killed \(kill)")
      // Work that was saved, work that was not, half a tensor: all that a kill leaves.
      for round in 0..<3 {
        var left = kill / 2 + round
        var interrupted = features
        for (name, make) in features {
          interrupted[name] = {
            left -= 1
            if left < 0 { throw Sample.Killed() }
            return try make()
          }
        }
        _ = try? Sample.write(interrupted, to: killed, encoder, shardBytes: 2600)
        let folder = try killed.folder(of: encoder)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasSuffix(".part") {
          let handle = try FileHandle(forWritingTo: folder.appending(path: name))
          try handle.seekToEnd()
          try handle.write(contentsOf: Data([1, 2, 3]))
          try handle.close()
        }
      }
      try Sample.write(features, to: killed, encoder, shardBytes: 2600)
      try expectSame(killed, whole, "killed after \(kill)")
    }
  }

  @Test func savedWorkIsNotDoneAgain() throws {
    let store = store("saved")
    let writer = try FeatureWriter(store, encoder)
    try writer.plan(features.keys.map { .init(name: $0, source: Sample.source(1), expectedBytes: 256) })
    let order = try writer.begin()
    for name in order.prefix(5) { try writer.append(name, Tensor.ones([2, 4])) }
    try writer.save()
    try writer.append(order[5], Tensor.ones([2, 4]))
    // Open readers see finished shards alone.
    #expect(try store.set(of: encoder).count == 0)
    _ = consume writer
    let again = try FeatureWriter(store, encoder)
    try again.plan(features.keys.map { .init(name: $0, source: Sample.source(1), expectedBytes: 256) })
    #expect(try again.begin() == Array(order.dropFirst(5)))
  }

  @Test func aShardThatLostBytesInAPowerCutIsBegunAnew() throws {
    let (whole, cut) = (store("whole"), store("cut"))
    try Sample.write(features, to: whole, encoder)
    do {
      let writer = try FeatureWriter(cut, encoder)
      try writer.plan(features.keys.map { .init(name: $0, source: Sample.source(1), expectedBytes: 256) })
      for name in try writer.begin().prefix(5) { try writer.append(name, features[name]!()) }
      try writer.save()
    }
    let part = try cut.folder(of: encoder).appending(path: "shard-00000.safetensors.part")
    let handle = try FileHandle(forWritingTo: part)
    try handle.truncate(atOffset: 4100)
    try handle.close()
    #expect(try Sample.write(features, to: cut, encoder).count == 40)
    try expectSame(cut, whole, "after a power cut")
  }

  @Test func killedBetweenAShardsNameAndItsEntry() throws {
    let (whole, killed) = (store("whole"), store("killed"))
    for store in [whole, killed] { try Sample.write(features, to: store, encoder, shardBytes: 2600) }
    let folder = try killed.folder(of: encoder)
    // The index as it was before the last shard was entered.
    try Sample.execute("UPDATE shard SET bytes = NULL, sha256 = NULL WHERE number = 3", in: folder)
    #expect(try killed.set(of: encoder).count < 34)
    #expect(try Sample.write(features, to: killed, encoder, shardBytes: 2600).isEmpty)
    try expectSame(killed, whole, "entered later")
  }

  @Test(arguments: [2, 3, 7]) func sharesMergeIntoTheSameBytes(count: Int) throws {
    let whole = store("whole")
    try Sample.write(features, to: whole, encoder, shardBytes: 2600)
    let merged = store("merged")
    var settled: [String] = []
    for index in 0..<count {
      let part = store("part \(index)")
      settled += try Sample.write(
        features, to: part, encoder, share: #require(WorkShare(index, of: count)), shardBytes: 2600)
    }
    #expect(settled.sorted() == features.keys.sorted(), "each is done once")
    let order = (0..<count).reversed()
    for index in order {
      let merging = try FeatureWriter(merged, encoder).merge(store("part \(index)").set(of: encoder))
      #expect(merging.present == 0)
    }
    try expectSame(merged, whole, "\(count) shares")
    let again = try FeatureWriter(merged, encoder).merge(store("part 0").set(of: encoder))
    #expect(again.shards == 0 && again.utterances == 0)
    #expect(try Sample.write(features, to: merged, encoder, shardBytes: 2600).isEmpty, "nothing is missing")
  }

  @Test func setsOfOtherPlansMergeToo() throws {
    let (a, b) = (store("a"), store("b"))
    let first = features.filter { $0.key < "clip-2" }
    try Sample.write(first, to: a, encoder)
    try Sample.write(features, to: b, encoder, shardBytes: 2600)
    let merging = try FeatureWriter(a, encoder).merge(b.set(of: encoder))
    #expect(merging.utterances == features.count - first.count && merging.present == first.count)
    let set = try a.set(of: encoder)
    #expect(try set.names == b.set(of: encoder).names)
    let theirs = try b.set(of: encoder)
    for name in set.names { #expect(try set.features(of: name).equals(theirs.features(of: name))) }
    let wide = EncoderIdentity(name: "e", settings: ["version": "1"])
    let other = store("wide")
    try Sample.write(["x": { try Tensor.ones([1, 5]) }], to: other, wide)
    #expect(throws: FileError.self) { try FeatureWriter(a, encoder).merge(other.set(of: wide)) }
  }

  @Test func whatIsNoLongerWantedLeavesThePlan() throws {
    let store = store("smaller")
    let more = features.merging(Sample.features(["other 1": 2, "other 2": 3])) { $1 }
    var left = 30
    let interrupted = more.mapValues { make in
      {
        left -= 1
        if left < 0 { throw Sample.Killed() }
        return try make()
      }
    }
    #expect(throws: Sample.Killed.self) { try Sample.write(interrupted, to: store, encoder) }
    #expect(try !Sample.write(features, to: store, encoder).contains { $0.hasPrefix("other") })
    let set = try store.set(of: encoder)
    #expect(
      set.names == features.keys.sorted().filter { !["3", "17", "20", "21", "22", "23"].contains($0.dropFirst(5)) })
    #expect(try FeatureCheck(set).isSound)
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "only the superuser may mount a small disk"))
  func aFullDiskStopsTheWorkAndLosesNothing() throws {
    let small = try SmallDisk(kilobytes: 1024)
    let store = FeatureStore(small.folder.appending(path: "store"))
    let ballast = small.folder.appending(path: "ballast")
    try Data(count: 200_000).write(to: ballast)
    let big = Sample.features(Dictionary(uniqueKeysWithValues: (0..<20).map { ("\($0)", 20_000) }))
    let error = #expect(throws: FileError.self) { try Sample.write(big, to: store, encoder) }
    #expect(error?.message.contains("No space left on device") == true)
    // With room again, it goes on; what is no longer wanted leaves the plan.
    try FileManager.default.removeItem(at: ballast)
    let few = big.filter { ["0", "1"].contains($0.key) }
    try Sample.write(few, to: store, encoder)
    #expect(try store.set(of: encoder).names == ["0", "1"])
  }
}
