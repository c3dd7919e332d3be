import Audio
import FeatureStore
import Foundation

/// How long clips are, about, by the sizes of their files: known without opening each of them, and the same on every
/// machine.
struct AudioRates {
  /// Bytes per second by file extension.
  private let rates: [String: Double]

  /// Files of each kind whose headers are read.
  private static let samples = 32
  /// 16 kHz, 16 bits, mono: for a kind of which no header can be read.
  private static let usual = 32_000.0

  init(_ files: [(audio: URL, source: SourceStamp?)]) {
    let byKind = Dictionary(grouping: files.filter { ($0.source?.bytes ?? 0) > 0 }) { Self.kind($0.audio) }
    rates = byKind.mapValues { files in
      let step = max(files.count / Self.samples, 1)
      let found = stride(from: 0, to: files.count, by: step).compactMap { i -> Double? in
        let file = files[i]
        guard let seconds = try? AudioFile.probe(file.audio).duration, seconds > 0 else { return nil }
        return file.source.map { Double($0.bytes) / seconds }
      }.sorted()
      return found.isEmpty ? Self.usual : found[found.count / 2]
    }
  }

  /// About how many seconds a clip has.
  func seconds(_ audio: URL, _ source: SourceStamp?) -> Double {
    source.map { Double($0.bytes) / max(rates[Self.kind(audio)] ?? Self.usual, 1) } ?? 0
  }

  private static func kind(_ audio: URL) -> String { audio.pathExtension.lowercased() }
}
