/// The tokens of a model by id, and the ids by token. Tokens are compared byte by byte.
struct Vocabulary: Sendable {
  private var bytes: [UInt8] = []
  /// Where each id's token lies in `bytes`; an id that no token has is empty.
  private var places: [(start: UInt32, length: UInt32)] = []
  /// Ids by hash, open addressing; -1 is free.
  private var slots: [Int32] = []
  /// How many tokens there are. Ids may leave gaps.
  private(set) var count = 0
  /// The largest id that a file may name: more would be a table of gigabytes for a file of one line.
  static let largestID = 1 << 24

  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    slots = [Int32](repeating: -1, count: size)
    bytes.reserveCapacity(capacity * 8)
    places.reserveCapacity(capacity)
  }

  /// Reads an object of tokens and their ids.
  init(ids node: JSONNode) throws {
    let members = try node.members()
    self.init(capacity: members.count)
    for member in members {
      guard case .number(let number) = member.value, let id = Int(exactly: number), 0...Self.largestID ~= id else {
        throw node.member(of: member).fault("an id is expected: a whole number from 0 to \(Self.largestID)")
      }
      insert(member.key, id: id)
    }
  }

  /// Adds a token; one that is there gets the new id.
  mutating func insert(_ token: String, id: Int) {
    var token = token
    token.withUTF8 { utf8 in
      let slot = slot(of: utf8)
      if slots[slot] < 0 { count += 1 }
      slots[slot] = Int32(id)
      while places.count <= id { places.append((0, 0)) }
      places[id] = (UInt32(bytes.count), UInt32(utf8.count))
      bytes.append(contentsOf: utf8)
    }
    if count * 4 > slots.count * 3 { grow() }
  }

  private mutating func grow() {
    let ids = slots.filter { $0 >= 0 }
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for id in ids { withToken(Int(id)) { $0.map { slots[slot(of: $0)] = id } } }
  }

  private func slot(of token: UnsafeBufferPointer<UInt8>) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash(token)) & mask
    while slots[slot] >= 0, !equals(Int(slots[slot]), token) { slot = (slot + 1) & mask }
    return slot
  }

  @inline(__always)
  private func equals(_ id: Int, _ token: UnsafeBufferPointer<UInt8>) -> Bool {
    let place = places[id]
    guard Int(place.length) == token.count else { return false }
    return bytes.withUnsafeBufferPointer { bytes in
      for i in 0..<token.count where bytes[Int(place.start) + i] != token[i] { return false }
      return true
    }
  }

  /// The id of a token.
  func id(of token: UnsafeBufferPointer<UInt8>) -> Int32? {
    let id = slots[slot(of: token)]
    return id < 0 ? nil : id
  }

  func id(of token: String) -> Int32? {
    var token = token
    return token.withUTF8 { id(of: $0) }
  }

  func id(of token: [UInt8]) -> Int32? { token.withUnsafeBufferPointer { id(of: $0) } }

  /// Calls `body` with the bytes of an id's token, or nil where no token has the id.
  func withToken<T>(_ id: Int, _ body: (UnsafeBufferPointer<UInt8>?) throws -> T) rethrows -> T {
    guard places.indices.contains(id), places[id].length > 0 else { return try body(nil) }
    let place = places[id]
    return try bytes.withUnsafeBufferPointer {
      try body(UnsafeBufferPointer(rebasing: $0[Int(place.start)..<Int(place.start + place.length)]))
    }
  }

  func token(_ id: Int) -> [UInt8]? { withToken(id) { $0.map(Array.init) } }

  /// One more than the largest id.
  var end: Int { places.count }
}

/// A fast hash for tables in memory (FNV-1a by 8 bytes, mixed at the end).
@inline(__always)
func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(bytes.count)
  var i = 0
  let raw = UnsafeRawPointer(bytes.baseAddress)
  while i + 8 <= bytes.count {
    hash = (hash ^ raw!.loadUnaligned(fromByteOffset: i, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
    hash ^= hash >> 32
    i += 8
  }
  while i < bytes.count {
    hash = (hash ^ UInt64(bytes[i])) &* 0x0000_0100_0000_01B3
    i += 1
  }
  hash ^= hash >> 29
  return (hash &* 0xBF58_476D_1CE4_E5B9) ^ (hash >> 32)
}
