import Basics
import Foundation

/// A whole file mapped into memory for as long as this object lives.
///
/// Another process that replaces the file by renaming, as everything here does, leaves the mapping as it was. One that
/// shortens the file in place takes its pages away, and reading them then ends this process, as with any mapping.
///
/// Nobody writes the bytes here, so that any thread may read them.
final class MappedFile: @unchecked Sendable {
  private let bytes: UnsafeRawBufferPointer

  /// Maps a file. Throws `FileError` for one that is missing, a folder or unreadable.
  init(_ url: URL) throws {
    let descriptor = open(url.path, O_RDONLY)
    guard descriptor >= 0 else { throw FileError(url: url, message: String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(url: url, message: "a regular file is expected")
    }
    let length = Int(status.st_size)
    guard length > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    // Private and writable: a page that a tensor's operator writes is copied, and the file stays as it is. No swap space
    // is reserved for such copies: a file larger than memory could not be mapped otherwise.
    let address = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw FileError(url: url, message: "can't be mapped into memory: \(String(cString: strerror(errno)))")
    }
    bytes = UnsafeRawBufferPointer(start: address, count: length)
  }

  /// Lends the bytes. An address among them that outlives `body` needs a reference to this object beside it.
  func withBytes<Output, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Output
  ) throws(Failure) -> Output {
    defer { withExtendedLifetime(self) {} }
    return try body(bytes)
  }

  /// Gives the memory of the pages that lie wholly within a range of the file back to the system: they are read again when
  /// they are touched again, and what was written to them is lost.
  func release(_ range: Range<Int>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let (first, last) = ((range.lowerBound + page - 1) / page * page, range.upperBound / page * page)
    guard let start = bytes.baseAddress, first < last else { return }
    // Only advice: where it is refused, the pages stay.
    _ = madvise(UnsafeMutableRawPointer(mutating: start + first), last - first, MADV_DONTNEED)
  }

  deinit {
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }
}

/// Memory of its own pages, which go back to the system the moment they are no longer needed. What the C library's heap
/// gives for large blocks with an alignment, it does not give again for the next block of that size.
final class FreshPages {
  let start: UnsafeMutableRawPointer
  let bytes: UnsafeMutableRawBufferPointer

  /// Pages for so many bytes, at least one. Throws `TensorError` where there is no memory.
  init(count: Int) throws {
    let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let address, address != MAP_FAILED else {
      throw TensorError(
        operation: "copying a tensor out of a file", message: "there is no memory for \(count) bytes",
        kind: .outOfMemory)
    }
    start = address
    bytes = UnsafeMutableRawBufferPointer(start: address, count: count)
  }

  deinit { munmap(start, bytes.count) }
}
