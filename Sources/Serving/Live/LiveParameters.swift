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
  static let names = ["model", "encoding", "rate", "segmentation", "window", "pause", "longest", "partial"]

  var model: String?
  var encoding = Encoding.s16le
  /// Samples per second (Hz).
  var rate = 16_000
  /// What ends a segment: a pause, or its length.
  var cutting: Cutting
  /// Seconds between two estimates of the segment that is still open.
  var partial = 0.5

  /// Reads the parameters. Throws a problem for a value that can't be.
  init(_ values: [String: String]) throws(Problem) {
    model = values["model"]
    cutting = try Cutting(
      values.merging(values["segmentation"] == "windows" ? ["window": "4"] : [:]) { given, _ in given })
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
    for (name, value) in [("window", cutting.window), ("longest", cutting.longest)] where !(1...30).contains(value) {
      throw .badRequest("\(name)=\(value.words) can't be; from 1 to 30 s can", parameter: name)
    }
    partial = try Cutting.seconds("partial", values) ?? partial
    guard (0.2...30).contains(partial) else {
      throw .badRequest("partial=\(partial.words) can't be; from 0.2 to 30 s can", parameter: "partial")
    }
  }
}
