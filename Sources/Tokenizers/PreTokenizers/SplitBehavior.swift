/// What becomes of the delimiters that a split finds.
enum SplitBehavior: String, Sendable, CaseIterable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"

  init(_ node: JSONNode) throws {
    let name = try node.string()
    guard let found = SplitBehavior(rawValue: name) else {
      throw node.unsupported("behaviour", name, known: Self.allCases.map(\.rawValue))
    }
    self = found
  }

  /// Cuts a text at the matches of a pattern, or at what does not match.
  func cut(
    _ source: UnsafeBufferPointer<UInt8>, _ pattern: Pattern, inverted: Bool, _ cutter: inout AlignedText.Cutter
  ) throws {
    var parts: [(range: Range<Int>, isDelimiter: Bool)] = []
    try pattern.forEachPart(in: source) { parts.append(($0, $1 != inverted)) }
    emit(parts, &cutter)
  }

  /// Cuts a text at single characters of some classes.
  func cut(
    _ source: UnsafeBufferPointer<UInt8>, _ cutter: inout AlignedText.Cutter, _ isDelimiter: (ScalarClass) -> Bool
  ) {
    var parts: [(range: Range<Int>, isDelimiter: Bool)] = []
    var (end, i) = (0, 0)
    while i < source.count {
      let (scalar, length) = source.scalar(at: i)
      if isDelimiter(ScalarClass.of(scalar)) {
        if end < i { parts.append((end..<i, false)) }
        parts.append((i..<i + length, true))
        end = i + length
      }
      i += length
    }
    if end < source.count { parts.append((end..<source.count, false)) }
    emit(parts, &cutter)
  }

  private func emit(_ parts: [(range: Range<Int>, isDelimiter: Bool)], _ cutter: inout AlignedText.Cutter) {
    switch self {
    case .removed:
      for part in parts where !part.isDelimiter { cutter.keep(part.range.lowerBound, part.range.upperBound) }
    case .isolated: for part in parts { cutter.keep(part.range.lowerBound, part.range.upperBound) }
    case .contiguous: emitMerged(parts, &cutter) { $0 == $1 }
    case .mergedWithPrevious: emitMerged(parts, &cutter) { !$0 && $1 }
    case .mergedWithNext: emitMergedWithNext(parts, &cutter)
    }
  }

  /// Joins a part to the one before it where `joins(that one is a delimiter, this one is)`. Before the first part stands
  /// none, which counts as no delimiter.
  private func emitMerged(
    _ parts: [(range: Range<Int>, isDelimiter: Bool)], _ cutter: inout AlignedText.Cutter,
    _ joins: (Bool, Bool) -> Bool
  ) {
    var previous = false
    var open: Range<Int>?
    for part in parts {
      if let current = open, joins(previous, part.isDelimiter) {
        open = current.lowerBound..<part.range.upperBound
      } else {
        if let current = open { cutter.keep(current.lowerBound, current.upperBound) }
        open = part.range
      }
      previous = part.isDelimiter
    }
    if let current = open { cutter.keep(current.lowerBound, current.upperBound) }
  }

  /// A delimiter joins what follows it, unless that is a delimiter.
  private func emitMergedWithNext(
    _ parts: [(range: Range<Int>, isDelimiter: Bool)], _ cutter: inout AlignedText.Cutter
  ) {
    var i = 0
    while i < parts.count {
      if parts[i].isDelimiter, i + 1 < parts.count, !parts[i + 1].isDelimiter {
        cutter.keep(parts[i].range.lowerBound, parts[i + 1].range.upperBound)
        i += 2
      } else {
        cutter.keep(parts[i].range.lowerBound, parts[i].range.upperBound)
        i += 1
      }
    }
  }
}
