import Basics
import FeatureStore
import Foundation
import Tensors
import Testing

@Suite struct FeatureStoreTests {
  let folder = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)")
  let encoder = EncoderIdentity(name: "log-mel-80", settings: ["hop": "0.01"])

  func stamp(_ content: String) throws -> SourceStamp {
    let file = folder.appending(path: "audio.wav")
    try AtomicFile.write(content, to: file)
    return try SourceStamp(of: file)
  }

  @Test func whatIsStoredIsReadBack() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = try stamp("one")
    let a = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    let b = try Tensor([5, 6] as [Float], shape: [1, 2])
    let set = try FeatureStore(folder).set(of: encoder)
    try set.append([.init(name: "a.wav", source: source, features: a)])
    try set.append([.init(name: "b.wav", source: source, features: b)])
    for set in [set, try FeatureStore(folder).set(of: encoder)] {
      #expect(set.count == 2)
      #expect(try set.features(of: "a.wav").equals(a))
      #expect(try set.features(of: "b.wav").equals(b))
      #expect(set.frames(of: "a.wav") == 2)
      #expect(set.frames(of: "c.wav") == nil)
    }
  }

  @Test func anotherSettingIsAnotherSet() throws {
    var other = encoder
    other.settings["hop"] = "0.02"
    #expect(try encoder.digest() != other.digest())
    #expect(try encoder.digest().count == 12)
  }

  @Test func aReplacedFileIsExtractedAgain() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = try stamp("one")
    let set = try FeatureStore(folder).set(of: encoder)
    try set.append([.init(name: "a.wav", source: source, features: Tensor.zeros([2, 2]))])
    #expect(set.contains("a.wav", from: source))
    let replaced = try stamp("another")
    #expect(!set.contains("a.wav", from: replaced))
    try set.append([.init(name: "a.wav", source: replaced, features: Tensor.ones([3, 2]))])
    #expect(set.contains("a.wav", from: replaced))
    #expect(try set.features(of: "a.wav").equals(Tensor.ones([3, 2])))
    #expect(set.count == 1)
  }

  @Test func aShardThatWasNotEnteredIsWrittenAgain() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = try stamp("one")
    let set = try FeatureStore(folder).set(of: encoder)
    // What a kill between the shard and the index leaves.
    try AtomicFile.write("half", to: set.folder.appending(path: "shard-00000.safetensors"))
    try set.append([.init(name: "a.wav", source: source, features: Tensor.ones([1, 2]))])
    #expect(try FeatureStore(folder).set(of: encoder).features(of: "a.wav").equals(Tensor.ones([1, 2])))
  }

  @Test func processesThatExtractAtTheSameTimeKeepEachOthersWork() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = try stamp("one")
    // As two processes have it: each opened the set before the other added to it.
    let first = try FeatureStore(folder).set(of: encoder)
    let second = try FeatureStore(folder).set(of: encoder)
    for round in 0..<3 {
      try first.append([.init(name: "first \(round)", source: source, features: Tensor.full([1, 2], 1))])
      try second.append([.init(name: "second \(round)", source: source, features: Tensor.full([1, 2], 2))])
    }
    let set = try FeatureStore(folder).set(of: encoder)
    #expect(set.count == 6)
    for round in 0..<3 {
      #expect(try set.features(of: "first \(round)").equals(Tensor.full([1, 2], 1)))
      #expect(try set.features(of: "second \(round)").equals(Tensor.full([1, 2], 2)))
    }
  }

  @Test func lookingLeavesNothingBehind() throws {
    let set = try FeatureStore(folder).set(of: encoder)
    #expect(set.count == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.path))
  }

  @Test func aDamagedIndexIsNamed() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let set = try FeatureStore(folder).set(of: encoder)
    try set.append([.init(name: "a", source: stamp("one"), features: Tensor.ones([1, 2]))])
    try AtomicFile.write("{not json", to: set.folder.appending(path: "index.jsonl"))
    let error = #expect(throws: FileError.self) { try FeatureStore(folder).set(of: encoder) }
    #expect(error?.message == "line 1 is damaged; remove the folder and extract again")
  }
}
