import Basics

/// A simulated speaker: an espeak-ng voice with a variant, and a habit of pitch and speed.
struct SyntheticSpeaker: Sendable {
  let name: String
  let gender: Gender
  /// Such as `en-us+f2`.
  let voice: String
  /// Steps on espeak-ng's scale of pitch.
  let pitch: Double
  /// Words per minute.
  let rate: Double

  private static let accents = [
    "en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029", "en-us-nyc",
  ]
  private static let female = [
    "f1", "f2", "f3", "f4", "f5", "Annie", "Andrea", "linda", "steph", "belinda", "Alicia", "anika",
  ]
  private static let male = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "Michael", "Lee", "david", "adam"]

  /// The most speakers that are made: each variant in each of four accents, all different in voice.
  static let most = 96

  /// `count` speakers, women and men in turn, no two with the same voice, the same for the same seed.
  static func make(_ count: Int, generator: inout SeededGenerator) -> [SyntheticSpeaker] {
    (0..<count).map { index in
      let isFemale = index.isMultiple(of: 2)
      let variants = isFemale ? female : male
      let place = index / 2
      // The second time round a variant meets another accent.
      let accent = accents[(place + place / variants.count + (isFemale ? 0 : 3)) % accents.count]
      let number = index + 1
      return SyntheticSpeaker(
        name: number < 10 ? "S0\(number)" : "S\(number)", gender: isFemale ? .female : .male,
        voice: "\(accent)+\(variants[place % variants.count])",
        pitch: 45 + generator.normal(deviation: 5), rate: 165 + generator.normal(deviation: 10))
    }
  }
}
