import Basics
import Foundation

/// Fingerprints on disk, by file name, with the size and time of the file that they were made of: `Cache/fingerprints.bin`
/// in the corpus. A file that can't be read, or is of another version, is as good as none.
struct FingerprintCache {
  struct Entry: Equatable {
    let size: Int
    let changed: Int64
    let fingerprint: AudioFingerprint
  }

  static let path = "Cache/fingerprints.bin"
  /// Grows when fingerprints are made in another way.
  private static let mark: UInt64 = 0x4146_4650_0000_0001

  var entries: [String: Entry] = [:]

  init() {}

  init(contentsOf folder: URL) {
    guard let data = try? Data(contentsOf: folder.appending(path: Self.path)) else { return }
    var reader = Reader(data: data)
    guard reader.next(UInt64.self) == Self.mark, let count = reader.next(UInt64.self) else { return }
    var entries = [String: Entry]()
    for _ in 0..<count {
      guard let name = reader.text(), let size = reader.next(Int64.self), let changed = reader.next(Int64.self),
        let frames = reader.frames()
      else { return }
      entries[name] = Entry(size: Int(size), changed: changed, fingerprint: AudioFingerprint(frames: frames))
    }
    self.entries = entries
  }

  func write(to folder: URL) throws {
    var data = Data()
    func append<T: FixedWidthInteger>(_ value: T) {
      withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }
    append(Self.mark)
    append(UInt64(entries.count))
    for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
      append(UInt32(name.utf8.count))
      data.append(contentsOf: name.utf8)
      append(Int64(entry.size))
      append(entry.changed)
      append(UInt32(entry.fingerprint.frames.count))
      for frame in entry.fingerprint.frames { append(frame) }
    }
    try AtomicFile.write(data, to: folder.appending(path: Self.path))
  }

  private struct Reader {
    let data: Data
    var place = 0

    mutating func next<T: FixedWidthInteger>(_ type: T.Type) -> T? {
      let size = MemoryLayout<T>.size
      guard place + size <= data.count else { return nil }
      defer { place += size }
      return T(littleEndian: data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: T.self) })
    }

    mutating func text() -> String? {
      guard let count = next(UInt32.self), place + Int(count) <= data.count else { return nil }
      defer { place += Int(count) }
      return String(validating: data[place..<(place + Int(count))], as: UTF8.self)
    }

    mutating func frames() -> [UInt32]? {
      guard let count = next(UInt32.self), place + 4 * Int(count) <= data.count else { return nil }
      return (0..<count).compactMap { _ in next(UInt32.self) }
    }
  }
}
