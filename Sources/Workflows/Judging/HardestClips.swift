import Audio
import Emotion
import Encoders
import Evaluation
import Foundation
import Tensors

/// Picks the clips that a system got most wrong, and makes what can be seen and heard of them.
enum HardestClips {
  /// So many of each kind, and so many seconds of each, keep the page to a few megabytes.
  static let each = 6
  static let seconds = 6.0

  static func clips(_ run: JudgedRun) -> [RunReport.Clip] {
    let clips = run.clips
    let scored = clips.scored
    guard !scored.rows.isEmpty else { return [] }
    let wrong = scored.rows.indices.filter { clips.decisions[scored.rows[$0]] != clips.truth[scored.rows[$0]] }
    // Ties go to the name, so that a page made twice is the same.
    let hardest = wrong.sorted {
      (scored.probabilities[$0][scored.labels[$0]], clips.names[scored.rows[$0]])
        < (scored.probabilities[$1][scored.labels[$1]], clips.names[scored.rows[$1]])
    }.prefix(each)
    let left = wrong.filter { !hardest.contains($0) }
    let surest = left.sorted {
      (-(scored.probabilities[$0].max() ?? 0), clips.names[scored.rows[$0]])
        < (-(scored.probabilities[$1].max() ?? 0), clips.names[scored.rows[$1]])
    }.prefix(each)
    let chosen =
      hardest.map { ($0, "Hardest: its own class got \(share(scored.probabilities[$0][scored.labels[$0]])).") }
      + surest.map { ($0, "Surely wrong: \(share(scored.probabilities[$0].max() ?? 0)) for the class decided on.") }
    return chosen.map { place, note in
      let row = scored.rows[place]
      let name = clips.names[row]
      let shown = run.audio(name).flatMap(sound)
      return RunReport.Clip(
        fileName: name, transcript: transcript(name, run), label: clips.classes[scored.labels[place]].rawValue,
        decision: Self.name(clips.decisions[row]),
        probabilities: zip(clips.classes, scored.probabilities[place]).map { .init($0.rawValue, $1) },
        note: note + (shown?.isCut == true ? " The first \(Int(seconds)) s." : ""), spectrogram: shown?.picture,
        audio: shown?.audio)
    }
  }

  private static func share(_ value: Double) -> String {
    value < 0.01 ? "less than 1 %" : "\(Int((value * 100).rounded())) %"
  }

  private static func name(_ decision: Int8) -> String {
    let classes = EmotionClass.allCases
    return classes.indices.contains(Int(decision)) ? classes[Int(decision)].rawValue : "nothing"
  }

  private static func transcript(_ name: String, _ run: JudgedRun) -> String? {
    guard let corpus = run.corpus else { return nil }
    let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    return (try? String(contentsOf: corpus.appending(path: "Transcripts/\(stem).txt"), encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// A WAV file of the beginning of a clip with its log-mel spectrogram; nil for a file that can't be decoded.
  private static func sound(_ url: URL) -> (audio: Data, picture: Spectrogram, isCut: Bool)? {
    guard let whole = try? AudioFile.decode(url) else { return nil }
    let samples = Array(whole.samples.prefix(Int(seconds * Double(whole.sampleRate))))
    guard let features = try? LogMel().features(of: samples), let values = try? features.array(of: Float.self) else {
      return nil
    }
    let width = features.size(1)
    let frames = stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    return (
      AudioClip(samples: samples, sampleRate: whole.sampleRate).wavData(),
      Spectrogram(frames: frames, seconds: Double(samples.count) / Double(whole.sampleRate)),
      whole.samples.count > samples.count
    )
  }
}
