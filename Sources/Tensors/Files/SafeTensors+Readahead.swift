import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension SafeTensors {
  /// Asks the system to bring some tensors into memory, and does not wait for it. Reading mapped memory alone fetches a
  /// few pages at a time and waits for each; this fetches whole tensors, many at once. Unknown names are passed over.
  public func willNeed(_ names: some Sequence<String>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    file.withBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      for name in names {
        guard let range = entries[name]?.range, !range.isEmpty else { continue }
        let first = (dataStart + range.lowerBound) / page * page
        // Only advice: where it is refused, the pages are read when they are touched.
        _ = madvise(
          UnsafeMutableRawPointer(mutating: start + first), dataStart + range.upperBound - first, MADV_WILLNEED)
      }
    }
  }

  /// Gives the main memory of a tensor's pages back to the system; they can be read again.
  public func release(_ name: String) {
    guard let range = entries[name]?.range else { return }
    file.release((dataStart + range.lowerBound)..<(dataStart + range.upperBound))
  }
}
