/// What a server may name: everything else could lead outside the cache or is no hash.
enum SafePath {
  /// Whether a path of a repository stays below the folder to which it is joined, on every system.
  static func isValid(_ path: String) -> Bool {
    guard !path.isEmpty, path.utf8.count <= 1024 else { return false }
    let components = path.split(separator: "/", omittingEmptySubsequences: false)
    return components.allSatisfy { component in
      !component.isEmpty && component != "." && component != ".." && component.utf8.count <= 255
        // A drive (`C:x`) or another separator leads away where such a cache is read on Windows.
        && component.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 && $0 != "\\" && $0 != ":" }
    }
  }
}

/// Hashes as they are written.
enum Hexadecimal {
  /// Whether a text is a number of lower-case hexadecimal digits.
  static func isValid(_ text: String, digits: Int) -> Bool {
    text.utf8.count == digits && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  /// Bytes as text.
  static func text(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

/// Amounts of data as people read them.
enum ByteCount {
  /// `1.2 GB`, in powers of ten as disks are sold.
  static func text(_ bytes: Int) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"]
    var (value, unit) = (Double(bytes), 0)
    while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    let digits = unit > 0 && value < 9.95 ? (value * 10).rounded() / 10 : value.rounded()
    return digits == digits.rounded() ? "\(Int(digits)) \(units[unit])" : "\(digits) \(units[unit])"
  }
}
