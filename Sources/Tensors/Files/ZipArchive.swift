/// The entries of a zip file, such as PyTorch writes: stored without compression, so that they can be mapped.
///
/// All offsets and lengths are checked against the file and against each other. Checksums are not, which would mean to
/// read gigabytes before the first tensor is used.
struct ZipArchive {
  /// Where the content of each entry lies in the file.
  let entries: [String: Range<Int>]

  private struct Directory {
    var count: Int
    var range: Range<Int>
  }

  private static let tailLength = 22
  private static let mostComment = 65_535
  private static let locatorLength = 20
  private static let tail64Length = 56
  private static let unknown32 = Int(UInt32.max)
  private static let unknown16 = Int(UInt16.max)

  /// Whether a file begins as a zip file does that has at least one entry.
  static func isArchive(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

  /// Reads the directory at the end of a file.
  init(_ bytes: UnsafeRawBufferPointer) throws(FileFault) {
    let directory = try Self.directory(bytes)
    var cursor = ByteCursor(bytes, in: directory.range)
    var found: [String: Range<Int>] = [:]
    var extents: [Range<Int>] = []
    for _ in 0..<directory.count {
      let (name, extent, content) = try Self.entry(&cursor, directory.range.lowerBound)
      guard found.updateValue(content, forKey: name) == nil else {
        throw FileFault("its directory names the entry \(name.quoted) twice")
      }
      extents.append(extent)
    }
    guard cursor.remaining == 0 else {
      throw FileFault("its directory has \(cursor.remaining) bytes beyond its \(directory.count) entries")
    }
    extents.sort { $0.lowerBound < $1.lowerBound }
    for (one, next) in zip(extents, extents.dropFirst()) where next.lowerBound < one.upperBound {
      throw FileFault("the entries at bytes \(one) and \(next) overlap")
    }
    entries = found
  }

  /// Finds the directory by the record at the very end, which a comment may follow.
  private static func directory(_ bytes: UnsafeRawBufferPointer) throws(FileFault) -> Directory {
    let missing = FileFault("it begins as a zip file, but has no directory at its end: it is truncated")
    guard bytes.count >= tailLength else { throw missing }
    let last = bytes.count - tailLength
    let first = max(0, last - mostComment)
    let start = stride(from: last, through: first, by: -1).first { place in
      bytes[place] == 0x50 && bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self).littleEndian == 0x0605_4B50
        && Int(bytes.loadUnaligned(fromByteOffset: place + 20, as: UInt16.self).littleEndian) == last - place
    }
    guard let start else { throw missing }
    var tail = ByteCursor(bytes, in: (start + 4)..<bytes.count)
    let disks = (try tail.read(UInt16.self), try tail.read(UInt16.self))
    let here = Int(try tail.read(UInt16.self))
    var count = Int(try tail.read(UInt16.self))
    var length = Int(try tail.read(UInt32.self))
    var offset = Int(try tail.read(UInt32.self))
    guard disks == (0, 0), here == count else { throw FileFault("it is one part of a zip file in several parts") }
    var end = start
    if start >= locatorLength,
      bytes.loadUnaligned(fromByteOffset: start - locatorLength, as: UInt32.self).littleEndian == 0x0706_4B50
    {
      var locator = ByteCursor(bytes, in: (start - locatorLength + 8)..<start)
      let place = try locator.readCount()
      guard start - locatorLength >= tail64Length, place <= start - locatorLength - tail64Length else {
        throw FileFault("the record of its zip64 directory is said to be at byte \(place), outside of the file")
      }
      var tail64 = ByteCursor(bytes, in: place..<(start - locatorLength))
      guard try tail64.read(UInt32.self) == 0x0606_4B50 else {
        throw FileFault("the record of its zip64 directory is not at byte \(place), where it is said to be")
      }
      _ = try tail64.take(20)
      let here64 = try tail64.readCount()
      let count64 = try tail64.readCount()
      let length64 = try tail64.readCount()
      let offset64 = try tail64.readCount()
      guard here64 == count64, count == unknown16 || count == count64, length == unknown32 || length == length64,
        offset == unknown32 || offset == offset64
      else { throw FileFault("its two directory records contradict each other") }
      (count, length, offset, end) = (count64, length64, offset64, place)
    }
    guard length <= end, offset == end - length else {
      throw FileFault("its directory is said to take \(length) bytes from byte \(offset) on, but ends at byte \(end)")
    }
    // Each entry takes at least 46 bytes.
    guard count <= length / 46 else {
      throw FileFault("its directory is said to have \(count) entries in \(length) bytes")
    }
    return Directory(count: count, range: offset..<end)
  }

