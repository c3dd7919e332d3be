import Basics
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct SafeTensorsTests {
  let folder = FileManager.default.temporaryDirectory.appending(path: "safetensors-\(UUID().uuidString)")

  @Test func theReferenceReadsWhatIsWrittenAndTheOtherWayRound() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let ours = folder.appending(path: "ours.safetensors")
    let theirs = folder.appending(path: "theirs.safetensors")
    let tensors = [
      "a.weight": try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]).transposed(),
      "b": try Tensor([7] as [Double]).reshaped([]), "empty": try Tensor.zeros([0, 4]),
      "flags": try Tensor([true, false, true]), "half": try Tensor([1.5, -2] as [Float]).converted(to: .bfloat16),
      "ids": try Tensor([1, -2, 3]),
    ]
    try SafeTensors.write(tensors, metadata: ["format": "pt"], to: ours)
    _ = try Peer.python(
      """
      import sys, torch
      from safetensors.torch import load_file, save_file
      t = load_file(sys.argv[1])
      assert t["a.weight"].tolist() == [[1, 4], [2, 5], [3, 6]] and t["b"].shape == () and t["b"].dtype == torch.float64
      assert t["empty"].shape == (0, 4) and t["flags"].tolist() == [True, False, True] and t["ids"].tolist() == [1, -2, 3]
      assert t["half"].dtype == torch.bfloat16 and t["half"].tolist() == [1.5, -2]
      save_file(t, sys.argv[2], {"by": "reference"})
      """, [ours.path, theirs.path])
    let read = try SafeTensors(theirs)
    #expect(read.metadata == ["by": "reference"])
    #expect(read.names == tensors.keys.sorted())
    for (name, tensor) in tensors { #expect(try read.tensor(name).equals(tensor), "\(name)") }
  }

  /// Headers that lie, and what is said of each.
  static let forged: [(header: String, dataBytes: Int, says: String)] = [
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, "it is truncated"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 12, "4 bytes belong to no tensor"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}"#, 12, "needs 8 bytes"),
    (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8, "impossible shape"),
    (#"{"a":{"dtype":"F32","shape":[9223372036854775807,9],"data_offsets":[0,8]}}"#, 8, "impossible shape"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, "two rising numbers"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, 8, "two rising numbers"),
    (#"{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}"#, 8, "the dtype 'F31'"),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
      12, "overlaps the tensor before it"
    ),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12, "leaves a hole"),
    (#"{"a":{"dtype":"F32","shape":[2]}}"#, 8, "lacks one of dtype, shape and data_offsets"),
    ("[1, 2]", 0, "not the JSON"),
  ]

  @Test(arguments: forged.indices) func aForgedHeaderIsRefused(index: Int) throws {
    let (header, dataBytes, says) = Self.forged[index]
    let error = try refusal(
      of: withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8)
        + Data(count: dataBytes))
    #expect(error?.message.contains(says) == true, "\(error?.description ?? "accepted")")
  }

  @Test(arguments: [Data(), Data([1, 2, 3]), Data(repeating: 255, count: 64), Data("RIFF....WAVE....".utf8)])
  func otherFilesAreRefused(content: Data) throws { #expect(try refusal(of: content) != nil) }

  @Test func elementsAreAlignedWhateverTheNamesAndSizes() throws {
    for name in ["a", "ab", "abc", "abcdefg"] {
      defer { try? FileManager.default.removeItem(at: folder) }
      let url = folder.appending(path: "x.safetensors")
      // In the order of the names alone, three bytes would stand before numbers of eight.
      let tensors = [
        name + "1": try Tensor([1, 2, 3] as [UInt8]), name + "2": try Tensor([1.5, 2.5] as [Double]),
        name + "3": try Tensor([true]), name + "4": try Tensor([0.5] as [Float]), name + "5": try Tensor([7] as [Int]),
      ]
      try SafeTensors.write(tensors, to: url)
      let bytes = try Data(contentsOf: url)
      let headerLength = bytes.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
      let header = try #require(
        JSONSerialization.jsonObject(with: bytes[8..<(8 + headerLength)]) as? [String: [String: Any]])
      for (key, tensor) in tensors {
        let offsets = try #require(header[key]?["data_offsets"] as? [Int])
        #expect((8 + headerLength + offsets[0]) % tensor.dtype.byteCount == 0, "\(key)")
        #expect(try SafeTensors(url).tensor(key).equals(tensor), "\(key)")
      }
    }
  }

  @Test func filesAreTheSameByteForByte() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    var files: [Data] = []
    for order in [Array("abcdefgh"), Array("hgfedcba")] {
      let url = folder.appending(path: "x.safetensors")
      var tensors: [String: Tensor] = [:]
      for name in order { tensors[String(name)] = try Tensor([1, 2] as [Float]) }
      try SafeTensors.write(tensors, metadata: ["z": "1", "a": "2"], to: url)
      files.append(try Data(contentsOf: url))
    }
    #expect(files[0] == files[1])
  }

  @Test func theNameOfTheMetadataIsNoTensors() throws {
    let url = folder.appending(path: "x.safetensors")
    #expect(throws: FileError.self) { try SafeTensors.write(["__metadata__": Tensor([1] as [Float])], to: url) }
    #expect(!FileManager.default.fileExists(atPath: url.path))
  }

  @Test func aMissingFileIsNamed() {
    let error = #expect(throws: FileError.self) { try SafeTensors(folder.appending(path: "none.safetensors")) }
    #expect(error?.description.hasSuffix("none.safetensors: No such file or directory") == true)
  }

  private func refusal(of content: Data) throws -> FileError? {
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "x.safetensors")
    try AtomicFile.write(content, to: url)
    return #expect(throws: FileError.self) { try SafeTensors(url) }
  }
}
