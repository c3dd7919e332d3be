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

  /// The clips that every one of several systems gets wrong and whose own class got least from all of them together: with the
  /// mean of their probabilities, and what each decided on.
  static func ofAll(_ runs: [JudgedRun], _ judgements: [Judgement], _ names: [String]) -> [RunReport.Clip] {
    guard let first = judgements.first?.clips, !first.classes.isEmpty,
      judgements.allSatisfy({ $0.clips.classes == first.classes })
    else { return [] }
    let width = first.classes.count
    let scored = first.scored
    let wrong = zip(scored.rows, scored.labels).filter { row, _ in
      judgements.allSatisfy { $0.clips.decisions[row] != $0.clips.truth[row] }
    }
    func mean(_ row: Int) -> [Double] {
      (0..<width).map { c in
        judgements.reduce(0) { $0 + $1.clips.probabilities[row * width + c] } / Double(judgements.count)
      }
    }
    let means = Dictionary(uniqueKeysWithValues: wrong.map { ($0.0, mean($0.0)) })
    func own(_ clip: (row: Int, label: Int)) -> Double { means[clip.row]?[clip.label] ?? 0 }
    let chosen = wrong.sorted {
      (own(($0.0, $0.1)), first.names[$0.0]) < (own(($1.0, $1.1)), first.names[$1.0])
    }.prefix(2 * each)
    return chosen.map { row, label in
      let shares = means[row] ?? []
      let said = zip(names, judgements).map { "\($0): \(name($1.clips.decisions[row]))" }.joined(separator: ", ")
      let top = shares.indices.reduce(0) { shares[$1] > shares[$0] ? $1 : $0 }
      let shown = runs.lazy.compactMap { $0.audio(first.names[row]) }.first.flatMap(sound)
      let run = runs.first { $0.corpus != nil }
      return RunReport.Clip(
        fileName: first.names[row], transcript: run.flatMap { transcript(first.names[row], $0) },
        label: first.classes[label].rawValue, decision: first.classes[top].rawValue,
        probabilities: zip(first.classes, shares).map { .init($0.rawValue, $1) },
        note: said + "." + (shown?.isCut == true ? " The first \(Int(seconds)) s." : ""), spectrogram: shown?.picture,
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
