import Foundation

/// Byte-pair encoding: a word begins as its characters, and the pair of neighbours with the lowest rank is merged until
/// no pair has one (Sennrich et al. 2016).
struct BytePairs: Sendable {
  /// A token on its way; those that were merged into the one before have no length.
  struct Symbol {
    var id: Int32
    var length: Int32
    var previous: Int32
    var next: Int32
  }

  /// What varies between models.
  struct Options {
    var unknown: String?
    var prefix: [UInt8] = []
    var suffix: [UInt8] = []
    var fusesUnknown = false
    var fallsBackToBytes = false
    var ignoresMerges = false
  }

  let vocabulary: Vocabulary
  private let merges: MergeTable
  private let options: Options
  private let unknown: Int32?
  /// The tokens of single characters below U+0800.
  private let characters: [Int32]
  /// The tokens <0x00> to <0xFF>, where all are there.
  private let byteTokens: [Int32?]
  private let isPlain: Bool

  /// Reads the model of a `tokenizer.json`.
  init(_ node: JSONNode) throws {
    if let dropout = try node.member("dropout"), try dropout.number() != 0 {
      throw dropout.fault("dropout makes ids random; null is expected")
    }
    var options = Options()
    options.unknown = try node.member("unk_token")?.string()
    options.prefix = [UInt8](try node.string("continuing_subword_prefix", default: ""))
    options.suffix = [UInt8](try node.string("end_of_word_suffix", default: ""))
    options.fusesUnknown = try node.bool("fuse_unk", default: false)
    options.fallsBackToBytes = try node.bool("byte_fallback", default: false)
    options.ignoresMerges = try node.bool("ignore_merges", default: false)
    let list = try node.required("merges")
    try self.init(
      Vocabulary(ids: try node.required("vocab")), pairs: Self.pairs(list), options, at: { list.item($0, .null) })
  }

  /// - Parameter place: the place of a merge in its file, for errors
  init(
    _ vocabulary: Vocabulary, pairs: [(String, String)], _ options: Options, at place: (Int) -> JSONNode
  ) throws {
    var merges = MergeTable(capacity: pairs.count)
    for (rank, pair) in pairs.enumerated() {
      guard let left = vocabulary.id(of: pair.0), let right = vocabulary.id(of: pair.1) else {
        let missing = vocabulary.id(of: pair.0) == nil ? pair.0 : pair.1
        throw place(rank).fault("merges the token '\(missing)', which is not in the vocabulary")
      }
      let whole = [UInt8](pair.0) + pair.1.utf8.dropFirst(options.prefix.count)
      guard let token = vocabulary.id(of: whole) else {
        throw place(rank).fault("makes the token '\(whole.text)', which is not in the vocabulary")
      }
      merges.insert(left, right, MergeTable.Merge(rank: Int32(rank), token: token))
    }
    self.vocabulary = vocabulary
    self.merges = merges
    self.options = options
    unknown = options.unknown.flatMap { vocabulary.id(of: $0) }
    characters = (0..<0x800).map { (scalar: UInt32) in
      var bytes: [UInt8] = []
      bytes.append(scalar: scalar)
      return vocabulary.id(of: bytes) ?? -1
    }
    byteTokens = (0..<256).map { vocabulary.id(of: byteTokenName($0)) }
    isPlain = options.prefix.isEmpty && options.suffix.isEmpty
  }

  /// Merges as pairs, or as texts with one space.
  private static func pairs(_ list: JSONNode) throws -> [(String, String)] {
    var pairs: [(String, String)] = []
    let items = try list.items()
    pairs.reserveCapacity(items.count)
    for (index, item) in items.enumerated() {
      switch item {
      case .string(let line):
        if line.hasPrefix("#version") { continue }
        guard let pair = pair(line) else { throw list.item(index, item).fault("two tokens and a space are expected") }
        pairs.append(pair)
      case .array(let two):
        guard two.count == 2, case .string(let left) = two[0], case .string(let right) = two[1] else {
          throw list.item(index, item).fault("two tokens are expected")
        }
        pairs.append((left, right))
      default: throw list.item(index, item).fault("two tokens are expected, not \(item.kind)")
      }
    }
    return pairs
  }

  /// The two tokens of a line.
  static func pair(_ line: String) -> (String, String)? {
    let parts = line.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
    guard parts.count == 2, let left = String(parts[0]), let right = String(parts[1]) else { return nil }
    return (left, right)
  }

