import Foundation

/// What the powers of one frame's bins say of the shape of its spectrum, as `docs/prosody.md` defines it.
struct BinShape {
  let total: Float
  /// kHz
  let centroid: Float
  /// kHz
  let spread: Float
  /// kHz
  let rolloff: Float
  let flux: Float
  /// dB
  let alphaRatio: Float
  /// dB
  let hammarberg: Float

  /// - Parameters:
  ///   - power: of each bin, above 0
  ///   - frequencies: of each bin, in kHz, in equal steps from 0
  ///   - shares: the square roots of the bins' shares of the frame before; then of this one
  init(_ power: UnsafeBufferPointer<Float>, _ frequencies: [Float], shares: inout [Float]) {
    let step = frequencies[1]
    func bins(_ kilohertz: Range<Float>) -> UnsafeBufferPointer<Float> {
      let ends = [kilohertz.lowerBound, kilohertz.upperBound].map { Int(($0 / step).rounded(.up)) }
      return UnsafeBufferPointer(rebasing: power[ends[0]..<ends[1]])
    }
    total = power.sum()
    (centroid, spread) = frequencies.withUnsafeBufferPointer { [total] frequencies in
      let centroid =
        power.sum(by: frequencies) {
          $0 * $1
        } tail: {
          $0 * $1
        } / total
      let spread =
        power.sum(by: frequencies) {
          $0 * ($1 - centroid) * ($1 - centroid)
        } tail: {
          $0 * ($1 - centroid) * ($1 - centroid)
        } / total
      return (centroid, spread.squareRoot())
    }
    rolloff = Float(power.count(below: 0.85 * total)) * step
    flux = shares.withUnsafeMutableBufferPointer { [total] in power.moveShares(of: total, to: $0) }.squareRoot()
    alphaRatio = 10 * log10(bins(0.05..<1).sum() / bins(1..<5).sum())
    // Up to 2 kHz and beyond, those at the ends included.
    let (two, five) = (Int(2 / step) + 1, Int(5 / step) + 1)
    let (low, high) = (
      UnsafeBufferPointer(rebasing: power[..<two]).largest(), UnsafeBufferPointer(rebasing: power[two..<five]).largest()
    )
    hammarberg = 10 * (log10(low) - log10(high))
  }
}

extension UnsafeBufferPointer<Float> {
  /// The sum of what is made of each element and its partner.
  @inline(__always) fileprivate func sum(
    by partners: UnsafeBufferPointer<Float>, _ body: (Lanes, Lanes) -> Lanes, tail: (Float, Float) -> Float
  ) -> Float {
    let rest = count / Lanes.scalarCount * Lanes.scalarCount
    var partial = Lanes()
    for i in stride(from: 0, to: rest, by: Lanes.scalarCount) { partial += body(lanes(at: i), partners.lanes(at: i)) }
    return (rest..<count).reduce(partial.sum()) { $0 + tail(self[$1], partners[$1]) }
  }

  /// How many of the running sums stay below a limit.
  fileprivate func count(below limit: Float) -> Int {
    var (sum, number) = (0.0, 0)
    while number + Lanes.scalarCount <= count {
      let next = sum + Double(lanes(at: number).sum())
      guard next < Double(limit) else { break }
      (sum, number) = (next, number + Lanes.scalarCount)
    }
    while number < count {
      sum += Double(self[number])
      guard sum < Double(limit) else { break }
      number += 1
    }
    return number
  }

  /// Puts the square roots of the elements' shares of a total in the place of others.
  ///
  /// - Returns: the sum of the squares of what that changes
  fileprivate func moveShares(of total: Float, to shares: UnsafeMutableBufferPointer<Float>) -> Float {
    let rest = count / Lanes.scalarCount * Lanes.scalarCount
    let old = UnsafeBufferPointer(shares)
    let target = UnsafeMutableRawBufferPointer(shares)
    var partial = Lanes()
    for i in stride(from: 0, to: rest, by: Lanes.scalarCount) {
      let share = (lanes(at: i) / total).squareRoot()
      let change = share - old.lanes(at: i)
      partial += change * change
      target.storeBytes(of: share, toByteOffset: i * MemoryLayout<Float>.stride, as: Lanes.self)
    }
    var sum = partial.sum()
    for i in rest..<count {
      let share = (self[i] / total).squareRoot()
      sum += (share - shares[i]) * (share - shares[i])
      shares[i] = share
    }
    return sum
  }
}
