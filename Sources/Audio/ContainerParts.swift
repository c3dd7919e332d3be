/// Bytes of an open file, at any place.
protocol RandomAccess {
  /// The file's length in bytes; nil where it can't be known, as for a pipe.
  var size: Int64? { get }
  /// `count` bytes from `offset`, fewer at the end.
  func bytes(at offset: Int64, count: Int) -> [UInt8]
}

/// The parts (chunks, boxes, elements) that containers state the sizes of. FFmpeg reads to the end of a file and, for
/// several formats, then takes what it found for the whole; so the sizes are compared with the file's own here.
enum ContainerParts {
  /// How much of a part of the file was promised, and how much of it is there, in bytes.
  struct Shortfall: Equatable {
    let promised: Int64
    let present: Int64
  }

  /// The part that reaches beyond the end of the file, or nil where none does or the format states no sizes.
  static func shortfall(of file: some RandomAccess, format: String) -> Shortfall? {
    guard let size = file.size else { return nil }
    switch format {
    case "wav": return riff(file, size)
    case "w64": return walk(file, size, from: 40, w64Chunk)
    case "caf": return walk(file, size, from: 8, cafChunk)
    case "matroska,webm": return walk(file, size, from: 0, ebmlElement)
    case let name where name.hasPrefix("mov,"): return walk(file, size, from: 0, isoBox)
    default: return nil
    }
  }

  /// A part's header: how long it is itself, how long the part's content, nil for "up to the end".
  private struct Part {
    var header: Int64
    var content: Int64?
    var padding: Int64 = 0
    var isLast = false
  }

  private static func walk(
    _ file: some RandomAccess, _ size: Int64, from start: Int64, _ parse: ([UInt8]) -> Part?
  ) -> Shortfall? {
    var offset = start
    // A file of tiny parts is not worth following to its end.
    for _ in 0..<10_000 where offset < size {
      guard let part = parse(file.bytes(at: offset, count: 32)), let content = part.content, content >= 0 else {
        return nil
      }
      let present = size - offset - part.header
      if content > present { return Shortfall(promised: content, present: max(0, present)) }
      if part.isLast { return nil }
      offset += part.header + content + part.padding
    }
    return nil
  }

  /// RIFF WAVE, and RF64, whose 64-bit sizes are in the chunk `ds64`. Sizes 0 and 2^32 - 1 are those of a stream.
  private static func riff(_ file: some RandomAccess, _ size: Int64) -> Shortfall? {
    let head = file.bytes(at: 0, count: 12)
    let isBig = name(head) == "RIFX"
    var dataSize: Int64?
    return walk(file, size, from: 12) { bytes in
      guard bytes.count >= 8 else { return nil }
      let length = isBig ? big(bytes[4..<8]) : little(bytes[4..<8])
      if name(bytes) == "ds64", bytes.count >= 24 { dataSize = little(bytes[16..<24]) }
      guard name(bytes) == "data" else { return Part(header: 8, content: length, padding: length & 1) }
      if length == 0xFFFF_FFFF { return Part(header: 8, content: dataSize, isLast: true) }
      return Part(header: 8, content: length == 0 ? nil : length, isLast: true)
    }
  }

  /// Sony Wave64: 16 bytes of GUID, then the size, which counts the header.
  private static func w64Chunk(_ bytes: [UInt8]) -> Part? {
    guard bytes.count >= 24 else { return nil }
    let length = little(bytes[16..<24])
    guard length >= 24 else { return nil }
    return Part(header: 24, content: length - 24, padding: (8 - length & 7) & 7, isLast: name(bytes) == "data")
  }

  /// Apple Core Audio Format: a size of -1 is that of a stream.
  private static func cafChunk(_ bytes: [UInt8]) -> Part? {
    guard bytes.count >= 12 else { return nil }
    return Part(header: 12, content: big(bytes[4..<12]), isLast: name(bytes) == "data")
  }

  /// ISO base media (MP4, M4A, MOV): size 1 means that 64 bits follow, size 0 up to the end.
  private static func isoBox(_ bytes: [UInt8]) -> Part? {
    guard bytes.count >= 8 else { return nil }
    let length = big(bytes[0..<4])
    if length == 0 { return nil }
    if length == 1 {
      guard bytes.count >= 16 else { return nil }
      return Part(header: 16, content: big(bytes[8..<16]) &- 16)
    }
    return Part(header: 8, content: length - 8)
  }

  /// EBML (Matroska, WebM): identifier and size are numbers of variable length; a size of ones is that of a stream.
  private static func ebmlElement(_ bytes: [UInt8]) -> Part? {
    guard let first = bytes.first, first != 0 else { return nil }
    let identifier = first.leadingZeroBitCount + 1
    guard bytes.count > identifier, bytes[identifier] != 0 else { return nil }
    let width = bytes[identifier].leadingZeroBitCount + 1
    guard bytes.count >= identifier + width else { return nil }
    let mask = Int64(1) << (7 * width) - 1
    let length = big(bytes[identifier..<(identifier + width)]) & mask
    return Part(header: Int64(identifier + width), content: length == mask ? nil : length)
  }

  private static func name(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix(4), as: UTF8.self) }

  private static func big(_ bytes: ArraySlice<UInt8>) -> Int64 { bytes.reduce(0) { $0 << 8 | Int64($1) } }

  private static func little(_ bytes: ArraySlice<UInt8>) -> Int64 { bytes.reversed().reduce(0) { $0 << 8 | Int64($1) } }
}
