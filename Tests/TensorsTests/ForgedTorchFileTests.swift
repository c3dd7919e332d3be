import Basics
import Foundation
import Tensors
import TestSupport
import Testing

/// Files of `torch.save`'s formats that lie, and what is said of each.
@Suite struct ForgedTorchFileTests {
  typealias Tensor = PickleBuilder.Tensor

  static let floats = [UInt8](repeating: 0, count: 16)

  static func zip(_ tensor: Tensor, storage: [UInt8] = floats) -> [UInt8] {
    TorchFileBuilder.zip(TorchFileBuilder.entries(PickleBuilder.stateDict([("a", tensor)]), ["0": storage]))
  }

  static func pickle(_ build: (inout PickleBuilder) -> Void) -> [UInt8] {
    TorchFileBuilder.zip(TorchFileBuilder.entries(PickleBuilder.of(build), [:]))
  }

  static func changed(_ change: (inout [TorchFileBuilder.Entry]) -> Void) -> [UInt8] {
    var entries = TorchFileBuilder.entries(PickleBuilder.stateDict([("a", Tensor())]), ["0": floats])
    change(&entries)
    return TorchFileBuilder.zip(entries)
  }

  static func legacy(_ tensor: Tensor, _ storages: [(String, Int, [UInt8])], isLittle: Bool = true) -> [UInt8] {
    TorchFileBuilder.legacy(PickleBuilder.stateDict([("a", tensor)]), storages, isLittle: isLittle)
  }

  static func message(_ content: [UInt8]) throws -> String? {
    let folder = try TemporaryFolder()
    let url = folder("x.bin")
    try Data(content).write(to: url)
    do {
      _ = try PickledStateDict(url).tensors()
      return nil
    } catch let error as FileError {
      return error.message
    }
  }

