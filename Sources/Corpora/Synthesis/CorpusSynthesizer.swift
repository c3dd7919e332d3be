public import Foundation

/// Makes a small corpus of synthetic speech with the command `espeak-ng`: something to try Affect on where no corpus is at
/// hand. The speech, the speakers and the raters are simulated; figures reached on it say nothing of real speech.
///
/// Everything but the audio's bytes, which are espeak-ng's, depends on the options alone.
public struct CorpusSynthesizer: Sendable {
  /// What is made.
  public struct Options: Sendable, Equatable {
    /// Clips in all; at least 48, so that each class can be in each split, and at least one for each speaker.
    public var clips = 600
    /// Simulated speakers, from 12 to 96.
    public var speakers = 16
    /// Simulated ratings of each clip, at least 3.
    public var ratingsPerClip = 5
    /// The seed of every draw.
    public var seed: UInt64 = 2025
    /// How many clips are spoken at a time.
    public var concurrency = ProcessInfo.processInfo.activeProcessorCount
    /// Whether a corpus that is at the output already is replaced.
    public var replacing = false

    /// 600 clips of 16 speakers.
    public init() {}
  }

  /// The options.
  public let options: Options

  /// A synthesizer. Throws `CorporaError.option` for options outside their range.
  public init(options: Options = Options()) throws {
    func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
      guard range.contains(value) else {
        throw CorporaError.option(
          name: name, value: String(value), allowed: "\(range.lowerBound) to \(range.upperBound)")
      }
    }
    try check("the number of speakers", options.speakers, 12...SyntheticSpeaker.most)
    try check("the number of clips", options.clips, max(48, options.speakers)...100_000)
    try check("the number of ratings a clip", options.ratingsPerClip, 3...SynthesisPlan.raters)
    self.options = options
  }

  /// Whether `espeak-ng` is installed.
  public static var isAvailable: Bool { ESpeak.find() != nil }

  /// Speaks the corpus and writes it, with a `README.md` that says what it is; it appears under its name only when it is
  /// complete.
  ///
  /// Throws `CorporaError`; `.speechSynthesis` when `espeak-ng` is not installed or fails.
  @discardableResult
  public func synthesize(
    to output: URL, progress: @escaping @Sendable (CorpusProgress) -> Void = { _ in }
  ) async throws -> Corpus {
    let espeak = try ESpeak.required()
    let plan = SynthesisPlan(options: options)
    let writer = try CorpusWriter(folder: output, replacing: options.replacing)
    do {
      _ = try await writer.speak(
        plan.clips.map { ($0.fileName, $0.speech) }, by: espeak, concurrency: options.concurrency, progress: progress)
      let audios = writer.folder.appending(path: CorpusLayout.audios)
      try writer.write(plan.clips.map { $0.utterance(audios: audios) })
      try writer.write(plan.readme, to: "README.md")
      try writer.finish()
    } catch {
      writer.abandon()
      throw error
    }
    return try Corpus(contentsOf: writer.folder)
  }
}
