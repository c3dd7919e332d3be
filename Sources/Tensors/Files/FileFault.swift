/// What is wrong with the content of a file, as a sentence about "it", the file. Whoever knows the file's name turns it
/// into a `FileError`.
struct FileFault: Error {
  let message: String
  init(_ message: String) { self.message = message }
}

extension String {
  /// The text in quotation marks, shortened where a forged file would make it endless.
  var quoted: String { utf8.count <= 200 ? "'\(self)'" : "'\(prefix(100))…' (\(utf8.count) bytes)" }
}

extension [Int] {
  /// The numbers in brackets, shortened where a forged file would make them endless.
  var listed: String {
    count <= 16 ? "\(self)" : "[\(prefix(8).map(String.init).joined(separator: ", ")), …] (\(count))"
  }
}