  @Test func theHonestOnesAreRead() throws {
    #expect(try Self.message(Self.zip(Tensor())) == nil)
    #expect(try Self.message(Self.legacy(Tensor(), [("0", 4, Self.floats)])) == nil)
    #expect(
      try Self.message(Self.legacy(Tensor(shape: [2], strides: [1], view: (1, 3)), [("0", 4, Self.floats)])) == nil)
    #expect(
      try Self.message(TorchFileBuilder.zip(TorchFileBuilder.entries(PickleBuilder.of { $0.code("}") }, [:]))) == nil)
    let commented = TorchFileBuilder.zip(
      TorchFileBuilder.entries(PickleBuilder.of { $0.code("}") }, [:]), comment: Array("PK\u{5}\u{6} a comment".utf8))
    #expect(try Self.message(commented) == nil)
  }

  static let tensors: [(Tensor, says: String)] = [
    (
      Tensor(shape: [2, 3]),
      "tensor 'a' (float32 [2, 3], strides [2, 1]) from element 0 on reaches beyond its storage of 4 elements"
    ),
    (
      Tensor(offset: 1),
      "tensor 'a' (float32 [2, 2], strides [2, 1]) from element 1 on reaches beyond its storage of 4 elements"
    ),
    (
      Tensor(strides: [.max, 1]),
      "tensor 'a' (float32 [2, 2], strides [\(Int.max), 1]) from element 0 on reaches beyond its storage of 4 elements"
    ),
    (
      Tensor(offset: .max),
      "tensor 'a' (float32 [2, 2], strides [2, 1]) from element \(Int.max) on reaches beyond its storage of 4 elements"
    ),
    (
      Tensor(shape: [1 << 40, 1 << 40], strides: [0, 0]),
      "tensor 'a' has an impossible shape (float32 [1099511627776, 1099511627776], strides [0, 0])"
    ),
    (
      Tensor(shape: [1 << 40], strides: [0]),
      "tensor 'a' (float32 [1099511627776], strides [0]) repeats the 4 elements of its storage too often"
    ),
    (
      Tensor(type: "DoubleStorage"),
      "tensor 'a' lies in storage '0', which should have 4 elements of 8 bytes, but has 16 bytes"
    ),
    (Tensor(count: 3), "tensor 'a' lies in storage '0', which should have 3 elements of 4 bytes, but has 16 bytes"),
    (
      Tensor(count: .max),
      "tensor 'a' lies in storage '0', which should have \(Int.max) elements of 4 bytes, but has 16 bytes"
    ),
    (Tensor(key: "1"), "tensor 'a' lies in storage '1', which the file lacks"),
    (Tensor(key: "../0"), "tensor 'a' lies in storage '../0', which the file lacks"),
  ]

  @Test(arguments: tensors.indices) func aTensorThatLiesIsRefused(index: Int) throws {
    let (tensor, says) = Self.tensors[index]
    #expect(try Self.message(Self.zip(tensor)) == says)
  }

  @Test func whatPicklesMayNotSayIsRefused() throws {
    let cases: [(tensor: Tensor, says: String)] = [
      (Tensor(offset: -1), "a tensor of other arguments than storage, offset, shape and strides"),
      (Tensor(shape: [2, -2]), "a tensor whose shape or strides are not all whole numbers from 0 on"),
      (Tensor(strides: [-2, 1]), "a tensor whose shape or strides are not all whole numbers from 0 on"),
      (Tensor(shape: [2]), "a tensor of 1 dimensions with 2 strides"),
      (
        Tensor(shape: [Int](repeating: 1, count: 65), strides: [Int](repeating: 1, count: 65)),
        "a tensor of 65 dimensions; 64 are the most"
      ),
      (Tensor(count: -4), "a reference outside of the pickle to something else than a storage"),
      (Tensor(view: (2, 3)), "a part of a storage of 4 elements that does not lie within it"),
      (Tensor(view: (.max, .max)), "a part of a storage of 4 elements that does not lie within it"),
      (
        Tensor(type: "QInt8Storage"),
        "it wants 'torch.QInt8Storage', which is no part of a state dict; nothing that a file names is run here"
      ),
    ]
    for (tensor, says) in cases {
      let message = try Self.message(Self.zip(tensor))
      #expect(
        message?.hasPrefix("its pickle fails at byte ") == true && message?.hasSuffix(": " + says) == true,
        "\(message ?? "accepted")")
    }
  }

  @Test func picklesThatRunCodeAreRefused() throws {
    for (module, name) in [("os", "system"), ("builtins", "eval"), ("torch.hub", "load"), ("posix", "system")] {
      let message = try Self.message(
        Self.pickle {
          $0.global(module, name)
          $0.code("(")
          $0.text("touch /tmp/owned")
          $0.code("tR")
        })
      #expect(
        message == "its pickle fails at byte 66: it wants '\(module).\(name)', which is no part of a state dict; "
          + "nothing that a file names is run here")
    }
  }

  @Test func zipFilesThatLieAreRefused() throws {
    let honest = Self.zip(Tensor())
    let cases: [(content: [UInt8], says: String)] = [
      (Array(honest.dropLast()), "it begins as a zip file, but has no directory at its end: it is truncated"),
      (Array(honest.prefix(40)), "it begins as a zip file, but has no directory at its end: it is truncated"),
      (Self.changed { $0[2].method = 8 }, "the entry 'x/data/0' is compressed; PyTorch stores entries as they are"),
      (Self.changed { $0[2].flags = 1 }, "the entry 'x/data/0' is encrypted"),
      (Self.changed { $0[2].length = 12 }, "the entry 'x/data/0' has 12 bytes, of which 16 are stored"),
      (
        Self.changed { $0[2].start = 4_000_000_000 },
        "the entry 'x/data/0' is said to be at byte 4000000000, beyond the directory at 450"
      ),
      (Self.changed { $0[2].start = 5 }, "the entry 'x/data/0' is not at byte 5, where the directory says that it is"),
      (Self.changed { $0[2].start = 0 }, "the entry 'x/data/0' has another name at byte 0"),
      (Self.changed { $0[3].name = "x/data/0" }, "its directory names the entry 'x/data/0' twice"),
      (
        Self.changed { $0[1].content = Array("big".utf8) },
        "its numbers are stored in the byte order 'big'; little can be read"
      ),
      (
        Self.changed { $0[0].name = "x/y/data.pkl" },
        "it is a zip file with 0 entries FOLDER/data.pkl, of which PyTorch writes one"
      ),
      (
        Self.changed { $0[3].name = "y/data.pkl" },
        "it is a zip file with 2 entries FOLDER/data.pkl, of which PyTorch writes one"
      ),
      (
        Self.changed { $0[3].name = "x/constants.pkl" },
        "it is a TorchScript program; only its weights, saved as a state dict, can be read"
      ),
    ]
    for (content, says) in cases {
      let message = try Self.message(content)
      #expect(message == says)
    }
  }

  @Test func overlappingEntriesAreRefused() throws {
    // The second entry's header lies within the first one's content.
    let inner = TorchFileBuilder.zip([.init(name: "x/data/0", content: Self.floats)])
    var entries = TorchFileBuilder.entries(PickleBuilder.stateDict([("a", Tensor())]), ["0": Self.floats])
    entries.insert(.init(name: "x/big", content: inner), at: 0)
    entries[3].start = 64
    let message = try Self.message(TorchFileBuilder.zip(entries))
    #expect(
      message?.hasPrefix("the entries at bytes ") == true && message?.hasSuffix(" overlap") == true, "\(message ?? "")")
  }

  @Test func filesOfTheOlderFormatThatLieAreRefused() throws {
    let honest = Self.legacy(Tensor(), [("0", 4, Self.floats)])
    let cases: [(content: [UInt8], says: String)] = [
      (Array(honest.dropLast(3)), "its storage '0' has 4 elements, but 13 bytes are left: it is truncated"),
      (honest + [0], "1 bytes follow its last storage"),
      (Self.legacy(Tensor(), [("0", 5, Self.floats)]), "its storage '0' has 5 elements, but the tensors expect 4"),
      (
        Self.legacy(Tensor(), [("0", -4, Self.floats)]),
        "the 64-bit number at byte 244, 18446744073709551612, is no length that a file can have"
      ),
      (Self.legacy(Tensor(), [("1", 4, Self.floats)]), "its storage '1' belongs to no tensor"),
      (Self.legacy(Tensor(), []), "tensor 'a' lies in storage '0', which the file lacks"),
      (Self.legacy(Tensor(), [("0", 4, Self.floats), ("0", 4, Self.floats)]), "its storage '0' stands there twice"),
      (
        Self.legacy(Tensor(), [("0", 4, Self.floats)], isLittle: false),
        "its numbers are stored big end first; little can be read"
      ),
      ([], "it is neither a zip file nor a pickle as torch.save writes them"),
      (Array("RIFF....WAVE".utf8), "it is neither a zip file nor a pickle as torch.save writes them"),
      ([0x80, 2, 0x4B, 1, 0x2E], "it is neither a zip file nor a pickle as torch.save writes them"),
    ]
    for (content, says) in cases {
      let message = try Self.message(content)
      #expect(message == says)
    }
  }

  @Test func picklesThatTryToExhaustMemoryAreRefused() throws {
    let cases: [(content: [UInt8], says: String)] = [
      // A tuple of a tuple of a tuple, a hundred thousand deep.
      (
        Self.pickle { pickle in
          pickle.code("]")
          for _ in 0..<100_000 { pickle.code(0x85) }
          pickle.code("}q\u{0}")
          pickle.text("a")
          pickle.code("]")
          for _ in 0..<100_000 { pickle.code(0x85) }
          pickle.code("s")
        }, "its dictionaries are nested more than 32 deep"
      ),
      // A dictionary that holds itself.
      (
        Self.pickle { pickle in
          pickle.code("}q\u{0}")
          pickle.text("a")
          pickle.code("h\u{0}s")
        }, "its dictionaries are nested more than 32 deep"
      ),
      // Twenty lists, each of which holds the one before a hundred times.
      (
        Self.pickle { pickle in
          pickle.code("]q\u{0}")
          for level in 1...20 {
            pickle.code("](")
            for _ in 0..<100 { pickle.code(UInt8(ascii: "h"), UInt8(level - 1)) }
            pickle.code(UInt8(ascii: "e"), UInt8(ascii: "q"), UInt8(level))
          }
        }, "its dictionaries hold each other, so that names would have no end"
      ),
      // A long list, made into a dictionary a thousand times.
      (
        Self.pickle { pickle in
          pickle.code("](")
          for _ in 0..<10_000 { pickle.code(UInt8(ascii: "N"), UInt8(ascii: "N"), 0x86) }
          pickle.code(UInt8(ascii: "e"), 0x85, UInt8(ascii: "q"), 0)
          for _ in 0..<1000 {
            pickle.global("collections", "OrderedDict")
            pickle.code("h\u{0}R0")
          }
        }, "it makes more than its bytes could hold"
      ),
      (Self.pickle { $0.code("X\u{7f}\u{7f}\u{7f}\u{7f}") }, "bytes from byte 71 on are expected"),
      (
        Self.pickle { $0.code(0x8E, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF) },
        "is no length that a file can have"
      ),
      (Self.pickle { $0.code("Nr\u{7f}\u{7f}\u{7f}\u{7f}") }, "value 2139062143 is remembered, but only 0 before it"),
      // A key of a megabyte, by which a thousand storages are named.
      (
        Self.pickle { pickle in
          pickle.code("](")
          pickle.text(String(repeating: "k", count: 1 << 20))
          pickle.code("q\u{0}0")
          pickle.code("(")
          pickle.text("storage")
          pickle.global("torch", "FloatStorage")
          pickle.code("h\u{0}")
          pickle.text("cpu")
          pickle.code("K\u{1}tq\u{1}0")
          for _ in 0..<1000 { pickle.code("h\u{1}Q0") }
          pickle.code("e")
        }, "it makes more than its bytes could hold"
      ),
    ]
    for (content, says) in cases {
      let message = try Self.message(content)
      #expect(message?.contains(says) == true, "\(message ?? "accepted")")
    }
  }

  @Test func picklesThatEndOrUnderflowAreRefused() throws {
    let says = [
      "": "a value is missing", "0": "a value is missing", "t": "there is no mark", "(.": "a value is missing",
      "NR": "a value is missing", "NNR": "None is called", "Na": "a value is missing",
      "NNa": "elements are added to None",
      "}Ns": "a value is missing", "}(Nu": "a key without a value", "h\u{1}": "value 1 is recalled of 0 remembered",
      "NQ": "a reference to None outside of the pickle",
      "I1\n": "opcode 0x49, which no state dict of protocol 2 or newer needs",
      "\u{8}": "opcode 0x8, which no state dict of protocol 2 or newer needs", "cos": "it ends within the line of text",
    ]
    for (codes, says) in says {
      let message = try Self.message(Self.pickle { $0.code(codes) })
      #expect(message?.contains(says) == true, "\(codes.debugDescription): \(message ?? "accepted")")
    }
    #expect(
      try Self.message(Self.pickle { $0.code("N") }) == "it holds None, where a dictionary of tensors is expected")
    let twice = PickleBuilder.stateDict([("a", Tensor()), ("a", Tensor())])
    #expect(
      try Self.message(TorchFileBuilder.zip(TorchFileBuilder.entries(twice, ["0": Self.floats])))
        == "it has two tensors named 'a'")
  }
}
