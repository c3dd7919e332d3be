import Basics
import FeatureStore
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct FeatureStoreTests {
  let scratch: TemporaryFolder
  let store: FeatureStore
  let encoder = EncoderIdentity(name: "log-mel-80", settings: ["hop": "0.01"], dtype: .float32)

  init() throws {
    scratch = try TemporaryFolder()
    store = FeatureStore(scratch("store"))
  }

  @Test func whatIsStoredIsReadBack() throws {
    let features = Sample.features(["a.wav": 2, "b.wav": 1])
    try Sample.write(features, to: store, encoder)
    let set = try store.set(of: encoder)
    #expect(set.count == 2 && set.names == ["a.wav", "b.wav"])
    for (name, tensor) in features {
      #expect(try set.features(of: name).equals(tensor()))
      #expect(try set.frames(of: name) == tensor().size(0))
    }
    #expect(set.frames(of: "c.wav") == nil)
    let error = #expect(throws: FileError.self) { try set.features(of: "c.wav") }
    #expect(error?.message == "there are no features of 'c.wav'")
    try set.willNeed(["a.wav", "c.wav"])
    #expect(try store.encoders() == [encoder])
  }

  @Test func storedNumbersAreRoundedToTheDType() throws {
    for dtype in EncoderIdentity.dtypes {
      let encoder = EncoderIdentity(name: "e", settings: [:], dtype: dtype)
      let features = Sample.features(["a": 7])
      try Sample.write(features, to: store, encoder)
      let read = try store.set(of: encoder).features(of: "a")
      #expect(read.dtype == dtype)
      #expect(try read.equals(features["a"]!().converted(to: dtype)))
    }
    #expect(EncoderIdentity(name: "e", settings: [:]).dtype == .bfloat16)
    let wrong = EncoderIdentity(name: "e", settings: [:], dtype: .int32)
    let error = #expect(throws: FileError.self) { try FeatureWriter(store, wrong) }
    #expect(error?.message == "features can't be stored as int32; they can as bfloat16, float16, float32")
  }

  @Test func anotherSettingIsAnotherSet() throws {
    var other = encoder
    other.settings["hop"] = "0.02"
    let digests = try [encoder, other, EncoderIdentity(name: "log-mel-80", settings: ["hop": "0.01"])].map {
      try $0.digest()
    }
    #expect(Set(digests).count == 3 && digests.allSatisfy { $0.count == 12 })
  }

  @Test func shardsAreSafetensorsThatPythonReads() throws {
    let names = ["a \"quoted\".wav", "b/ü.wav", "c.wav"]
    let features = Sample.features(Dictionary(uniqueKeysWithValues: names.map { ($0, 3) }))
    try Sample.write(features, to: store, encoder)
    let shard = try store.folder(of: encoder).appending(path: "shard-00000.safetensors")
    let file = try SafeTensors(shard)
    #expect(file.names == names.sorted())
    let printed = try Peer.python(
      "import sys, safetensors.numpy as s\n"
        + "for k, v in sorted(s.load_file(sys.argv[1]).items()): print(k, v.shape, v.ravel().tolist())", [shard.path])
    let expected = try names.sorted().map { name in
      let tensor = try features[name]!()
      return "\(name) (3, 4) \(try tensor.array(of: Float.self).map(Double.init))"
    }
    #expect(printed.split(separator: "\n").map(String.init) == expected)
  }

  @Test func aReplacedFileIsExtractedAgainAndAFailureOnlyWhenAsked() throws {
    var features = Sample.features(["a": 2, "b": 3])
    features["bad"] = { throw Sample.Broken() }
    try Sample.write(features, to: store, encoder)
    let first = try store.set(of: encoder)
    #expect(first.contains("a", from: Sample.source(1)) && !first.contains("a", from: Sample.source(2)))
    #expect(
      first.failure(of: "bad", from: Sample.source(1)) == "broken" && !first.contains("bad", from: Sample.source(1)))
    #expect(first.failures.map(\.name) == ["bad"] && first.count == 2)
    #expect(try Sample.write(features, to: store, encoder).isEmpty, "nothing is done twice")
    features["bad"] = { try Tensor.ones([1, 4]) }
    #expect(try Sample.write(features, to: store, encoder).isEmpty)
    #expect(try Sample.write(features, to: store, encoder, retrying: true) == ["bad"])
    features["a"] = { try Tensor.ones([9, 4]) }
    #expect(try Sample.write(features, to: store, encoder, sources: ["a": Sample.source(2)]) == ["a"])
    let set = try store.set(of: encoder)
    #expect(set.count == 3 && set.failures.isEmpty && set.frames(of: "a") == 9)
    #expect(try set.features(of: "a").equals(Tensor.ones([9, 4])))
    // Who opened the set before reads what was there then.
    #expect(first.frames(of: "a") == 2)
  }

  @Test func writersOfOneSetTakeTurns() throws {
    var first: FeatureWriter? = try FeatureWriter(store, encoder)
    let (waiting, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let (folder, encoder) = (store.folder, encoder)
    Thread.detachNewThread {
      do {
        // As another process would.
        let writer = try FeatureWriter(FeatureStore(folder), encoder) { waiting.signal() }
        try writer.plan([.init(name: "b", source: Sample.source(1), expectedBytes: 16)])
        for name in try writer.begin() { try writer.append(name, Tensor.ones([2, 4])) }
      } catch { Issue.record(error) }
      ended.signal()
    }
    try #require(waiting.wait(timeout: .now() + 60) == .success)
    try first?.plan([.init(name: "a", source: Sample.source(1), expectedBytes: 16)])
    for name in try first?.begin() ?? [] { try first?.append(name, Tensor.zeros([1, 4])) }
    first = nil
    try #require(ended.wait(timeout: .now() + 60) == .success)
    let set = try store.set(of: encoder)
    #expect(set.names == ["a", "b"])
    #expect(try set.features(of: "a").equals(Tensor.zeros([1, 4])))
    #expect(try set.features(of: "b").equals(Tensor.ones([2, 4])))
  }

  @Test func manyThreadsReadAtTheSameTime() throws {
    let features = Sample.features(Dictionary(uniqueKeysWithValues: (0..<60).map { ("\($0)", 1 + $0 % 7) }))
    try Sample.write(features, to: store, encoder, shardBytes: 300)
    let (set, wanted) = (try store.set(of: encoder), try features.mapValues { try $0().array(of: Float.self) })
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      do {
        for i in 0..<60 {
          let name = "\((i * 7 + thread * 11) % 60)"
          try set.willNeed([name])
          if try set.features(of: name).array(of: Float.self) != wanted[name] { Issue.record("\(name) differs") }
        }
      } catch { Issue.record(error) }
    }
  }

  @Test func lookingLeavesNothingBehind() throws {
    #expect(try store.set(of: encoder).count == 0)
    #expect(!FileManager.default.fileExists(atPath: store.folder.path))
    let error = #expect(throws: FileError.self) { try store.encoders() }
    #expect(error?.message == "there is no feature store here; affect extract makes one")
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let writer = try FeatureWriter(store, encoder)
    try writer.plan(["a", "b"].map { .init(name: $0, source: Sample.source(1), expectedBytes: 16) })
    #expect(try writer.begin() == ["a", "b"])
    #expect(throws: FileError.self) { try writer.append("b", Tensor.ones([1, 4])) }
    try writer.append("a", Tensor.ones([1, 4]))
    for wrong in [try Tensor.ones([1, 5]), try Tensor.ones([0, 4]), try Tensor.ones([4])] {
      #expect(throws: TensorError.self) { try writer.append("b", wrong) }
    }
    try writer.append("b", Tensor.ones([2, 4]))
    #expect(throws: FileError.self) { try writer.append("c", Tensor.ones([2, 4])) }
    #expect(try store.set(of: encoder).names == ["a", "b"])
    #expect(throws: FileError.self) { try writer.plan([.init(name: "__metadata__", source: nil, expectedBytes: 1)]) }
  }

  @Test func aDamagedIndexIsNamed() throws {
    try Sample.write(Sample.features(["a": 1]), to: store, encoder)
    let folder = try store.folder(of: encoder)
    try Data("no database at all, but long enough to be looked at".utf8).write(
      to: folder.appending(path: "index.sqlite"))
    let error = #expect(throws: FileError.self) { try store.set(of: encoder) }
    #expect(error?.message.contains("file is not a database; remove the folder log-mel-80-") == true)
    try Data("{".utf8).write(to: folder.appending(path: "encoder.json"))
    #expect(throws: FileError.self) { try store.encoders() }
  }
}
