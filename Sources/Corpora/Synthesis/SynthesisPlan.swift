import Basics
import Emotion
import Foundation

/// Every draw of the synthetic corpus: who says what, how, and what the raters say to it.
struct SynthesisPlan {
  struct Clip: Sendable {
    let fileName: String
    let speaker: SyntheticSpeaker
    let split: Split
    /// The class that the clip is shaped after.
    let intended: EmotionClass
    /// How strongly, from 0 to 1.
    let strength: Double
    let speech: ESpeak.Speech
    var ratings: [Rating]

    func utterance(audios: URL) -> Utterance {
      Utterance(
        fileName: fileName, audio: audios.appending(path: fileName), consensus: Consensus(pluralityOf: ratings),
        attributes: AttributeValues.mean(of: ratings.lazy.map(\.attributes)), speaker: speaker.name,
        gender: speaker.gender, split: split, transcript: speech.text, ratings: ratings,
        extra: ["Acted": intended.rawValue])
    }
  }

  /// Simulated raters; each clip is heard by a few of them.
  static let raters = 24

  let options: CorpusSynthesizer.Options
  private(set) var clips: [Clip] = []

  init(options: CorpusSynthesizer.Options) {
    self.options = options
    var generator = SeededGenerator(seed: options.seed)
    let speakers = SyntheticSpeaker.make(options.speakers, generator: &generator)
    let raters = SimulatedRater.make(Self.raters, generator: &generator)
    let splits = SplitRule.splits(
      ofSpeakers: Dictionary(uniqueKeysWithValues: speakers.map { ($0.name, $0.gender) }))

    var places = [(speaker: SyntheticSpeaker, split: Split)]()
    for index in 0..<options.clips {
      let speaker = speakers[index % speakers.count]
      places.append((speaker, splits[speaker.name] ?? .train))
    }
    var intended = [Split: [EmotionClass]]()
    for split in Split.allCases {
      let count = places.count { $0.split == split }
      guard count > 0 else { continue }
      var classes = Self.classes(count)
      generator.shuffle(&classes)
      intended[split] = classes
    }
    let digits = max(4, String(options.clips).count)
    for (index, place) in places.enumerated() {
      let emotion = intended[place.split]?.popLast() ?? .neutral
      // Strength leans to the middle: the sum of two even draws.
      let strength = (generator.uniform() + generator.uniform()) / 2
      let number = String(index + 1)
      let speech = Self.speech(emotion, strength: strength, speaker: place.speaker, generator: &generator)
      clips.append(
        Clip(
          fileName: "SYN_" + String(repeating: "0", count: digits - number.count) + number + ".wav",
          speaker: place.speaker, split: place.split, intended: emotion, strength: strength, speech: speech,
          ratings: Self.ratings(emotion, strength, options: options, raters: raters, generator: &generator)))
    }
    ensureEveryClass(raters: raters, generator: &generator)
  }

  /// Class counts by the shares, two at least of each where there is room, adding up to `count`.
  static func classes(_ count: Int) -> [EmotionClass] {
    let least = count >= 2 * EmotionClass.allCases.count ? 2 : 1
    var counts = EmotionClass.allCases.map {
      max(least, Int((EmotionProfile.shares[$0] ?? 0) * Double(count)))
    }
    counts[EmotionClass.neutral.index] += max(0, count - counts.reduce(0, +))
    let classes = zip(EmotionClass.allCases, counts).flatMap { Array(repeating: $0, count: $1) }
    // Where the least counts were more than there is room for, the frequent classes give way.
    var surplus = classes.count - count
    return classes.filter { emotion in
      guard surplus > 0, counts[emotion.index] > least else { return true }
      counts[emotion.index] -= 1
      surplus -= 1
      return false
    }
  }

  /// Words: the class's own in half of the clips, a carrier in three of eight, another class's in one of eight.
  private static func text(_ emotion: EmotionClass, generator: inout SeededGenerator) -> String {
    let draw = generator.uniform()
    if draw < 0.5 { return generator.pick(SentenceBank.sentences(emotion)) }
    if draw < 0.875 { return generator.pick(SentenceBank.carriers) }
    return generator.pick(SentenceBank.sentences(generator.pick(EmotionClass.allCases.filter { $0 != emotion })))
  }

  private static func speech(
    _ emotion: EmotionClass, strength: Double, speaker: SyntheticSpeaker, generator: inout SeededGenerator
  ) -> ESpeak.Speech {
    let profile = EmotionProfile.of(emotion)
    let weight = 0.5 + 0.9 * strength
    func factor(_ value: Double, noise: Double, _ generator: inout SeededGenerator) -> Double {
      exp(weight * log(value) + generator.normal(deviation: noise))
    }
    func whole(_ value: Double, _ range: ClosedRange<Int>) -> Int {
      min(range.upperBound, max(range.lowerBound, Int(value.rounded())))
    }
    let text = text(emotion, generator: &generator)
    let rate = speaker.rate * factor(profile.rate, noise: 0.07, &generator)
    let pitch = speaker.pitch + weight * profile.pitch + generator.normal(deviation: 5)
    let range = 100 * factor(profile.range, noise: 0.2, &generator)
    let amplitude = 100 * factor(profile.volume, noise: 0.12, &generator)
    return ESpeak.Speech(
      text: text, voice: speaker.voice, rate: whole(rate, 80...300), pitch: whole(pitch, 0...99),
      range: whole(range, 10...300), amplitude: whole(amplitude, 30...190))
  }

  private static func ratings(
    _ emotion: EmotionClass, _ strength: Double, options: CorpusSynthesizer.Options, raters: [SimulatedRater],
    generator: inout SeededGenerator
  ) -> [Rating] {
    var panel = raters
    generator.shuffle(&panel)
    return panel.prefix(options.ratingsPerClip).map { $0.rate(emotion, strength: strength, generator: &generator) }
  }

  /// Lets a clip of a class be heard anew, by other raters, until each class has a consensus clip in each split. Few
  /// clips, chosen in order; without it a rare class could be missing from a small split.
  private mutating func ensureEveryClass(raters: [SimulatedRater], generator: inout SeededGenerator) {
    for split in Split.allCases {
      let places = clips.indices.filter { clips[$0].split == split }
      // A clip that is heard as it was meant stays so, hence this ends after at most one clip for each class.
      while let place = firstUnheard(among: places) {
        let (emotion, strength) = (clips[place].intended, clips[place].strength)
        repeat {
          clips[place].ratings = Self.ratings(
            emotion, strength, options: options, raters: raters, generator: &generator)
        } while Consensus(pluralityOf: clips[place].ratings) != .emotion(emotion)
      }
    }
  }

  /// The first clip of a class that no clip is heard as, or nil when every class is heard.
  private func firstUnheard(among places: [Int]) -> Int? {
    let heard = Set(places.map { Consensus(pluralityOf: clips[$0].ratings) })
    return places.first { !heard.contains(.emotion(clips[$0].intended)) }
  }
}
