import Basics
import Emotion
import Foundation

/// Every draw of Spoken GoEmotions: which texts, who says them, and how.
struct SpokenPlan {
  struct Clip: Sendable {
    let fileName: String
    let speaker: SyntheticSpeaker
    let split: Split
    let text: SpokenText
    let speech: ESpeak.Speech
    /// The class that the voice leans to; nil where it leans to none.
    let leaning: EmotionClass?
    let ratings: [Rating]

    func utterance(audios: URL) -> Utterance {
      Utterance(
        fileName: fileName, audio: audios.appending(path: fileName), consensus: Consensus(pluralityOf: ratings),
        attributes: AttributeValues.mean(of: ratings.lazy.map(\.attributes)), speaker: speaker.name,
        gender: speaker.gender, split: split, transcript: speech.text, ratings: ratings,
        extra: [
          "Label": text.labels.joined(separator: "+"), "TextID": text.id, "Leaning": leaning?.rawValue ?? "none",
        ])
    }
  }

  let clips: [Clip]

  /// What the draws are for: each has a sequence of its own.
  private enum Purpose: Int { case speakers, texts, clip }

  /// Throws `CorporaError.option` where there are fewer texts than clips.
  init(_ texts: GoEmotionsTexts, _ options: SpokenGoEmotions.Options, _ map: LabelMap, _ values: AttributeMap) throws {
    var random = SeededGenerator(seed: options.seed, Purpose.speakers.rawValue)
    let speakers = SyntheticSpeaker.make(options.speakers, generator: &random)
    let splits = SplitRule.splits(
      ofSpeakers: Dictionary(uniqueKeysWithValues: speakers.map { ($0.name, $0.gender) }))
    var left: [Split: ArraySlice<SpokenText>] = [:]
    for (number, split) in Split.allCases.enumerated() {
      var random = SeededGenerator(seed: options.seed, Purpose.texts.rawValue, number)
      left[split] = random.shuffled(texts.texts[split] ?? [])[...]
    }
    let digits = max(5, String(options.clips).count)
    clips = try (0..<options.clips).map { index in
      let speaker = speakers[index % speakers.count]
      let split = splits[speaker.name] ?? .train
      guard let text = left[split]?.popFirst() else {
        throw CorporaError.option(
          name: "the number of clips", value: "\(options.clips)",
          allowed: "at most what the source's \(split.rawValue) texts suffice for, of which "
            + "\(texts.texts[split]?.count ?? 0) can be spoken")
      }
      var random = SeededGenerator(seed: options.seed, Purpose.clip.rawValue, index)
      let ratings = try text.labels.map { label in
        Rating(
          primary: try map.vote(for: label, of: text.id), attributes: values.draw(label, using: &random))
      }
      let leaning = random.pick(ratings).primary.emotion
      let number = String(index + 1)
      return Clip(
        fileName: "SGE_" + String(repeating: "0", count: digits - number.count) + number + ".wav", speaker: speaker,
        split: split, text: text, speech: Self.speech(text, leaning, speaker, &random), leaning: leaning,
        ratings: ratings)
    }
  }

  /// How far the voice goes in the direction of its class: between these shares of a profile that tells the classes
  /// apart, evenly.
  static let leanings = 0.1...0.7

  private static func speech(
    _ text: SpokenText, _ leaning: EmotionClass?, _ speaker: SyntheticSpeaker, _ random: inout SeededGenerator
  ) -> ESpeak.Speech {
    let profile = EmotionProfile.of(leaning ?? .neutral)
    let weight = leanings.lowerBound + (leanings.upperBound - leanings.lowerBound) * random.uniform()
    func factor(_ value: Double, noise: Double) -> Double {
      exp(weight * log(value) + random.normal(deviation: noise))
    }
    func whole(_ value: Double, _ range: ClosedRange<Int>) -> Int {
      min(range.upperBound, max(range.lowerBound, Int(value.rounded())))
    }
    let rate = speaker.rate * factor(profile.rate, noise: 0.1)
    let pitch = speaker.pitch + weight * profile.pitch + random.normal(deviation: 6)
    let range = 100 * factor(profile.range, noise: 0.25)
    let amplitude = 100 * factor(profile.volume, noise: 0.15)
    let names = text.words.components(separatedBy: "[NAME]")
    let words = names.dropFirst().reduce(names[0]) { $0 + random.pick(Self.names) + $1 }
    return ESpeak.Speech(
      text: words, voice: speaker.voice, rate: whole(rate, 80...300), pitch: whole(pitch, 0...99),
      range: whole(range, 10...300), amplitude: whole(amplitude, 30...190))
  }

  /// Said in place of the names that GoEmotions hides.
  private static let names = [
    "Alex", "Sam", "Chris", "Taylor", "Jordan", "Casey", "Morgan", "Jamie", "Robin", "Lee", "Pat", "Drew",
  ]

  /// Tells apart plans of different texts, options and voices.
  var digest: String {
    let lines = clips.map { "\($0.fileName)\t\($0.speech)\n" }.joined()
    return String(ContentHash.hash(Data(lines.utf8)), radix: 16)
  }
}

/// The mean arousal, valence and dominance of each label, from the further columns of a label map.
struct AttributeMap {
  private var means: [String: AttributeValues] = [:]
  private static let columns: [(Attribute, String)] = Attribute.allCases.map { ($0, $0.rawValue) }

  /// No values at all.
  init() {}

  /// Throws `CorporaError` for a cell that is no value.
  init(contentsOf file: URL) throws {
    let table = try SourceTable(
      parsing: CorpusLayout.data(of: file, expected: "a label map"), name: file.lastPathComponent, columns: ["label"],
      comments: true)
    for row in table.rows {
      var values = AttributeValues()
      for (attribute, column) in Self.columns {
        let cell = table.cell(row, column)
        guard !cell.isEmpty else { continue }
        guard let value = Double(cell), Attribute.scale.contains(value) else {
          throw CorporaError.invalidRow(
            file: file.lastPathComponent, row: row.line, problem: "the column \(column) is \"\(cell)\"",
            allowed: "a number from 1 to 7, or nothing")
        }
        values[attribute] = value
      }
      means[table.cell(row, "label")] = values
    }
  }

  /// What a simulated rater says: the label's value with noise, as a whole number from 1 to 7.
  func draw(_ label: String, using random: inout SeededGenerator) -> AttributeValues {
    var drawn = AttributeValues()
    for (attribute, _) in Self.columns {
      // Drawn whether it is needed or not, so that other draws do not depend on the map.
      let noise = random.normal(deviation: 0.8)
      drawn[attribute] = means[label]?[attribute].map {
        min(max(($0 + noise).rounded(), Attribute.scale.lowerBound), Attribute.scale.upperBound)
      }
    }
    return drawn
  }
}
