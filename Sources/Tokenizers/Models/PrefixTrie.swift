/// Byte sequences and a number for each, to find those that a text begins with.
struct PrefixTrie: Sendable {
  /// Edges by hash: the node and byte in the upper half, the node that it leads to in the lower.
  private var edges: [UInt64]
  private var edgeCount = 0
  private var values: [Int32] = [-1]
  private static let free = UInt64.max

  init(capacity: Int) {
    var size = 64
    while size < capacity * 8 { size *= 2 }
    edges = [UInt64](repeating: Self.free, count: size)
  }

  /// The node of nothing.
  static let root = 0

  mutating func insert(_ key: some Sequence<UInt8>, _ value: Int32) {
    var node = Self.root
    for byte in key {
      if let next = step(node, byte) {
        node = next
      } else {
        if edgeCount * 2 > edges.count { grow() }
        put(UInt64(UInt32(node) << 8 | UInt32(byte)) << 32 | UInt64(values.count))
        edgeCount += 1
        node = values.count
        values.append(-1)
      }
    }
    values[node] = value
  }

  private mutating func grow() {
    let old = edges
    edges = [UInt64](repeating: Self.free, count: old.count * 2)
    for edge in old where edge != Self.free { put(edge) }
  }

  private mutating func put(_ edge: UInt64) {
    var slot = start(UInt32(truncatingIfNeeded: edge >> 32))
    while edges[slot] != Self.free { slot = (slot + 1) & (edges.count - 1) }
    edges[slot] = edge
  }

  @inline(__always)
  private func start(_ key: UInt32) -> Int {
    Int(truncatingIfNeeded: (UInt64(key) &* 0x9E37_79B9_7F4A_7C15) >> 20) & (edges.count - 1)
  }

  /// The node that a byte leads to.
  @inline(__always)
  func step(_ node: Int, _ byte: UInt8) -> Int? {
    let key = UInt32(truncatingIfNeeded: node) << 8 | UInt32(byte)
    var slot = start(key)
    while true {
      let edge = edges[slot]
      if edge == Self.free { return nil }
      if UInt32(truncatingIfNeeded: edge >> 32) == key { return Int(UInt32(truncatingIfNeeded: edge)) }
      slot = (slot + 1) & (edges.count - 1)
    }
  }

  /// The number of the sequence that ends at a node, or -1.
  @inline(__always)
  func value(_ node: Int) -> Int32 { values[node] }

  /// The longest sequence that a text has at an index: where it ends, and its number.
  func longest(_ text: UnsafeBufferPointer<UInt8>, at index: Int, from node: Int = root) -> (end: Int, value: Int32)? {
    var (node, i) = (node, index)
    var found: (Int, Int32)?
    while i < text.count, let next = step(node, text[i]) {
      node = next
      i += 1
      if values[node] >= 0 { found = (i, values[node]) }
    }
    return found
  }
}
