/// What a scalar is, as the reference's libraries see it. Each of them carries its own version of Unicode, so a class
/// that comes from an old one leaves out what was assigned later.
struct ScalarClass: OptionSet {
  let rawValue: UInt16

  /// `\p{L}`
  static let letter = ScalarClass(rawValue: 1)
  /// `\p{N}`
  static let number = ScalarClass(rawValue: 2)
  /// `\s`, the property White_Space
  static let space = ScalarClass(rawValue: 4)
  /// `\w`: alphabetic, marks, decimal digits, connectors, joiners
  static let word = ScalarClass(rawValue: 8)
  /// ASCII punctuation and symbols, and punctuation as of Unicode 8
  static let punctuation = ScalarClass(rawValue: 16)
  /// Control, format, private use
  static let other = ScalarClass(rawValue: 32)
  /// Nonspacing marks as of Unicode 8
  static let nonspacing = ScalarClass(rawValue: 64)
  /// Marks as of Unicode 9
  static let mark = ScalarClass(rawValue: 128)
  /// Neither space nor letter nor number; a run of these is one piece for GPT-2
  static let symbol = ScalarClass(rawValue: 256)

  private static let table: [ScalarClass] = (0..<0x800).map { ScalarClass(computing: $0) }

  /// The classes of a scalar.
  @inline(__always)
  static func of(_ scalar: UInt32) -> ScalarClass {
    scalar < 0x800 ? table[Int(scalar)] : ScalarClass(computing: scalar)
  }

  init(rawValue: UInt16) { self.rawValue = rawValue }

  private init(computing value: UInt32) {
    guard let scalar = Unicode.Scalar(value) else {
      self = .symbol
      return
    }
    let properties = scalar.properties
    var found: ScalarClass = []
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: found = [.letter, .word]
    case .decimalNumber: found = [.number, .word]
    case .letterNumber, .otherNumber: found = .number
    case .nonspacingMark:
      found = .word
      if scalar.isAssigned(by: 8) { found.insert(.nonspacing) }
      if scalar.isAssigned(by: 9) { found.insert(.mark) }
    case .spacingMark, .enclosingMark:
      found = .word
      if scalar.isAssigned(by: 9) { found.insert(.mark) }
    case .connectorPunctuation:
      found = .word
      if scalar.isAssigned(by: 8) { found.insert(.punctuation) }
    case .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
      .otherPunctuation:
      if scalar.isAssigned(by: 8) { found = .punctuation }
    case .control, .format, .privateUse: found = .other
    default: break
    }
    if properties.isAlphabetic || properties.isJoinControl { found.insert(.word) }
    if properties.isWhitespace { found.insert(.space) }
    switch value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: found.insert(.punctuation)
    default: break
    }
    if found.isDisjoint(with: [.letter, .number, .space]) { found.insert(.symbol) }
    self = found
  }
}

extension Unicode.Scalar {
  /// Whether a version of Unicode knows this scalar.
  func isAssigned(by version: Int) -> Bool { properties.age.map { $0.major <= version } ?? false }
}
