import Basics
import Emotion
public import Foundation

/// Writes a release in MSP-Podcast's layout, real in the shape of its labels, ratings, partitions and transcripts, with
/// half a second of noise for each clip: for trying imports, checks and splits at full size.
///
/// 1 of 60 clips is in `Test3` and has no label; a fifth of the training clips are of unknown speakers. Everything
/// depends on the seed and the number of clips alone.
public struct ReleaseGenerator: Sendable {
  /// How many clips.
  public var clips: Int
  /// What everything is drawn from.
  public var seed: UInt64

  private static let words = [
    "Angry", "Sad", "Happy", "Surprise", "Fear", "Disgust", "Contempt", "Neutral", "Other-bored", "Other",
  ]
  /// About as in MSP-Podcast.
  private static let weights: [Double] = [8, 7, 24, 4, 1.5, 2.5, 5, 38, 3, 2]
  private static let secondary = ["Amused", "Annoyed", "Concerned", "Confused", "Excited", "Dissapointed"]
  private static let vocabulary = """
    so and then we were talking about the thing that people never want to hear because it takes some time before you know \
    what is really going on with your life work family money music food games school news story question answer morning
    """.split(separator: " ").map(String.init)

  /// A release of so many clips.
  public init(clips: Int, seed: UInt64 = 0) {
    self.clips = clips
    self.seed = seed
  }

  /// Writes the release to a folder that is not there yet. It appears under its name when it is complete.
  ///
  /// Throws `CorporaError`.
  public func write(to folder: URL, progress: (CorpusProgress) -> Void = { _ in }) throws {
    guard clips >= 60 else {
      throw CorporaError.option(name: "the number of clips", value: "\(clips)", allowed: "60 or more")
    }
    guard try CorpusLayout.isFree(folder) else { throw CorporaError.exists(path: folder.path) }
    let staging = AtomicFile.aside(folder.standardizedFileURL)
    do {
      for part in ["Audios", "Labels", "Transcripts"] {
        try FileManager.default.createDirectory(
          at: staging.appending(path: part), withIntermediateDirectories: true)
      }
      try write(staging, progress: progress)
      try AtomicFolder.sync(staging)
      if FileManager.default.fileExists(atPath: folder.path) { try FileManager.default.removeItem(at: folder) }
      try AtomicFolder.rename(staging, to: folder.standardizedFileURL)
    } catch {
      try? FileManager.default.removeItem(at: staging)
      throw error
    }
  }

  private func write(_ folder: URL, progress: (CorpusProgress) -> Void) throws {
    var consensus = CSVText(header: CorpusLayout.consensusColumns)
    var detailed = CSVText(header: ["FileName", "EmoDetail"])
    var (partitions, speakers) = ("", "")
    for clip in 0..<clips {
      var random = SeededGenerator(seed: seed, clip)
      let split = clip % 60 == 59 ? Split.test3 : [.train, .train, .train, .train, .development, .test1][clip / 60 % 6]
      let name =
        split == .test3
        ? String(format: "MSP-PODCAST_test3_%05d", clip / 60)
        : String(format: "MSP-PODCAST_%04d_%04d", clip / 60, clip % 60)
      try SmallFile.write(Self.wav(&random), to: "\(folder.path)/Audios/\(name).wav")
      partitions += "\(split.rawValue); \(name).wav\n"
      if split != .test3 {
        // Ten to a part of an episode, so that a speaker is in one split.
        let speaker = split == .train && clip % 5 == 0 ? "Unknown" : String(clip / 10)
        speakers += "\(name).wav; \(speaker)\n"
        append("\(name).wav", speaker: speaker, split, &random, &consensus, &detailed)
        let text = (0..<(6 + random.below(12))).map { _ in random.pick(Self.vocabulary) }.joined(separator: " ")
        try SmallFile.write(Array("\(text).\n".utf8), to: "\(folder.path)/Transcripts/\(name).txt")
      }
      progress(CorpusProgress(stage: "writing clips", completed: clip + 1, total: clips))
    }
    try AtomicFile.write(consensus.data, to: folder.appending(path: "Labels/labels_consensus.csv"))
    try AtomicFile.write(detailed.data, to: folder.appending(path: "Labels/labels_detailed.csv"))
    try AtomicFile.write(partitions, to: folder.appending(path: "Partitions.txt"))
    try AtomicFile.write(speakers, to: folder.appending(path: "Speaker_ids.txt"))
    try AtomicFile.write(
      "Noise in MSP-Podcast's layout, made by `affect corpus synthesize --layout msp-podcast`. No one's speech.\n",
      to: folder.appending(path: "readme.txt"))
  }

  private func append(
    _ fileName: String, speaker: String, _ split: Split, _ random: inout SeededGenerator, _ consensus: inout CSVText,
    _ detailed: inout CSVText
  ) {
    // Raters lean towards one emotion of the clip.
    let meant = random.pick(weights: Self.weights)
    var ratings = [Rating]()
    for _ in 0..<(5 + random.below(4)) {
      let word = Self.words[random.uniform() < 0.5 ? meant : random.pick(weights: Self.weights)]
      let second = random.below(3) == 0 ? "\(word),\(random.pick(Self.secondary))" : random.below(3) == 0 ? "" : word
      let values = (0..<3).map { _ in Double(1 + random.below(7)) }
      let marks = zip(["A", "V", "D"], values).map { "\($0):\($1)00000;" }.joined(separator: " ")
      detailed.append([fileName, String(format: "WORKER%05d; ", random.below(14_000)) + "\(word); \(second); \(marks)"])
      let vote = Rating.otherText(word) == nil ? Vote(word: word) ?? .other : .other
      ratings.append(
        Rating(
          primary: vote, attributes: AttributeValues(arousal: values[0], valence: values[1], dominance: values[2])))
    }
    let mean = AttributeValues.mean(of: ratings.map(\.attributes))
    let gender = speaker == "Unknown" ? "Unknown" : (Int(speaker) ?? 0).isMultiple(of: 2) ? "Female" : "Male"
    consensus.append(
      [fileName, String(Consensus(pluralityOf: ratings).letter)]
        + Attribute.allCases.map { String(mean[$0] ?? 4) } + [speaker, gender, split.rawValue])
  }

  /// Half a second and a little more of noise, 16 kHz, 8 bits: a RIFF WAVE file of some 8 kB.
  private static func wav(_ random: inout SeededGenerator) -> [UInt8] {
    let count = 8000 + 8 * random.below(100)
    var bytes = [UInt8]()
    bytes.reserveCapacity(44 + count)
    func append(_ value: Int, _ size: Int) { for i in 0..<size { bytes.append(UInt8(value >> (8 * i) & 255)) } }
    bytes += Array("RIFF".utf8)
    append(36 + count, 4)
    bytes += Array("WAVEfmt ".utf8)
    for (value, size) in [(16, 4), (1, 2), (1, 2), (16_000, 4), (16_000, 4), (1, 2), (8, 2)] { append(value, size) }
    bytes += Array("data".utf8)
    append(count, 4)
    for _ in 0..<(count / 8) {
      var bits = random.next()
      for _ in 0..<8 {
        bytes.append(UInt8(truncatingIfNeeded: 64 + (bits & 127)))
        bits >>= 8
      }
    }
    return bytes
  }
}
