import Foundation

/// A value of a JSON file that knows its place, so that what is wrong with it can be said.
struct JSONNode {
  let value: JSON
  let path: String
  let file: URL

  init(_ value: JSON, path: String, file: URL) {
    self.value = value
    self.path = path
    self.file = file
  }

  /// Reads a file.
  init(contentsOf file: URL) throws {
    let data: Data
    do {
      data = try Data(contentsOf: file, options: .mappedIfSafe)
    } catch {
      throw TokenizerError.file(file, problem: "can't be read: \(error.localizedDescription)")
    }
    do {
      let value = try data.withUnsafeBytes { try JSONParser.parse($0.bindMemory(to: UInt8.self)) }
      self.init(value, path: "", file: file)
    } catch let fault as JSONParser.Fault {
      let before = data.prefix(fault.position)
      let line = before.count { $0 == 0x0A } + 1
      let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? before.startIndex
      let place = "line \(line), byte \(before.endIndex - lineStart + 1)"
      throw TokenizerError.place(file, at: place, problem: fault.problem)
    }
  }

  func fault(_ problem: String) -> TokenizerError {
    path.isEmpty ? .file(file, problem: problem) : .place(file, at: path, problem: problem)
  }

  private func wrong(_ expected: String) -> TokenizerError { fault("\(expected) is expected, not \(value.kind)") }

  private func at(_ key: String, _ value: JSON) -> JSONNode {
    JSONNode(value, path: path.isEmpty ? key : "\(path).\(key)", file: file)
  }

  /// The members of an object.
  func members() throws -> [JSON.Member] {
    guard case .object(let members) = value else { throw wrong("an object") }
    return members
  }

  /// A member, or nil where it is missing or null.
  func member(_ key: String) throws -> JSONNode? {
    guard let found = try members().last(where: { $0.key.isIdentical(to: key) }) else { return nil }
    if case .null = found.value { return nil }
    return at(key, found.value)
  }

  /// A member that must be there.
  func required(_ key: String) throws -> JSONNode {
    guard let node = try member(key) else { throw at(key, .null).fault("is missing") }
    return node
  }

  func member(of found: JSON.Member) -> JSONNode { at(found.key, found.value) }

  func item(_ index: Int, _ value: JSON) -> JSONNode { at("\(index)", value) }

  func items() throws -> [JSON] {
    guard case .array(let items) = value else { throw wrong("a list") }
    return items
  }

  func nodes() throws -> [JSONNode] { try items().enumerated().map { item($0.offset, $0.element) } }

  func string() throws -> String {
    guard case .string(let text) = value else { throw wrong("a text") }
    return text
  }

  /// A text of one scalar.
  func scalar() throws -> Unicode.Scalar {
    let scalars = try string().unicodeScalars
    guard scalars.count == 1 else { throw fault("one character is expected") }
    return scalars.first!
  }

  func bool() throws -> Bool {
    guard case .bool(let flag) = value else { throw wrong("true or false") }
    return flag
  }

  func number() throws -> Double {
    guard case .number(let number) = value else { throw wrong("a number") }
    return number
  }

  /// A whole number from 0 to 2^31 - 1.
  func count() throws -> Int {
    let number = try number()
    guard let whole = Int32(exactly: number), whole >= 0 else {
      throw fault("a whole number from 0 to 2147483647 is expected")
    }
    return Int(whole)
  }

  func string(_ key: String, default standard: String) throws -> String { try member(key)?.string() ?? standard }
  func bool(_ key: String, default standard: Bool) throws -> Bool { try member(key)?.bool() ?? standard }
  func count(_ key: String, default standard: Int) throws -> Int { try member(key)?.count() ?? standard }
  /// The component's name.
  func type() throws -> String { try required("type").string() }

  /// An error that names a component that there is none for.
  func unsupported(_ what: String, _ name: String, known: [String]) -> TokenizerError {
    fault("the \(what) '\(name)' is not supported; supported are \(known.joined(separator: ", "))")
  }
}
