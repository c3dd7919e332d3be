import Foundation

/// Measures Affect and its peer beside each other, in turns, in one run: these are ratios that mean something on a noisy
/// machine.
struct Benchmark {
  /// As `affect bench NAME` says it.
  let name: String
  /// What is measured, as a phrase.
  let summary: String
  /// Measures. `report` is told what is being done.
  let run: (_ settings: BenchmarkSettings, _ report: (String) -> Void) throws -> [BenchmarkCase]
}

/// How benchmarks are run.
struct BenchmarkSettings {
  /// The Python that has the peers.
  var python: URL
  /// How often each case is measured.
  var rounds: Int
  /// Measures only cases whose names contain this; nil measures all.
  var only: String?
  /// Where benchmarks that need real speech and texts find them.
  var data = URL(filePath: "../shared/data")
  /// How many clips such benchmarks take, and four times as many texts.
  var clips = 64

  /// Whether a case is to be measured.
  func selects(_ name: String) -> Bool { only.map(name.contains) ?? true }
}

/// What one case came to.
struct BenchmarkCase: Encodable {
  /// The case.
  let name: String
  /// What a number counts: `s` is seconds for one piece of work.
  let unit: String
  /// Affect's numbers, one a round.
  let affect: [Double]
  /// The peer's, of the same rounds.
  let peer: [Double]
  /// What the peer is.
  let peerName: String

  /// The median over rounds of how many times as fast Affect is.
  var speedUp: Double { median(zip(affect, peer).map { $1 / $0 }) }

  private enum CodingKeys: String, CodingKey { case name, unit, affect, peer, peerName, speedUp }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(unit, forKey: .unit)
    try container.encode(affect, forKey: .affect)
    try container.encode(peer, forKey: .peer)
    try container.encode(peerName, forKey: .peerName)
    try container.encode(speedUp, forKey: .speedUp)
  }

  /// A line of the table.
  var row: String {
    let ratios = zip(affect, peer).map { $1 / $0 }
    let range = String(format: "%.2f [%.2f, %.2f]", speedUp, ratios.min() ?? 0, ratios.max() ?? 0)
    let title = name.padding(toLength: max(44, name.count), withPad: " ", startingAt: 0)
    return "\(title) \(Self.pad(show(median(affect)))) \(Self.pad(show(median(peer))))   \(range)   \(peerName)"
  }

  static var header: String {
    let title = "".padding(toLength: 44, withPad: " ", startingAt: 0)
    return "\(title) \(pad("Affect")) \(pad("peer"))   times as fast [range]"
  }

  private static func pad(_ text: String) -> String { String(repeating: " ", count: max(10 - text.count, 0)) + text }

  private func show(_ value: Double) -> String {
    guard unit == "s" else { return String(format: "%.4g %@", value, unit) }
    if value < 1e-3 { return String(format: "%.2f µs", value * 1e6) }
    return value < 1 ? String(format: "%.1f ms", value * 1e3) : String(format: "%.2f s", value)
  }
}

/// The middle of numbers, the mean of the two middle ones where their count is even; 0 of none.
func median(_ numbers: [Double]) -> Double {
  let sorted = numbers.sorted()
  guard !sorted.isEmpty else { return 0 }
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// How long `body` takes, in seconds.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let start = DispatchTime.now().uptimeNanoseconds
  try body()
  return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
}