  /// Appends the tokens of a piece.
  func tokenize(_ piece: UnsafeBufferPointer<UInt8>, into output: inout [PieceToken], _ cache: WordCache) throws {
    guard !piece.isEmpty else { return }
    try cache.tokens(of: piece, into: &output) { output in
      if options.ignoresMerges, let id = vocabulary.id(of: piece) {
        output.append(PieceToken(id: id, lower: 0, upper: Int32(piece.count)))
        return
      }
      try begin(piece, &cache.symbols)
      merge(&cache.symbols, &cache.heap)
      var position: Int32 = 0
      for symbol in cache.symbols where symbol.length > 0 {
        output.append(PieceToken(id: symbol.id, lower: position, upper: position + symbol.length))
        position += symbol.length
      }
    }
  }

  /// The characters of a piece as tokens.
  private func begin(_ piece: UnsafeBufferPointer<UInt8>, _ symbols: inout [Symbol]) throws {
    symbols.removeAll(keepingCapacity: true)
    func add(_ id: Int32, _ length: Int) {
      let index = Int32(symbols.count)
      if index > 0 { symbols[symbols.count - 1].next = index }
      symbols.append(Symbol(id: id, length: Int32(length), previous: index - 1, next: -1))
    }
    var pending = 0
    var i = 0
    while i < piece.count {
      let (scalar, length) = piece.scalar(at: i)
      let character = UnsafeBufferPointer(rebasing: piece[i..<i + length])
      let isLast = i + length == piece.count
      if let id = id(of: scalar, character, isFirst: i == 0, isLast: isLast) {
        if pending > 0, let unknown { add(unknown, pending) }
        pending = 0
        add(id, length)
      } else if let fallback = fallback(character, isFirst: i == 0, isLast: isLast) {
        for id in fallback { add(id, 1) }
      } else if let name = options.unknown {
        guard let unknown else {
          throw TokenizerError.request("the unknown token '\(name)' is needed, but not in the vocabulary")
        }
        if pending > 0, !options.fusesUnknown {
          add(unknown, pending)
          pending = 0
        }
        pending += length
      }
      i += length
    }
    if pending > 0, let unknown { add(unknown, pending) }
  }

  @inline(__always)
  private func id(
    of scalar: UInt32, _ character: UnsafeBufferPointer<UInt8>, isFirst: Bool, isLast: Bool
  ) -> Int32? {
    if isPlain {
      guard scalar >= 0x800 else {
        let id = characters[Int(scalar)]
        return id < 0 ? nil : id
      }
      return vocabulary.id(of: character)
    }
    return vocabulary.id(of: decorated(character, isFirst, isLast))
  }

  private func decorated(_ character: UnsafeBufferPointer<UInt8>, _ isFirst: Bool, _ isLast: Bool) -> [UInt8] {
    (isFirst ? [] : options.prefix) + character + (isLast ? options.suffix : [])
  }

  private func fallback(_ character: UnsafeBufferPointer<UInt8>, isFirst: Bool, isLast: Bool) -> [Int32]? {
    guard options.fallsBackToBytes else { return nil }
    let ids = decorated(character, isFirst, isLast).compactMap { byteTokens[Int($0)] }
    return ids.count == character.count + (isFirst ? 0 : options.prefix.count) + (isLast ? options.suffix.count : 0)
      ? ids : nil
  }

  private func merge(_ symbols: inout [Symbol], _ heap: inout MergeHeap) {
    guard symbols.count > 1 else { return }
    symbols.withUnsafeMutableBufferPointer { symbols in
      for i in 0..<symbols.count - 1 {
        if let merge = merges(symbols[i].id, symbols[i + 1].id) { heap.push(rank: merge.rank, position: i) }
      }
      while !heap.isEmpty {
        let (rank, position) = heap.pop()
        let left = symbols[position]
        guard left.length > 0, left.next >= 0 else { continue }
        let right = symbols[Int(left.next)]
        // What stood here when this was pushed may have been merged since.
        guard let merge = merges(left.id, right.id), merge.rank == rank else { continue }
        symbols[position].id = merge.token
        symbols[position].length += right.length
        symbols[position].next = right.next
        symbols[Int(left.next)].length = 0
        if right.next >= 0 {
          symbols[Int(right.next)].previous = Int32(position)
          if let next = merges(merge.token, symbols[Int(right.next)].id) {
            heap.push(rank: next.rank, position: position)
          }
        }
        if left.previous >= 0, let before = merges(symbols[Int(left.previous)].id, merge.token) {
          heap.push(rank: before.rank, position: Int(left.previous))
        }
      }
    }
  }
}

/// The token of a byte that no other token holds, such as `<0x0A>`.
func byteTokenName(_ byte: Int) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return "<0x\(digits.count < 2 ? "0" : "")\(digits)>"
}
