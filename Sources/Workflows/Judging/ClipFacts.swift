import Audio
import Basics
import Evaluation
import Foundation

/// What the sound of a clip itself says: how long it is, and how far the speech stands above the noise.
struct ClipFacts: Codable, Equatable {
  /// Seconds.
  let duration: Double
  /// Decibels; see `signalToNoise`.
  let noiseRatio: Double

  /// Measures a clip of 16 kHz.
  init(_ samples: [Float]) {
    duration = Double(samples.count) / Double(AudioFile.defaultSampleRate)
    noiseRatio = Self.signalToNoise(samples)
  }

  /// An estimate of the signal-to-noise ratio in dB from the energies of frames of 25 ms every 10 ms: the mean of the
  /// quietest tenth of the frames stands for the noise, the mean of the louder half, less the noise, for the speech. From
  /// -10 to 60 dB; a clip of silence has 0.
  static func signalToNoise(_ samples: [Float]) -> Double {
    let (size, step) = (400, 160)
    var energies: [Double] = []
    var start = 0
    while start + size <= samples.count || start == 0 {
      let frame = samples[start..<min(start + size, samples.count)]
      energies.append(frame.reduce(0) { $0 + Double($1) * Double($1) } / Double(max(frame.count, 1)))
      start += step
    }
    energies.sort()
    let quiet = energies.prefix(max(1, energies.count / 10))
    let loud = energies.suffix(max(1, energies.count / 2))
    let noise = quiet.reduce(0, +) / Double(quiet.count)
    let speech = loud.reduce(0, +) / Double(loud.count) - noise
    guard loud.reduce(0, +) > 0 else { return 0 }
    guard speech > 0, noise > 0 else { return speech > 0 ? 60 : -10 }
    return min(60, max(-10, 10 * log10(speech / noise)))
  }

  /// The facts of clips by name, decoded on all cores; those in `cache` are taken from there, and new ones kept. Clips that
  /// can't be decoded have none.
  static func read(
    _ clips: [(name: String, audio: URL)], cache: URL, report: (Notice) -> Void
  ) throws -> [String: ClipFacts] {
    var known: [String: ClipFacts] = [:]
    if let data = try? Data(contentsOf: cache),
      let found = try? JSONDecoder().decode([String: ClipFacts].self, from: data)
    {
      known = found
    }
    let missing = clips.filter { known[$0.name] == nil && FileManager.default.fileExists(atPath: $0.audio.path) }
    let group = max(64, 8 * ProcessInfo.processInfo.activeProcessorCount)
    for start in stride(from: 0, to: missing.count, by: group) {
      let part = Array(missing[start..<min(start + group, missing.count)])
      let found = concurrentMap(part) { clip in (try? AudioFile.decode(clip.audio)).map { ClipFacts($0.samples) } }
      for (clip, facts) in zip(part, found) { known[clip.name] = facts }
      report(.status("listening to clips \(start + part.count)/\(missing.count)"))
    }
    if !missing.isEmpty {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      try AtomicFile.write(encoder.encode(known), to: cache)
    }
    return known
  }
}
