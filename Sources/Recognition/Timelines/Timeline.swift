import Emotion
import Foundation

/// What was recognised in one recording.
public struct Timeline: Sendable {
  /// The recording, as it was given.
  public var file: String
  /// Seconds; at least the end of the last segment.
  public var duration: Double
  /// In the order of their beginnings.
  public var segments: [RecognizedSegment]

  /// A timeline; the duration reaches to the last segment's end at least.
  public init(file: String, duration: Double = 0, segments: [RecognizedSegment]) {
    self.file = file
    self.duration = max(duration, segments.map(\.end).max() ?? 0)
    self.segments = segments
  }

  /// Segments one after the other under a name.
  struct Tier {
    let name: String
    var segments: [RecognizedSegment]
  }

  /// A tier for each speaker, and further ones for segments that overlap: formats with tiers allow no overlap in one.
  func tiers(unnamed: String) -> [Tier] {
    var tiers: [Tier] = []
    var counts: [String: Int] = [:]
    for segment in segments {
      let name = segment.speaker ?? unnamed
      let free = tiers.firstIndex { tier in
        (tier.name == name || tier.name.hasPrefix("\(name) ("))
          && (tier.segments.last?.end ?? 0) <= segment.start + 1e-9
      }
      if let free {
        tiers[free].segments.append(segment)
      } else {
        let number = counts[name, default: 0] + 1
        counts[name] = number
        tiers.append(Tier(name: number == 1 ? name : "\(name) (\(number))", segments: [segment]))
      }
    }
    return tiers
  }
}

extension RecognizedSegment {
  /// The class as a label, `-` where the model knows none; with a question mark where no answer is given, so that whoever counts
  /// labels does not count it.
  var label: String { (emotion?.rawValue ?? "-") + (abstains == true ? "?" : "") }
}