  /// Reads one entry of the directory and the header that stands before its content.
  private static func entry(
    _ cursor: inout ByteCursor, _ limit: Int
  ) throws(FileFault) -> (name: String, extent: Range<Int>, content: Range<Int>) {
    let place = cursor.position
    guard try cursor.read(UInt32.self) == 0x0201_4B50 else {
      throw FileFault("no entry of its directory begins at byte \(place), where one is expected")
    }
    _ = try cursor.take(4)
    let flags = try cursor.read(UInt16.self)
    let method = try cursor.read(UInt16.self)
    _ = try cursor.take(8)
    var stored = Int(try cursor.read(UInt32.self))
    var length = Int(try cursor.read(UInt32.self))
    let nameLength = Int(try cursor.read(UInt16.self))
    let extraLength = Int(try cursor.read(UInt16.self))
    let commentLength = Int(try cursor.read(UInt16.self))
    _ = try cursor.take(8)
    var start = Int(try cursor.read(UInt32.self))
    let nameRange = try cursor.take(nameLength)
    var extra = ByteCursor(cursor.bytes, in: try cursor.take(extraLength))
    _ = try cursor.take(commentLength)
    guard let name = cursor.bytes.text(nameRange) else {
      throw FileFault("the name of the entry at byte \(place) of its directory is not UTF-8")
    }
    guard flags & 1 == 0 else { throw FileFault("the entry \(name.quoted) is encrypted") }
    guard method == 0 else {
      throw FileFault("the entry \(name.quoted) is compressed; PyTorch stores entries as they are")
    }
    // Numbers that do not fit 32 bits stand in the extra field of type 1, in this order.
    while extra.remaining >= 4, length == unknown32 || stored == unknown32 || start == unknown32 {
      let type = try extra.read(UInt16.self)
      let fieldRange = try extra.take(Int(try extra.read(UInt16.self)))
      guard type == 1 else { continue }
      var field = ByteCursor(cursor.bytes, in: fieldRange)
      if length == unknown32 { length = try field.readCount() }
      if stored == unknown32 { stored = try field.readCount() }
      if start == unknown32 { start = try field.readCount() }
      break
    }
    guard stored == length else {
      throw FileFault("the entry \(name.quoted) has \(length) bytes, of which \(stored) are stored")
    }
    guard start <= limit else {
      throw FileFault("the entry \(name.quoted) is said to be at byte \(start), beyond the directory at \(limit)")
    }
    var header = ByteCursor(cursor.bytes, in: start..<limit)
    let signature = header.remaining >= 30 ? try header.read(UInt32.self) : 0
    guard signature == 0x0403_4B50 else {
      throw FileFault("the entry \(name.quoted) is not at byte \(start), where the directory says that it is")
    }
    _ = try header.take(22)
    let names = Int(try header.read(UInt16.self))
    let extras = Int(try header.read(UInt16.self))
    let ownName = try header.take(names)
    guard cursor.bytes[ownName].elementsEqual(cursor.bytes[nameRange]) else {
      throw FileFault("the entry \(name.quoted) has another name at byte \(start)")
    }
    _ = try header.take(extras)
    guard length <= header.remaining else {
      throw FileFault(
        "the entry \(name.quoted) has \(length) bytes, but only \(header.remaining) stand between it and the directory")
    }
    let content = try header.take(length)
    return (name, start..<content.upperBound, content)
  }
}
