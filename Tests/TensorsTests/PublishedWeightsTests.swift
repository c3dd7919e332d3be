import Basics
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct PublishedWeightsTests {
  /// A folder with a model of eight tensors, saved as the Hugging Face libraries save it.
  static func folder(sharded: Bool, safetensors: Bool) throws -> (TemporaryFolder, expected: [String: Tensor]) {
    let folder = try TemporaryFolder()
    let pattern = safetensors ? "model{suffix}.safetensors" : "pytorch_model{suffix}.bin"
    _ = try Peer.python(
      """
      import sys, torch
      from huggingface_hub import save_torch_state_dict
      from safetensors.torch import save_file
      torch.manual_seed(1)
      state = {f"layer.{i}.weight": torch.randn(4, 5 + i).to([torch.float32, torch.float16][i % 2]) for i in range(8)}
      save_torch_state_dict(state, sys.argv[1], filename_pattern=sys.argv[2], max_shard_size=int(sys.argv[3]),
                            safe_serialization=sys.argv[2].endswith("safetensors"))
      save_file(state, sys.argv[1] + "/expected")
      """, [folder.url.path, pattern, sharded ? "300" : "100000"])
    return (folder, try SafeTensors(folder("expected")).tensors())
  }

  @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
  func foldersAreReadAsTheyArePublished(sharded: Bool, safetensors: Bool) throws {
    let (folder, expected) = try Self.folder(sharded: sharded, safetensors: safetensors)
    let weights = try PublishedWeights(folder.url)
    let name = safetensors ? "model.safetensors" : "pytorch_model.bin"
    #expect(weights.url.lastPathComponent == (sharded ? name + ".index.json" : name))
    #expect(sharded ? weights.files.count > 2 : weights.files.count == 1)
    #expect(weights.names == expected.keys.sorted())
    let all = try weights.tensors()
    for (key, tensor) in expected {
      #expect(weights.shape(of: key) == tensor.shape && weights.dtype(of: key) == tensor.dtype, "\(key)")
      #expect(try weights.tensor(key).equals(tensor), "\(key)")
      #expect(try all[key]?.equals(tensor) == true, "\(key)")
    }
    #expect(try PublishedWeights(weights.url).names == weights.names, "a file can be named instead of its folder")
    #expect(try weights.tensors(under: "layer.3").keys.sorted() == ["weight"])
    #expect(weights.shape(of: "other") == nil && weights.dtype(of: "other") == nil)
    let error = #expect(throws: FileError.self) { try weights.tensor("other") }
    #expect(error?.message.hasPrefix("there is no tensor 'other'; there are 'layer.0.weight', ") == true)
  }

  @Test func safetensorsComeFirstWhateverANameSays() throws {
    let (folder, _) = try Self.folder(sharded: false, safetensors: true)
    try FileManager.default.copyItem(at: folder("model.safetensors"), to: folder("pytorch_model.bin"))
    #expect(try PublishedWeights(folder.url).url.lastPathComponent == "model.safetensors")
    try FileManager.default.removeItem(at: folder("model.safetensors"))
    #expect(try PublishedWeights(folder.url).names.count == 8, "the content tells the format")
  }

  @Test func aFolderWithoutWeightsSaysWhatItLacks() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: FileError.self) { try PublishedWeights(folder.url) }
    #expect(
      error?.message == "the folder has no weights: none of model.safetensors, model.safetensors.index.json, "
        + "pytorch_model.bin, pytorch_model.bin.index.json")
  }

  /// A folder with shards `a` (x, y) and `b` (z) and an index.
  private func shards(_ map: [String: String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try SafeTensors.write(["x": Tensor([1] as [Float]), "y": Tensor([2] as [Float])], to: folder("a.safetensors"))
    try SafeTensors.write(["z": Tensor([3] as [Float])], to: folder("b.safetensors"))
    let json = try JSONSerialization.data(withJSONObject: ["metadata": ["total_size": 12], "weight_map": map])
    try json.write(to: folder("model.safetensors.index.json"))
    return folder
  }

  private func refusal(_ map: [String: String]) throws -> String? {
    let folder = try shards(map)
    return #expect(throws: FileError.self) { try PublishedWeights(folder.url) }?.message
  }

  @Test func anIndexThatLiesIsRefused() throws {
    let (a, b) = ("a.safetensors", "b.safetensors")
    let honest = try shards(["x": a, "y": a, "z": b])
    #expect(try PublishedWeights(honest.url).names == ["x", "y", "z"])
    #expect(
      try refusal(["x": a, "y": b, "v": b, "w": a]) == """
        the shards do not hold what it says:
          missing: 'v' is not in b.safetensors
          missing: 'w' is not in a.safetensors
          missing: 'y' is not in b.safetensors
          unexpected: 'y' is in a.safetensors
          unexpected: 'z' is in b.safetensors
        """)
    #expect(
      try refusal(["x": a, "y": a, "z": "c.safetensors"]) == "the shard 'c.safetensors', which it names, is missing")
    for name in ["../a.safetensors", "/a.safetensors", "..", ".", "", "sub/a.safetensors"] {
      #expect(try refusal(["x": name]) == "the shard '\(name)' is not the name of a file beside the index")
    }
  }

  @Test(arguments: [
    ("", "'{' is expected at byte 0"), ("{}", "it has no weight_map"),
    ("{\"weight_map\": 3}", "'{' is expected at byte 15"),
    ("{\"weight_map\": {\"a\": \"b\", \"a\": \"c\"}}", "the tensor 'a' stands there twice at byte 34"),
    ("{\"weight_map\": {}, \"weight_map\": {}}", "weight_map stands there twice at byte 32"),
    ("{\"metadata\": \(String(repeating: "[", count: 100_000))", "values are nested more than 64 deep at byte 77"),
    ("{\"weight_map\": {\"a\": 3}}", "'\"' is expected at byte 21"),
  ])
  func anIndexThatIsNoneIsRefused(text: String, says: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(text, "model.safetensors.index.json")
    let error = #expect(throws: FileError.self) { try PublishedWeights(folder.url) }
    #expect(error?.message == "it is not the index of a sharded model: \(says)")
  }

  @Test func linksLeadOutOnlyInACache() throws {
    let map = ["x": "a.safetensors", "y": "a.safetensors", "z": "b.safetensors"]
    let elsewhere = try shards(map)
    let folder = try shards(map)
    try FileManager.default.removeItem(at: folder("b.safetensors"))
    try FileManager.default.createSymbolicLink(
      at: folder("b.safetensors"), withDestinationURL: elsewhere("b.safetensors"))
    let error = #expect(throws: FileError.self) { try PublishedWeights(folder.url) }
    #expect(error?.message == "the shard 'b.safetensors' is a link out of the folder of the index")

    // models--x/snapshots/REVISION/NAME -> ../../blobs/DIGEST
    let cache = try TemporaryFolder()
    let snapshot = cache("snapshots/0")
    try FileManager.default.createDirectory(at: snapshot, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(at: cache("blobs"), withIntermediateDirectories: true)
    for (number, name) in elsewhere.files("").enumerated() {
      try FileManager.default.copyItem(at: elsewhere(name), to: cache("blobs/\(number)"))
      try FileManager.default.createSymbolicLink(
        atPath: snapshot.appending(path: name).path, withDestinationPath: "../../blobs/\(number)")
    }
    #expect(try PublishedWeights(snapshot).tensor("z").array(of: Float.self) == [3])
  }
}
