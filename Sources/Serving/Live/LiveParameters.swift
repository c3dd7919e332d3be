import Audio
import Foundation
import HTTPTypes

/// What a live stream's client says of it.
struct LiveParameters: Sendable, Equatable {
  /// How a sample is written; little-endian, mono.
  enum Encoding: String, CaseIterable, Sendable {
    case s16le, f32le

    var width: Int { self == .s16le ? 2 : 4 }
  }

  /// The parameters' names.
  static let names = ["model", "encoding", "rate", "window", "partial"]

  var model: String?
  var encoding = Encoding.s16le
  /// Samples per second (Hz).
  var rate = 16_000
  /// Seconds of a segment.
  var window = 4.0
  /// Seconds between two estimates of the segment that is still open.
  var partial = 0.5

  /// Reads the parameters. Throws a problem for a value that can't be.
  init(_ values: [String: String]) throws(Problem) {
    model = values["model"]
    if let text = values["encoding"] {
      guard let found = Encoding(rawValue: text) else {
        throw .badRequest(
          "there is no encoding '\(text.prefix(50))'; there are \(Encoding.allCases.map(\.rawValue).joined(separator: ", "))",
          parameter: "encoding")
      }
      encoding = found
    }
    if let text = values["rate"] {
      guard let value = Int(text), (4_000...192_000).contains(value) else {
        throw .badRequest("a rate of \(text.prefix(50)) Hz can't be; from 4000 to 192000 Hz can", parameter: "rate")
      }
      rate = value
    }
    window = try Self.within(1...30, "window", values) ?? window
    partial = try Self.within(0.2...30, "partial", values) ?? partial
  }

  private static func within(
    _ range: ClosedRange<Double>, _ name: String, _ values: [String: String]
  ) throws(Problem) -> Double? {
    guard let value = try RecognitionParameters.seconds(name, values) else { return nil }
    guard range.contains(value) else {
      throw .badRequest(
        "\(name)=\(value) can't be; from \(range.lowerBound) to \(range.upperBound) s can", parameter: name)
    }
    return value
  }
}
