/// What a scalar is, as the reference's libraries see it. Each of them carries its own version of Unicode: a class
/// leaves out what was assigned later, and keeps what was moved to another category since.
struct ScalarClass: OptionSet {
  let rawValue: UInt16

  /// `\p{L}`
  static let letter = ScalarClass(rawValue: 1)
  /// `\p{N}`
  static let number = ScalarClass(rawValue: 2)
  /// `\s`, the property White_Space
  static let space = ScalarClass(rawValue: 4)
  /// `\w` of Rust's regular expressions: alphabetic, marks, decimal digits, connectors, joiners
  static let word = ScalarClass(rawValue: 8)
  /// `\w` of Oniguruma's: the same without joiners
  static let onigurumaWord = ScalarClass(rawValue: 16)
  /// ASCII punctuation and symbols, and punctuation as of Unicode 8
  static let punctuation = ScalarClass(rawValue: 32)
  /// Control, format, private use as of Unicode 8
  static let other = ScalarClass(rawValue: 64)
  /// Nonspacing marks as of Unicode 8
  static let nonspacing = ScalarClass(rawValue: 128)
  /// Marks as of Unicode 9
  static let mark = ScalarClass(rawValue: 256)
  /// Neither space nor letter nor number; a run of these is one piece for GPT-2
  static let symbol = ScalarClass(rawValue: 512)
  /// Numbers as Rust's standard library knows them, as of Unicode 17
  static let numeric = ScalarClass(rawValue: 1024)

  /// The scripts whose texts are long, up to the ideographs.
  private static let table: [ScalarClass] = (0..<0x3100).map { ScalarClass(computing: $0) }

  /// The classes of a scalar.
  @inline(__always)
  static func of(_ scalar: UInt32) -> ScalarClass {
    scalar < 0x3100 ? table[Int(scalar)] : ScalarClass(computing: scalar)
  }

  init(rawValue: UInt16) { self.rawValue = rawValue }

  private init(computing value: UInt32) {
    guard let scalar = Unicode.Scalar(value) else {
      self = .symbol
      return
    }
    let properties = scalar.properties
    var found: ScalarClass = []
    switch scalar.regexCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      found = [.letter, .word, .onigurumaWord]
    case .decimalNumber: found = [.number, .word, .onigurumaWord]
    case .letterNumber, .otherNumber: found = .number
    case .nonspacingMark, .spacingMark, .enclosingMark, .connectorPunctuation: found = [.word, .onigurumaWord]
    default: break
    }
    if properties.isAlphabetic, scalar.isAssigned(by: 16) { found.insert([.word, .onigurumaWord]) }
    if properties.isJoinControl { found.insert(.word) }
    if properties.isWhitespace { found.insert(.space) }
    if found.isDisjoint(with: [.letter, .number, .space]) { found.insert(.symbol) }
    switch properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: if scalar.isAssigned(by: 17) { found.insert(.numeric) }
    default: break
    }
    found.insert(Self.old(scalar))
    self = found
  }

  /// The classes that come from old versions.
  private static func old(_ scalar: Unicode.Scalar) -> ScalarClass {
    switch scalar.value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return .punctuation
    // Punctuation then; a symbol and a mark since.
    case 0x166D, 0x111C9: return .punctuation
    // Letters then, or spacing marks; nonspacing since.
    case 0x1885, 0x1886, 0xA9BD: return .mark
    // The other way round.
    case 0x1734, 0x1171E: return [.nonspacing, .mark]
    case 0x1CF2, 0x1CF3: return .mark
    default: break
    }
    guard scalar.isAssigned(by: 9) else { return [] }
    let (isMark, isOld) = (ScalarClass.mark, scalar.isAssigned(by: 8))
    switch scalar.properties.generalCategory {
    case .nonspacingMark: return isOld ? [isMark, .nonspacing] : isMark
    case .spacingMark, .enclosingMark: return isMark
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      return isOld ? .punctuation : []
    case .control, .format, .privateUse: return isOld ? .other : []
    default: return []
    }
  }
}

extension Unicode.Scalar {
  /// Whether a version of Unicode knows this scalar.
  func isAssigned(by version: Int) -> Bool { properties.age.map { $0.major <= version } ?? false }

  /// The general category as of Unicode 16, which the reference's regular expressions know.
  var regexCategory: Unicode.GeneralCategory {
    // A letter without case since Unicode 17.
    if value == 0x295 { return .lowercaseLetter }
    let category = properties.generalCategory
    return category == .unassigned || isAssigned(by: 16) ? category : .unassigned
  }
}
