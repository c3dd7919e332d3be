import Basics
import Emotion

/// A simulated listener, with a habit of attention and of using the rating scales.
struct SimulatedRater {
  let name: String
  /// The probability of answering without having listened.
  let inattention: Double
  /// Added to every attribute rating.
  let offset: Double

  static func make(_ count: Int, generator: inout SeededGenerator) -> [SimulatedRater] {
    (1...count).map { number in
      SimulatedRater(
        name: "RATER\(number < 10 ? "0" : "")\(number)", inattention: 0.02 + 0.08 * generator.uniform(),
        offset: generator.normal(deviation: 0.35))
    }
  }

  /// The probability of each vote for an utterance meant as `emotion`, expressed with `strength` from 0 to 1: the class
  /// itself with 0.45 + 0.4 strength, otherwise neutral (more often the weaker the expression) or one of the class's
  /// confusions; an inattentive rater picks any of the nine. In the order of `Vote.all`.
  func votes(for emotion: EmotionClass, strength: Double) -> [Double] {
    let profile = EmotionProfile.of(emotion)
    let hit = 0.45 + 0.4 * strength
    let missed = emotion == .neutral ? 0 : (1 - hit) * (0.65 - 0.35 * strength)
    var probabilities = [Vote: Double]()
    probabilities[.emotion(emotion), default: 0] += hit
    probabilities[.emotion(.neutral), default: 0] += missed
    let total = profile.confusions.reduce(0) { $0 + $1.weight }
    for (vote, weight) in profile.confusions {
      probabilities[vote, default: 0] += (1 - hit - missed) * weight / total
    }
    return Vote.all.map { vote in
      (1 - inattention) * (probabilities[vote] ?? 0) + inattention / Double(Vote.all.count)
    }
  }

  func rate(_ emotion: EmotionClass, strength: Double, generator: inout SeededGenerator) -> Rating {
    let votes = votes(for: emotion, strength: strength)
    let primary = Vote.all[generator.pick(weights: votes)]
    var secondary = [Vote]()
    if generator.uniform() < 0.35 {
      secondary.append(primary)
      let also = Vote.all[generator.pick(weights: votes)]
      if also != primary { secondary.append(also) }
    }
    let means = EmotionProfile.of(emotion).attributes
    let neutral = EmotionProfile.of(.neutral).attributes
    func value(_ mean: Double, _ base: Double, _ generator: inout SeededGenerator) -> Double {
      let heard = base + (mean - base) * (0.4 + 0.8 * strength) + offset + generator.normal(deviation: 0.8)
      return min(7, max(1, heard.rounded()))
    }
    return Rating(
      rater: name, primary: primary, secondary: secondary,
      attributes: AttributeValues(
        arousal: value(means.arousal, neutral.arousal, &generator),
        valence: value(means.valence, neutral.valence, &generator),
        dominance: value(means.dominance, neutral.dominance, &generator)))
  }
}
