import Foundation
import Synchronization

/// The normalisation forms of Unicode, with the alignment that the reference gives each new character. Foundation knows
/// the mappings; what Unicode 9 did not have stays as it is, as in the reference.
enum UnicodeForm {
  case nfd, nfc, nfkd, nfkc

  var isCompatible: Bool { self == .nfkd || self == .nfkc }
  var isComposed: Bool { self == .nfc || self == .nfkc }

  /// A character of the new text, and how many of the old it stands for: see `Rewriter.put`.
  struct Output {
    var scalar: UInt32
    var change: Int
  }

  /// Writes a piece in this form.
  func apply(_ source: UnsafeBufferPointer<UInt8>, _ writer: inout Rewriter) {
    if source.allSatisfy({ $0 < 0x80 }) {
      writer.copy(0..<source.count)
      return
    }
    var decomposed: [Output] = []
    decomposed.reserveCapacity(source.count)
    var pending = 0
    var classes: [UInt8] = []
    source.forEachScalar { scalar in
      var first = true
      UnicodeMappings.decompose(scalar, compatible: isCompatible) { part in
        let combining = UnicodeMappings.combiningClass(part)
        if combining == 0 {
          Self.sort(&decomposed, &classes, from: pending)
          pending = decomposed.count + 1
        }
        decomposed.append(Output(scalar: part, change: first ? 0 : 1))
        classes.append(combining)
        first = false
      }
    }
    Self.sort(&decomposed, &classes, from: pending)
    if isComposed { Self.compose(&decomposed, classes) }
    for output in decomposed { writer.put(output.scalar, change: output.change) }
  }

  /// Puts the marks that follow a starter into canonical order, keeping the order within a class.
  private static func sort(_ outputs: inout [Output], _ classes: inout [UInt8], from start: Int) {
    guard outputs.count > start + 1 else { return }
    let order = (start..<outputs.count).sorted { (classes[$0], $0) < (classes[$1], $1) }
    let (sorted, sortedClasses) = (order.map { outputs[$0] }, order.map { classes[$0] })
    outputs.replaceSubrange(start..., with: sorted)
    classes.replaceSubrange(start..., with: sortedClasses)
  }

  private static func compose(_ outputs: inout [Output], _ classes: [UInt8]) {
    var made: [Output] = []
    made.reserveCapacity(outputs.count)
    var starter: Int?
    var lastClass: UInt8?
    for (output, combining) in zip(outputs, classes) {
      guard let at = starter else {
        if combining == 0 { starter = made.count }
        made.append(output)
        continue
      }
      let blocked = lastClass.map { $0 >= combining } ?? false
      if !blocked, let composed = UnicodeMappings.compose(made[at].scalar, output.scalar) {
        made[at] = Output(scalar: composed, change: made[at].change + output.change - 1)
        continue
      }
      if combining == 0 {
        starter = made.count
        lastClass = nil
      } else {
        lastClass = combining
      }
      made.append(output)
    }
    outputs = made
  }
}

/// Decompositions and compositions of single scalars, looked up once each.
enum UnicodeMappings {
  private struct Known {
    var canonical: [UInt32: [UInt32]] = [:]
    var compatible: [UInt32: [UInt32]] = [:]
  }

  private static let known = Mutex(Known())
  /// The version of Unicode that the reference's tables are of.
  private static let version = 9
  private static let hangul: Range<UInt32> = 0xAC00..<0xAC00 + 11_172

  static func combiningClass(_ value: UInt32) -> UInt8 {
    guard value >= 0x300, let scalar = Unicode.Scalar(value) else { return 0 }
    let combining = scalar.properties.canonicalCombiningClass.rawValue
    return combining == 0 || !scalar.isAssigned(by: version) ? 0 : combining
  }

  /// Calls `body` with what a scalar decomposes into, fully.
  static func decompose(_ value: UInt32, compatible: Bool, _ body: (UInt32) -> Void) {
    if value < (compatible ? 0xA0 : 0xC0) {
      body(value)
    } else if hangul.contains(value) {
      let index = value - hangul.lowerBound
      body(0x1100 + index / 588)
      body(0x1161 + index % 588 / 28)
      if index % 28 != 0 { body(0x11A7 + index % 28) }
    } else {
      for part in decomposition(value, compatible: compatible) { body(part) }
    }
  }

  private static func decomposition(_ value: UInt32, compatible: Bool) -> [UInt32] {
    known.withLock { known in
      let path = compatible ? \Known.compatible : \Known.canonical
      if let found = known[keyPath: path][value] { return found }
      var found = [value]
      if let scalar = Unicode.Scalar(value), scalar.isAssigned(by: version) {
        let text = String(Character(scalar))
        let mapped =
          compatible ? text.decomposedStringWithCompatibilityMapping : text.decomposedStringWithCanonicalMapping
        found = mapped.unicodeScalars.map(\.value)
      }
      known[keyPath: path][value] = found
      return found
    }
  }

  /// The one scalar that two compose into.
  static func compose(_ first: UInt32, _ second: UInt32) -> UInt32? {
    guard second >= 0x300 else { return nil }
    if (0x1100..<0x1113).contains(first), (0x1161..<0x1176).contains(second) {
      return hangul.lowerBound + ((first - 0x1100) * 21 + (second - 0x1161)) * 28
    }
    if hangul.contains(first), (first - hangul.lowerBound) % 28 == 0, (0x11A8..<0x11C3).contains(second) {
      return first + second - 0x11A7
    }
    return compositions[UInt64(first) << 32 | UInt64(second)]
  }

  /// The pairs that compose, by both halves: what decomposes into a composed scalar's parts, and one more.
  private static let compositions: [UInt64: UInt32] = {
    let blocks: [Range<UInt32>] = [
      0xC0..<0x1100, 0x1B00..<0x1B50, 0x1E00..<0x2000, 0x2190..<0x2300, 0x3040..<0x3100, 0x11000..<0x11700,
    ]
    var wholes: [[UInt32]: UInt32] = [:]
    for value in blocks.joined() {
      guard let scalar = Unicode.Scalar(value), !scalar.properties.isFullCompositionExclusion else { continue }
      let parts = decomposition(value, compatible: false)
      if parts.count > 1 { wholes[parts] = value }
    }
    var pairs: [UInt64: UInt32] = [:]
    for (parts, whole) in wholes {
      guard let last = parts.last, let first = parts.count == 2 ? parts[0] : wholes[Array(parts.dropLast())] else {
        continue
      }
      pairs[UInt64(first) << 32 | UInt64(last)] = whole
    }
    return pairs
  }()
}
