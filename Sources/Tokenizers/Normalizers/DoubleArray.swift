/// A double-array trie (Darts) of byte sequences with a number each, which is what SentencePiece compiles its
/// normalisation into. Each unit holds the label of the edge that leads to it and where the edges from it begin.
struct DoubleArray: Sendable {
  private let units: [UInt32]

  /// - Parameter units: as they lie in a file; at least one
  init(_ units: [UInt32]) { self.units = units }

  /// Calls `body` with the length and the number of each sequence that a text begins with, the shortest first, until it
  /// returns false.
  @inline(__always)
  func forEachPrefix(of text: some Collection<UInt8>, _ body: (_ length: Int, _ number: Int) -> Bool) {
    func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }
    units.withUnsafeBufferPointer { units in
      var node = offset(units[0])
      var length = 0
      for byte in text {
        node ^= Int(byte)
        guard node < units.count else { return }
        let unit = units[node]
        guard unit & (1 << 31 | 0xFF) == UInt32(byte) else { return }
        node ^= offset(unit)
        length += 1
        if unit >> 8 & 1 == 1 {
          guard node < units.count, body(length, Int(units[node] & 0x7FFF_FFFF)) else { return }
        }
      }
    }
  }
}
