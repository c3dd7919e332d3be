import Basics
import Foundation
import Tensors
import TestSupport
import Testing

/// Files that PyTorch itself wrote, in both of its formats, against what it says that they hold.
@Suite struct PickledStateDictTests {
  /// Makes `zip.bin` and `legacy.bin` of the dictionary `saved`, and `expected.safetensors` of `expected`, in a folder.
  static func files(_ script: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    _ = try Peer.python(
      """
      import sys, torch
      from collections import OrderedDict
      from safetensors.torch import save_file
      expected = {}
      exec(sys.argv[2])
      torch.save(saved, sys.argv[1] + "/zip.bin")
      torch.save(saved, sys.argv[1] + "/legacy.bin", _use_new_zipfile_serialization=False)
      save_file({name: t.detach().clone().contiguous() for name, t in expected.items()}, sys.argv[1] + "/expected.safetensors")
      """, [folder.url.path, script])
    return folder
  }

  /// Every tensor one by one and all at once, of both formats.
  func expectAgreement(_ folder: TemporaryFolder, _ location: SourceLocation = #_sourceLocation) throws {
    let expected = try SafeTensors(folder("expected.safetensors"))
    for name in ["zip.bin", "legacy.bin"] {
      let file = try PickledStateDict(folder(name))
      #expect(file.names == expected.names, "\(name)", sourceLocation: location)
      let all = try file.tensors()
      #expect(all.keys.sorted() == expected.names, "\(name)", sourceLocation: location)
      for key in expected.names {
        let theirs = try expected.tensor(key)
        #expect(file.shape(of: key) == theirs.shape, "\(name) \(key)", sourceLocation: location)
        #expect(file.dtype(of: key) == theirs.dtype, "\(name) \(key)", sourceLocation: location)
        #expect(try file.tensor(key).equals(theirs), "\(name) \(key)", sourceLocation: location)
        #expect(try all[key]?.equals(theirs) == true, "\(name) \(key)", sourceLocation: location)
      }
    }
  }

  @Test func everyDtypeIsRead() throws {
    try expectAgreement(
      Self.files(
        """
        dtypes = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16,
                  torch.float32, torch.float64, torch.complex64, torch.bool]
        # One odd byte first, so that the older format aligns little.
        saved = OrderedDict(odd=torch.ones(3, dtype=torch.uint8))
        for dtype in dtypes:
          saved[str(dtype)] = (torch.randn(5, 3) * 3).to(dtype) if dtype != torch.bool else torch.randn(5, 3) > 0
        expected = saved
        """))
  }

  @Test func viewsAndShapesOfAllKindsAreRead() throws {
    try expectAgreement(
      Self.files(
        """
        x = torch.arange(60, dtype=torch.float32).reshape(3, 4, 5)
        wide = torch.arange(40)
        saved = {
          "plain": x, "transposed": x.transpose(0, 2), "sliced": x[1:, ::2, 3], "last": x[2, 3, 4], "tail": x[2],
          "expanded": torch.tensor([[1.0], [2.0]]).expand(2, 3), "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 4),
          "empty view": x[3:], "ones": torch.ones(1, 1, 1), "every third": wide[2::3], "cut": wide[7:20].clone()[3:9],
          "name.with.dots": torch.ones(2), "": torch.full((1,), 3.0), "Überlänge": torch.zeros(1),
        }
        expected = saved
        """))
  }

  @Test func modulesParametersAndNestedDictionariesAreRead() throws {
    try expectAgreement(
      Self.files(
        """
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
        state = model.state_dict()
        assert state._metadata
        noted = torch.ones(2); noted.remark = "an attribute"
        optimiser = torch.optim.AdamW(model.parameters())
        model(torch.randn(5, 3)).sum().backward(); optimiser.step()
        saved = {
          "model": state, "epoch": 3, "loss": 0.25, "name": "a run", "big": 2 ** 70, "negative": -2 ** 40, "none": None,
          "list": [torch.ones(1), {"deep": torch.zeros(2)}], "pair": (torch.full((1,), 7.0), 5), 3: torch.ones(3),
          "parameter": torch.nn.Parameter(torch.randn(3)), "frozen": torch.nn.Parameter(torch.ones(2), False),
          "noted": noted, "device": torch.device("cpu"), "dtype": torch.float16, "size": torch.Size([1, 2]), "set": {1, 2},
          "optimizer": optimiser.state_dict(), "flag": True, "grad": torch.ones(2, requires_grad=True),
        }
        for name, t in state.items(): expected["model." + name] = t
        expected.update({"list.0": torch.ones(1), "list.1.deep": torch.zeros(2), "pair.0": saved["pair"][0], "3": saved[3]})
        expected.update({name: saved[name] for name in ["parameter", "frozen", "noted", "grad"]})
        for i, s in optimiser.state_dict()["state"].items():
          expected.update({f"optimizer.state.{i}.{name}": t for name, t in s.items()})
        """))
  }

