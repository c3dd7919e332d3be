import Basics
public import Foundation

/// A file or folder of named tensors that says what it holds before any element is read, and gives tensors one by one.
public protocol TensorSource: AnyObject {
  /// The file or folder.
  var url: URL { get }
  /// The names of the tensors, sorted.
  var names: [String] { get }
  /// The shape of a tensor; nil when there is none of that name.
  func shape(of name: String) -> [Int]?
  /// The dtype of a tensor; nil when there is none of that name.
  func dtype(of name: String) -> DType?
  /// A tensor. Throws `FileError` for a name that is not there.
  func tensor(_ name: String) throws -> Tensor
  /// All tensors by name.
  func tensors() throws -> [String: Tensor]
  /// Gives the main memory that reading a tensor's elements took back to the system; they can be read again. What was
  /// written to a tensor that shares the mapping is lost. A name that is not there is passed over.
  func release(_ name: String)
}

extension TensorSource {
  /// The tensors whose names begin with a prefix and a dot, by the rest of their names: of the prefix `model`,
  /// `model.encoder.weight` as `encoder.weight`. Throws `FileError` when there are none.
  public func tensors(under prefix: String) throws -> [String: Tensor] {
    let start = prefix + "."
    let matching = names.filter { $0.hasPrefix(start) }
    guard !matching.isEmpty else {
      throw FileError(url: url, message: "no tensor's name begins with \(start.quoted); there are \(someNames)")
    }
    let all = try tensors()
    return Dictionary(
      matching.compactMap { name in all[name].map { (String(name.dropFirst(start.count)), $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  func missing(_ name: String) -> FileError {
    FileError(url: url, message: "there is no tensor \(name.quoted); there are \(someNames)")
  }

  private var someNames: String {
    let shown = names.prefix(8).map(\.quoted).joined(separator: ", ")
    return names.isEmpty ? "none" : names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
  }
}
