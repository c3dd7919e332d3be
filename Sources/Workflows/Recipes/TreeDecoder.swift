/// Decodes typed values from a tree. Keys of Swift such as `batchSize` stand for `batch_size`; whatever is of another type
/// is thrown as `TypeProblem` with the path as the file writes it and the value that is there, which Foundation's decoders
/// do not tell.
struct TreeDecoder: Decoder {
  let tree: Tree
  var codingPath: [any CodingKey] = []
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .group(let group) = tree else { throw problem("a group of settings") }
    return KeyedDecodingContainer(Keyed(group: group, codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let list) = tree else { throw problem("a list") }
    return Unkeyed(list: list, codingPath: codingPath)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

  private func problem(_ expected: String) -> TypeProblem {
    TypeProblem(path: codingPath.map(\.stringValue), expected: expected, found: tree)
  }

  private static func child(_ tree: Tree?, _ path: [any CodingKey], _ key: PathKey) -> TreeDecoder {
    TreeDecoder(tree: tree ?? .nothing, codingPath: path + [key])
  }

  /// A step of a path as files write it.
  private struct PathKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init(intValue: Int) { stringValue = "\(intValue)" }
    init(_ key: any CodingKey) {
      stringValue = key.stringValue.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
    }
  }

  private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let group: [String: Tree]
    let codingPath: [any CodingKey]
    var allKeys: [Key] { group.keys.sorted().compactMap(Key.init) }

    func contains(_ key: Key) -> Bool { group[PathKey(key).stringValue] != nil }
    func decodeNil(forKey key: Key) -> Bool { group[PathKey(key).stringValue] ?? .nothing == .nothing }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoder(key).decode(type) }

    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
      try decoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
      try decoder(key).unkeyedContainer()
    }

    func superDecoder() -> any Decoder { TreeDecoder(tree: .group(group), codingPath: codingPath) }
    func superDecoder(forKey key: Key) -> any Decoder { decoder(key) }
    private func decoder(_ key: Key) -> TreeDecoder {
      TreeDecoder.child(group[PathKey(key).stringValue], codingPath, PathKey(key))
    }
  }

  private struct Unkeyed: UnkeyedDecodingContainer {
    let list: [Tree]
    let codingPath: [any CodingKey]
    var currentIndex = 0
    var count: Int? { list.count }
    var isAtEnd: Bool { currentIndex >= list.count }

    mutating func decodeNil() -> Bool {
      guard !isAtEnd, list[currentIndex] == .nothing else { return false }
      currentIndex += 1
      return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().decode(type) }

    mutating func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
      try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
    mutating func superDecoder() -> any Decoder { next() }

    private mutating func next() -> TreeDecoder {
      defer { currentIndex += 1 }
      return TreeDecoder.child(isAtEnd ? nil : list[currentIndex], codingPath, PathKey(intValue: currentIndex))
    }
  }
}

extension TreeDecoder: SingleValueDecodingContainer {
  func decodeNil() -> Bool { tree == .nothing }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    switch type {
    case is Bool.Type:
      if case .flag(let value) = tree, let found = value as? T { return found }
      throw problem("true or false")
    case is String.Type:
      if case .text(let value) = tree, let found = value as? T { return found }
      throw problem("a text")
    case let whole as any FixedWidthInteger.Type:
      if let found = tree.whole(whole) as? T { return found }
      if case .whole(let value) = tree, value < 0 { throw problem("a whole number of 0 or more") }
      throw problem("a whole number")
    case let number as any BinaryFloatingPoint.Type:
      if let found = tree.number(number) as? T { return found }
      throw problem("a number")
    default: return try T(from: self)
    }
  }
}

/// A value of another type than is expected.
struct TypeProblem: Error, CustomStringConvertible {
  let path: [String]
  let expected: String
  let found: Tree

  var description: String {
    (path.isEmpty ? "" : path.joined(separator: ".") + ": ") + "\(expected) is expected, not \(found.brief)"
  }
}

extension Tree {
  fileprivate func whole<Whole: FixedWidthInteger>(_ type: Whole.Type) -> Whole? {
    switch self {
    case .whole(let value): Whole(exactly: value)
    case .large(let value): Whole(exactly: value)
    case .number(let value): Whole(exactly: value)
    default: nil
    }
  }

  fileprivate func number<Number: BinaryFloatingPoint>(_ type: Number.Type) -> Number? {
    switch self {
    case .whole(let value): Number(value)
    case .large(let value): Number(value)
    case .number(let value): Number(value)
    default: nil
    }
  }
}