  @Test func laterPicklersAreRead() throws {
    let folder = try Self.files("saved = {'a': torch.arange(6.0).reshape(2, 3).T}; expected = saved")
    for version in 2...5 {
      _ = try Peer.python(
        """
        import sys, torch
        saved = {"a": torch.arange(6.0).reshape(2, 3).T}
        torch.save(saved, sys.argv[1] + "/zip.bin", pickle_protocol=int(sys.argv[2]))
        torch.save(saved, sys.argv[1] + "/legacy.bin", pickle_protocol=int(sys.argv[2]), _use_new_zipfile_serialization=False)
        """, [folder.url.path, "\(version)"])
      try expectAgreement(folder)
    }
  }

  @Test func tiedWeightsStayTiedAndTheFileStaysAsItIs() throws {
    let folder = try Self.files(
      """
      w = torch.arange(12, dtype=torch.float32).reshape(3, 4)
      saved = {"odd": torch.ones(3, dtype=torch.uint8), "embedding": w, "head": w, "row": w[1]}
      expected = saved
      """)
    try expectAgreement(folder)
    for name in ["zip.bin", "legacy.bin"] {
      let before = try Data(contentsOf: folder(name))
      let tensors = try PickledStateDict(folder(name)).tensors()
      let (embedding, head, row) = (try #require(tensors["embedding"]), tensors["head"], tensors["row"])
      try embedding.fillInPlace(9)
      #expect(try head?.equals(embedding) == true, "\(name)")
      #expect(try row?.array(of: Float.self) == [9, 9, 9, 9], "\(name)")
      #expect(try Data(contentsOf: folder(name)) == before, "\(name) was written")
    }
  }

  @Test func mappedTensorsOutliveTheirReaderAndTheFilesName() throws {
    let folder = try Self.files("saved = {'a': torch.arange(1000.0)}; expected = saved")
    let tensor = try PickledStateDict(folder("zip.bin")).tensor("a")
    try FileManager.default.removeItem(at: folder("zip.bin"))
    #expect(try tensor.sum().item(of: Double.self) == 499_500)
  }

  @Test func aSoleTensorIsReadAndAnythingElseRefused() throws {
    let folder = try Self.files(
      """
      whole = torch.arange(24.0).reshape(4, 6)
      saved = whole[1:3].T; expected = {"it": saved}
      for name, other in {"map": {"a": whole}, "list": [whole], "number": 3}.items(): torch.save(other, f"{sys.argv[1]}/{name}.pt")
      """)
    let expected = try SafeTensors(folder("expected.safetensors")).tensor("it")
    for name in ["zip.bin", "legacy.bin"] {
      #expect(try PickledStateDict.soleTensor(folder(name)).equals(expected), "\(name)")
    }
    for (name, kind) in [("map", "a dictionary"), ("list", "a list"), ("number", "a whole number")] {
      let error = #expect(throws: FileError.self) { try PickledStateDict.soleTensor(folder("\(name).pt")) }
      #expect(
        error?.message == "it holds \(kind), where one tensor, as torch.save(tensor, file) writes it, is expected")
    }
  }

  @Test func prefixesPickAModelOutOfACheckpoint() throws {
    let folder = try Self.files(
      "saved = {'state_dict': {'a.w': torch.ones(2), 'b': torch.zeros(1)}, 'epoch': 1}; expected = {}")
    let file = try PickledStateDict(folder("zip.bin"))
    #expect(file.names == ["state_dict.a.w", "state_dict.b"])
    #expect(try file.tensors(under: "state_dict").keys.sorted() == ["a.w", "b"])
    let error = #expect(throws: FileError.self) { try file.tensors(under: "net") }
    #expect(
      error?.message
        == "no tensor's name begins with 'net.'; there are 'state_dict.a.w', 'state_dict.b'")
  }

  @Test func whatIsNoStateDictIsRefusedByName() throws {
    let cases: [(script: String, says: String)] = [
      ("saved = {'m': torch.nn.Linear(1, 1)}", "it wants 'torch.nn.modules.linear.Linear'"),
      ("import datetime; saved = {'when': datetime.timedelta(1)}", "it wants 'datetime.timedelta'"),
      ("saved = {'s': torch.ones(2).to_sparse()}", "_rebuild_sparse_tensor'"),
      ("saved = {'n': torch.ones(2).to(torch.float8_e4m3fn)}", "it wants 'torch.float8_e4m3fn'"),
      ("saved = torch.ones(2)", "it holds a tensor, where a dictionary of tensors is expected"),
    ]
    for (script, says) in cases {
      let folder = try Self.files("\(script)\nexpected = {}")
      for name in ["zip.bin", "legacy.bin"] {
        let error = #expect(throws: FileError.self, "\(script)") { try PickledStateDict(folder(name)) }
        #expect(error?.message.contains(says) == true, "\(error?.description ?? "accepted")")
      }
    }
  }
}
