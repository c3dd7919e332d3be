import Basics
public import Foundation
public import Tensors

/// Arrays as NumPy stores them: files `.npy` of format 1, 2 or 3.
public enum NumpyFile {
  /// Reads an array of float16, float32 or float64, in C or Fortran order; Fortran order comes back as a view.
  ///
  /// - Throws: `FileError` that says what is wrong with the file.
  public static func read(_ url: URL) throws -> Tensor {
    let data: Data
    do { data = try Data(contentsOf: url, options: .mappedIfSafe) } catch {
      throw FileError(url: url, message: "can't be read: \(error.localizedDescription)")
    }
    guard data.count >= 10, data.prefix(6) == Data([0x93] + "NUMPY".utf8) else {
      throw FileError(url: url, message: "is no .npy file: it does not begin with \\x93NUMPY")
    }
    // Format 1 counts the header's bytes with two bytes, 2 and 3 with four.
    let wide = data[6] > 1
    guard (1...3).contains(data[6]), data.count >= (wide ? 12 : 10) else {
      throw FileError(url: url, message: "is of format \(data[6]).\(data[7]); 1, 2 and 3 can be read")
    }
    let length = (0..<(wide ? 4 : 2)).reduce(0) { $0 | Int(data[8 + $1]) << (8 * $1) }
    let start = (wide ? 12 : 10) + length
    guard start <= data.count else {
      throw FileError(url: url, message: "ends within its header of \(length) bytes")
    }
    let header = try Header(String(decoding: data[(start - length)..<start], as: UTF8.self), url)
    var bytes = header.dtype.byteCount
    for size in header.shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      guard !overflow else { throw FileError(url: url, message: "has the impossible shape \(header.shape)") }
      bytes = product
    }
    guard data.count - start == bytes else {
      throw FileError(
        url: url,
        message:
          "holds \(data.count - start) bytes, and \(header.dtype.rawValue) of shape \(header.shape) takes \(bytes)")
    }
    let array = try Tensor.empty(header.isFortran ? header.shape.reversed() : header.shape, dtype: header.dtype)
    try data.withUnsafeBytes { source in
      try array.withUnsafeBytes { target in
        if bytes > 0 { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[start...])) }
      }
    }
    return header.isFortran ? try array.permuted((0..<header.shape.count).reversed()) : array
  }

  /// Writes a tensor atomically in format 1 and C order: float16, float32 or float64 as it is, bfloat16, which NumPy does
  /// not know, as float32.
  public static func write(_ tensor: Tensor, to url: URL) throws {
    let array = try tensor.detached().moved(to: .cpu).converted(to: tensor.dtype == .bfloat16 ? .float32 : tensor.dtype)
      .contiguous()
    guard let name = types.first(where: { $0.value == array.dtype })?.key else {
      throw FileError(url: url, message: "\(array.dtype.rawValue) can't be written; float16, float32 and float64 can")
    }
    let sizes = array.shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '<\(name)', 'fortran_order': False, 'shape': (\(sizes)), }"
    // Elements begin at a multiple of 64.
    header += String(repeating: " ", count: (64 - (11 + header.utf8.count) % 64) % 64) + "\n"
    var data = Data([0x93] + "NUMPY".utf8 + [1, 0, UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)])
    data.append(contentsOf: header.utf8)
    try AtomicFile.write(to: url) { handle in
      try handle.write(contentsOf: data)
      try array.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        try handle.write(contentsOf: Data(bytesNoCopy: start, count: bytes.count, deallocator: .none))
      }
    }
  }

  private static let types: [String: DType] = ["f2": .float16, "f4": .float32, "f8": .float64]

  /// The Python dictionary at the start of a file.
  private struct Header {
    let dtype: DType
    let isFortran: Bool
    let shape: [Int]

    init(_ text: String, _ url: URL) throws {
      guard let type = text.firstMatch(of: /'descr':\s*'([^']*)'/)?.1,
        let order = text.firstMatch(of: /'fortran_order':\s*(True|False)/)?.1,
        let sizes = text.firstMatch(of: /'shape':\s*\(([0-9,\s]*)\)/)?.1
      else {
        throw FileError(
          url: url, message: "has no header with descr, fortran_order and shape, but '\(text.prefix(80))'")
      }
      guard type.hasPrefix("<"), let dtype = NumpyFile.types[String(type.dropFirst())] else {
        throw FileError(url: url, message: "holds elements of type '\(type)'; <f2, <f4 and <f8 can be read")
      }
      let numbers = sizes.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
      (self.dtype, isFortran, shape) = (dtype, order == "True", numbers.compactMap { Int($0) })
      guard shape.count == numbers.count else {
        throw FileError(url: url, message: "has the impossible shape (\(sizes))")
      }
    }
  }
}
