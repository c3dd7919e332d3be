/// A generator of test cases: a few lines, the same cases on every machine.
struct CaseGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  mutating func unit() -> Double { Double(next()) / Double(UInt64(1) << 31) }

  /// Numbers that are positive and sum to one.
  mutating func distribution(_ count: Int) -> [Double] {
    let values = (0..<count).map { _ in unit() + 1e-6 }
    let sum = values.reduce(0, +)
    return values.map { $0 / sum }
  }
}
