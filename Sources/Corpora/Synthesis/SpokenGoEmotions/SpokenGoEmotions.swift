import Basics
import Emotion
public import Foundation

/// The testbed Spoken GoEmotions: real texts with the labels that people gave them, spoken by `espeak-ng` in many voices
/// whose prosody leans only weakly to the emotion, so that neither words nor voice suffice. The voices are synthetic, and
/// so are the attributes; figures reached on it compare systems, and say nothing of human speech.
///
/// Everything but the audio's bytes, which are espeak-ng's, depends on the texts and the options alone. A run that was
/// stopped goes on where it was.
public struct SpokenGoEmotions: Sendable {
  /// What is made.
  public struct Options: Sendable, Equatable {
    /// Clips, each with a text of its own.
    public var clips = 8000
    /// Simulated speakers, from 12 to `SpokenGoEmotions.mostSpeakers`.
    public var speakers = 60
    /// The seed of every draw.
    public var seed: UInt64 = 2025
    /// The user's own label map in place of the one that comes with Affect.
    public var labelMap: URL?
    /// How many clips are spoken at a time.
    public var concurrency = ProcessInfo.processInfo.activeProcessorCount
    /// Whether a corpus that is at the output already is replaced.
    public var replacing = false

    /// 8,000 clips of 60 speakers.
    public init() {}
  }

  /// What was made of which texts.
  public struct Report: Codable, Sendable, Equatable {
    /// The corpus.
    public var corpus: String
    /// Clips.
    public var clips: Int
    /// Clips that an earlier, stopped run had spoken.
    public var resumed: Int
    /// Speakers.
    public var speakers: Int
    /// Texts of the source.
    public var texts: Int
    /// Texts that could have been spoken.
    public var usable: Int
    /// Texts that could not be, by why.
    public var leftOut: [String: Int]
    /// The label map's file name.
    public var labelMap: String
    /// How often each label occurs, and the class it became.
    public var labels: [ImportReport.LabelCount]
    /// Clips of several labels.
    public var severalLabels: Int
    /// Clips whose labels became several classes.
    public var severalClasses: Int
  }

  /// The most speakers that differ in voice.
  public static let mostSpeakers = SyntheticSpeaker.most
  /// The label map's name.
  public static let labelMap = "goemotions"

  private let options: Options

  /// A synthesizer. Throws `CorporaError.option` for options outside their range.
  public init(_ options: Options = Options()) throws {
    guard (12...Self.mostSpeakers).contains(options.speakers) else {
      throw CorporaError.option(
        name: "the number of speakers", value: "\(options.speakers)", allowed: "12 to \(Self.mostSpeakers)")
    }
    guard options.clips >= options.speakers else {
      throw CorporaError.option(
        name: "the number of clips", value: "\(options.clips)",
        allowed: "\(options.speakers) or more, one for each speaker")
    }
    self.options = options
  }

  /// Speaks the corpus and writes it, with a `README.md` that says what it is; it appears under its name only when it is
  /// complete. Until then it lies beside it, hidden, for a run that goes on with it.
  ///
  /// Throws `CorporaError`; `.speechSynthesis` when `espeak-ng` is not installed or fails.
  public func synthesize(
    _ source: URL, to output: URL, progress: @escaping @Sendable (CorpusProgress) -> Void = { _ in }
  ) async throws -> Report {
    let espeak = try ESpeak.required()
    let mapFile = options.labelMap ?? LabelMap.builtInFile(Self.labelMap)
    let map = try LabelMap(contentsOf: mapFile)
    progress(CorpusProgress(stage: "reading the texts", completed: 0, total: 0))
    let texts = try GoEmotionsTexts(source)
    let plan = try SpokenPlan(texts, options, map, AttributeMap(contentsOf: mapFile))
    let writer = try CorpusWriter(folder: output, replacing: options.replacing, resuming: plan.digest) {
      progress(CorpusProgress(stage: "waiting for another process that makes \(output.path)", completed: 0, total: 0))
    }
    let resumed = try await writer.speak(
      plan.clips.map { ($0.fileName, $0.speech) }, by: espeak, concurrency: options.concurrency, progress: progress)
    let audios = writer.folder.appending(path: CorpusLayout.audios)
    try writer.write(plan.clips.map { $0.utterance(audios: audios) })
    try writer.write(Self.readme(options, map), to: "README.md")
    try writer.finish()

    var counts: [String: Int] = [:]
    for label in plan.clips.flatMap(\.text.labels) { counts[label, default: 0] += 1 }
    return Report(
      corpus: writer.folder.path, clips: plan.clips.count, resumed: resumed, speakers: options.speakers,
      texts: texts.count, usable: texts.texts.values.map(\.count).reduce(0, +),
      leftOut: Dictionary(uniqueKeysWithValues: texts.leftOut.map { ($0.key.rawValue, $0.value) }), labelMap: map.name,
      labels: map.entries.compactMap { entry in
        counts[entry.label].map { .init(label: entry.label, letter: String(entry.vote.consensus.letter), clips: $0) }
      },
      severalLabels: plan.clips.count { $0.text.labels.count > 1 },
      severalClasses: plan.clips.count { Set($0.ratings.map(\.primary)).count > 1 })
  }

  private static func readme(_ options: Options, _ map: LabelMap) -> String {
    """
    # Spoken GoEmotions

    The voices of this corpus are synthetic: the program espeak-ng spoke it, and its \(options.speakers) speakers are
    settings of that program. The texts and their labels are real: comments of the corpus GoEmotions (Demszky et al. 2020,
    Apache-2.0). It serves to compare systems; figures reached on it say nothing of how well a system recognises emotion in
    human speech.

    - \(options.clips) clips, seed \(options.seed). Each text occurs once. `Train`, `Development` and `Test1` have the texts of
      GoEmotions' own splits, in the classes' natural frequencies, and different speakers.
    - Each label of a text is a vote, for the class that \(map.name) names; `EmoClass` is their plurality, `X` where they tie.
      `Label` keeps the labels, `TextID` the comment's name in GoEmotions.
    - Rate, pitch, pitch range and volume lean to the class of one of the votes (`Leaning`), by a tenth to seven tenths of a
      profile that would tell the classes apart, beside noise of each clip and habits of each speaker. A vote for other
      leans to nothing.
    - Arousal, valence and dominance are simulated: drawn around values that \(map.name) sets by hand for each label.
    - Emoji, emoticons and marks of layout are not spoken; hidden names are replaced by first names that suit anyone.

    """
  }
}

extension SpokenGoEmotions.Report: CustomStringConvertible {
  /// The report as text.
  public var description: String {
    var lines = [
      "\(clips) clips of \(speakers) synthetic speakers in \(corpus)"
        + (resumed > 0 ? ", \(resumed) from an earlier run" : ""),
      "\(texts) texts, of which \(usable) can be spoken; left out: "
        + leftOut.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }.joined(
          separator: "; "),
      "\(severalLabels) clips have several labels, \(severalClasses) votes for several classes; labels by \(labelMap):",
    ]
    lines += labels.map { "  \($0.label) -> \($0.letter)  \($0.clips)" }
    return lines.joined(separator: "\n")
  }
}
