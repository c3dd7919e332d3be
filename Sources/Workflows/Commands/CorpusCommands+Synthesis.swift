import Corpora
public import Foundation

extension CorpusCommands {
  /// What a synthesis is asked for; what is left out has a default.
  public struct Synthesis: Sendable {
    /// The corpus's new folder.
    public var output: URL
    /// How many clips.
    public var clips: Int?
    /// How many simulated speakers.
    public var speakers: Int?
    /// What everything random follows from.
    public var seed: UInt64?
    /// The user's own label map.
    public var labelMap: URL?
    /// Whether a corpus that is at the output already is replaced.
    public var replacing = false

    /// A synthesis into a folder.
    public init(output: URL) { self.output = output }
  }

  /// Makes a small corpus of synthetic speech.
  public static func synthesize(
    _ synthesis: Synthesis, report: @escaping @Sendable (Notice) -> Void
  ) async throws -> CommandResult {
    var options = CorpusSynthesizer.Options()
    options.clips = synthesis.clips ?? options.clips
    options.speakers = synthesis.speakers ?? options.speakers
    options.seed = synthesis.seed ?? options.seed
    options.replacing = synthesis.replacing
    let corpus = try await CorpusSynthesizer(options: options).synthesize(to: synthesis.output) {
      report(.status($0.line))
    }
    let statistics = CorpusStatistics(of: corpus)
    return try CommandResult(
      text: "Synthetic speech by espeak-ng, not recordings of people.\n" + statistics.description, json: statistics)
  }

  /// Makes the testbed Spoken GoEmotions of the folder of GoEmotions.
  public static func synthesizeSpokenGoEmotions(
    _ source: URL, _ synthesis: Synthesis, report: @escaping @Sendable (Notice) -> Void
  ) async throws -> CommandResult {
    var options = SpokenGoEmotions.Options()
    options.clips = synthesis.clips ?? options.clips
    options.speakers = synthesis.speakers ?? options.speakers
    options.seed = synthesis.seed ?? options.seed
    options.labelMap = synthesis.labelMap
    options.replacing = synthesis.replacing
    let result = try await SpokenGoEmotions(options).synthesize(source, to: synthesis.output) {
      report(.status($0.line))
    }
    struct Summary: Encodable {
      let synthesis: SpokenGoEmotions.Report
      let statistics: CorpusStatistics
    }
    let statistics = try statistics(of: Corpus(contentsOf: synthesis.output))
    return try CommandResult(
      text: "Real texts in synthetic voices by espeak-ng, not recordings of people.\n\(result)\n\(statistics)",
      json: Summary(synthesis: result, statistics: statistics))
  }

  /// The label map of Spoken GoEmotions, comments included.
  public static func explainSpokenGoEmotions() throws -> String {
    try LabelMap.builtInText(SpokenGoEmotions.labelMap)
  }

  /// Writes a release in MSP-Podcast's layout with noise for audio, to try things at full size.
  public static func synthesizeRelease(
    output: URL, clips: Int, seed: UInt64?, report: (Notice) -> Void
  ) throws -> CommandResult {
    try ReleaseGenerator(clips: clips, seed: seed ?? 0).write(to: output) { report(.status($0.line)) }
    struct Summary: Encodable {
      let folder: String
      let clips: Int
    }
    return try CommandResult(
      text: "\(clips) clips of noise in MSP-Podcast's layout in \(output.path); not speech.\n"
        + "To use them: affect corpus import msp-podcast \(output.path) --output CORPUS",
      json: Summary(folder: output.path, clips: clips))
  }
}
