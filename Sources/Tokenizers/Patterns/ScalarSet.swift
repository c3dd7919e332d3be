/// A set of scalars, as a class of a regular expression gives it.
struct ScalarSet: Sendable {
  /// A part of a set.
  enum Item: Sendable {
    case range(ClosedRange<UInt32>)
    case classes(ScalarClass)
    case category(Set<Unicode.GeneralCategory>)
    indirect case set(ScalarSet)
  }

  private var items: [Item]
  private let isInverted: Bool
  /// All answers below U+0100.
  private var low: [Bool] = []

  init(_ items: [Item], inverted: Bool = false) {
    self.items = items
    isInverted = inverted
    low = (0..<0x100).map { compute($0) }
  }

  /// The same set, which also holds the other case of what it holds.
  func ignoringCase() -> ScalarSet {
    var copy = ScalarSet([.set(self)])
    for value: UInt32 in 0..<0x80 where contains(value) {
      if (0x41...0x5A).contains(value) || (0x61...0x7A).contains(value) {
        copy.items.append(.range((value ^ 0x20)...(value ^ 0x20)))
      }
    }
    // Beyond ASCII, long s and the Kelvin sign fold to s and k.
    if contains(0x73) || contains(0x53) { copy.items.append(.range(0x17F...0x17F)) }
    if contains(0x6B) || contains(0x4B) { copy.items.append(.range(0x212A...0x212A)) }
    return ScalarSet(copy.items)
  }

  /// ², ³, ¹, ¼, ½, ¾
  static let latinNumbers = ScalarSet([.range(0xB2...0xB3), .range(0xB9...0xB9), .range(0xBC...0xBE)])

  @inline(__always)
  func contains(_ scalar: UInt32) -> Bool { scalar < 0x100 ? low[Int(scalar)] : compute(scalar) }

  private func compute(_ scalar: UInt32) -> Bool {
    for item in items {
      switch item {
      case .range(let range): if range.contains(scalar) { return !isInverted }
      case .classes(let classes): if !ScalarClass.of(scalar).isDisjoint(with: classes) { return !isInverted }
      case .category(let categories):
        if let scalar = Unicode.Scalar(scalar), categories.contains(scalar.regexCategory) {
          return !isInverted
        }
      case .set(let set): if set.contains(scalar) { return !isInverted }
      }
    }
    return isInverted
  }

  /// The set of a general category's short name, such as `Lu` or `P`.
  init?(category name: String, inverted: Bool) {
    switch name {
    case "L", "Letter": self.init([.classes(.letter)], inverted: inverted)
    case "N", "Number": self.init([.classes(.number)], inverted: inverted)
    case "White_Space", "space", "Space": self.init([.classes(.space)], inverted: inverted)
    default:
      let found = Self.categories.filter { $0.name.hasPrefix(name) }
      guard !name.isEmpty, name.utf8.count <= 2, !found.isEmpty else { return nil }
      self.init([.category(Set(found.map(\.category)))], inverted: inverted)
    }
  }

  private static let categories: [(name: String, category: Unicode.GeneralCategory)] = [
    ("Lu", .uppercaseLetter), ("Ll", .lowercaseLetter), ("Lt", .titlecaseLetter), ("Lm", .modifierLetter),
    ("Lo", .otherLetter), ("Mn", .nonspacingMark), ("Mc", .spacingMark), ("Me", .enclosingMark),
    ("Nd", .decimalNumber), ("Nl", .letterNumber), ("No", .otherNumber), ("Pc", .connectorPunctuation),
    ("Pd", .dashPunctuation), ("Ps", .openPunctuation), ("Pe", .closePunctuation), ("Pi", .initialPunctuation),
    ("Pf", .finalPunctuation), ("Po", .otherPunctuation), ("Sm", .mathSymbol), ("Sc", .currencySymbol),
    ("Sk", .modifierSymbol), ("So", .otherSymbol), ("Zs", .spaceSeparator), ("Zl", .lineSeparator),
    ("Zp", .paragraphSeparator), ("Cc", .control), ("Cf", .format), ("Co", .privateUse), ("Cn", .unassigned),
    ("Cs", .surrogate),
  ]
}
