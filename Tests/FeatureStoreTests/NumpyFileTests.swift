import Basics
import FeatureStore
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct NumpyFileTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  @Test func whatNumPyWritesIsRead() throws {
    _ = try Peer.python(
      """
      import sys, numpy as np
      from numpy.lib import format
      a = np.arange(24).reshape(2, 3, 4) * 0.37 - 3
      for name, dtype in [("f2", "<f2"), ("f4", "<f4"), ("f8", "<f8")]:
        for order in "CF":
          for version in [(1, 0), (2, 0), (3, 0)]:
            with open(f"{sys.argv[1]}/{name}-{order}-{version[0]}.npy", "wb") as f:
              format.write_array(f, np.asarray(a.astype(dtype), order=order), version)
      np.save(f"{sys.argv[1]}/scalar.npy", np.float32(2.5))
      np.save(f"{sys.argv[1]}/empty.npy", np.zeros((0, 5), np.float32))
      """, [scratch.url.path])
    let exact = (0..<24).map { Double($0) * 0.37 - 3 }
    for (name, dtype) in [("f2", DType.float16), ("f4", .float32), ("f8", .float64)] {
      let expected = try Tensor(exact, shape: [2, 3, 4]).converted(to: dtype)
      for order in ["C", "F"] {
        for version in 1...3 {
          let found = try NumpyFile.read(scratch("\(name)-\(order)-\(version).npy"))
          #expect(found.dtype == dtype && found.shape == [2, 3, 4])
          #expect(try found.equals(expected), "\(name) \(order) \(version)")
        }
      }
    }
    #expect(try NumpyFile.read(scratch("scalar.npy")).item(of: Float.self) == 2.5)
    #expect(try NumpyFile.read(scratch("empty.npy")).shape == [0, 5])
  }

  @Test func whatIsWrittenNumPyReads() throws {
    let values = (0..<30).map { Float($0) * 0.21 - 2 }
    let tensor = try Tensor(values, shape: [5, 6])
    for dtype in [DType.float16, .float32, .float64, .bfloat16] {
      let stored = try tensor.converted(to: dtype)
      try NumpyFile.write(stored.transposed(), to: scratch("a.npy"))
      let printed = try Peer.python(
        "import sys, numpy as np\na = np.load(sys.argv[1])\nprint(a.dtype, a.shape, *a.ravel().tolist())",
        [scratch("a.npy").path])
      let numbers = try stored.transposed().array(of: Double.self)
      let name = dtype == .bfloat16 ? "float32" : dtype.rawValue
      let fields = printed.split(separator: " ")
      #expect(fields.prefix(3).joined(separator: " ") == "\(name) (6, 5)")
      #expect(fields.dropFirst(3).map { Double($0.trimmingCharacters(in: .newlines)) } == numbers)
      #expect(try NumpyFile.read(scratch("a.npy")).equals(stored.transposed().converted(to: DType(rawValue: name)!)))
    }
    #expect(throws: FileError.self) { try NumpyFile.write(Tensor([1, 2]), to: scratch("b.npy")) }
    #expect(!FileManager.default.fileExists(atPath: scratch("b.npy").path))
  }

  @Test func damagedFilesAreNamedWithWhatIsWrong() throws {
    try NumpyFile.write(Tensor.ones([4, 8]), to: scratch("good.npy"))
    let good = try Data(contentsOf: scratch("good.npy"))
    func changed(_ text: String, _ other: String) -> Data {
      var data = good
      let range = data.range(of: Data(text.utf8))!
      data.replaceSubrange(range, with: Data(other.utf8))
      return data
    }
    var version = good
    version[6] = 9
    let cases: [(Data, String)] = [
      (Data(), "is no .npy file"), (Data("RIFFxxxxWAVEfmt ".utf8), "is no .npy file"),
      (good.dropLast(1), "holds 127 bytes, and float32 of shape [4, 8] takes 128"),
      (good + Data([0]), "holds 129 bytes"), (good.prefix(40), "ends within its header"), (version, "is of format 9.0"),
      (changed("<f4", ">f4"), "holds elements of type '>f4'; <f2, <f4 and <f8 can be read"),
      (changed("<f4", "<i4"), "holds elements of type '<i4'"), (changed("'shape'", "'shepe'"), "has no header with"),
      (changed("(4, 8,)", "(4,-8,)"), "has no header"), (changed("(4, 8,)", "(4, 9,)"), "of shape [4, 9] takes 144"),
    ]
    for (data, message) in cases {
      try data.write(to: scratch("bad.npy"))
      let error = #expect(throws: FileError.self) { try NumpyFile.read(scratch("bad.npy")) }
      #expect(error?.url == scratch("bad.npy") && error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
    #expect(throws: FileError.self) { try NumpyFile.read(scratch("none.npy")) }
  }
}
