import Basics
import Crypto
import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A blob that is being gathered: bytes are added at its end, and its hash is kept along.
struct PartialFile: ~Copyable {
  private enum Hash {
    case sha256(SHA256)
    case gitBlob(Insecure.SHA1)

    init(_ file: RepositoryFile) {
      switch file.content {
      case .sha256: self = .sha256(SHA256())
      case .gitBlob:
        // A git object is hashed with its kind and size before it.
        var hash = Insecure.SHA1()
        hash.update(data: Data("blob \(file.size)\0".utf8))
        self = .gitBlob(hash)
      }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
      switch self {
      case .sha256(var hash):
        hash.update(bufferPointer: bytes)
        self = .sha256(hash)
      case .gitBlob(var hash):
        hash.update(bufferPointer: bytes)
        self = .gitBlob(hash)
      }
    }

    var text: String {
      switch self {
      case .sha256(let hash): Hexadecimal.text(hash.finalize())
      case .gitBlob(let hash): Hexadecimal.text(hash.finalize())
      }
    }
  }

  private let url: URL
  private let file: RepositoryFile
  private let descriptor: Int32
  private var hash: Hash
  /// Bytes that are here.
  private(set) var count = 0

  /// Opens what an earlier run left, or begins anew. What is there is read once for its hash.
  ///
  /// - Throws: `FileError`
  init(_ url: URL, of file: RepositoryFile) throws {
    (self.url, self.file) = (url, file)
    hash = Hash(file)
    descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure("can't be opened", url) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Self.failure("can't be read", url) }
      guard count > 0 else { break }
      buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      self.count += count
    }
    if self.count > file.size { try empty() }
  }

  deinit { close(descriptor) }

  /// Throws everything away that was gathered.
  mutating func empty() throws {
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw Self.failure("can't be emptied", url)
    }
    hash = Hash(file)
    count = 0
  }

  /// Adds bytes.
  ///
  /// - Throws: `FileError`, with `isFull` where the disk takes no more
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else {
        if errno == ENOSPC || errno == EDQUOT { throw DiskIsFull() }
        throw Self.failure("can't be written", url)
      }
      hash.update(UnsafeRawBufferPointer(rebasing: rest.prefix(written)))
      count += written
      rest = rest.dropFirst(written)
    }
  }

  /// What is wrong with the content, all of which should be here; nil where it is right.
  func fault() -> String? {
    if count != file.size { return "\(count) bytes instead of \(file.size)" }
    let found = hash.text
    return found == file.blobName ? nil : "the hash is \(found) instead of \(file.blobName)"
  }

  /// Brings everything to the disk. Throws `FileError`.
  func sync() throws {
    guard fsync(descriptor) == 0 else {
      if errno == ENOSPC || errno == EDQUOT { throw DiskIsFull() }
      throw Self.failure("can't be written to the disk", url)
    }
  }

  private static func failure(_ what: String, _ url: URL) -> FileError {
    FileError(url: url, message: "\(what): \(String(cString: strerror(errno)))")
  }
}

/// There is no room, or the quota is used up.
struct DiskIsFull: Error {}
