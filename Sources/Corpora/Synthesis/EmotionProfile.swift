import Emotion

/// How a class sounds and how it is heard in the synthetic corpus. The figures follow the directions that reviews of vocal
/// expression agree on (Scherer 2003; Juslin and Laukka 2003), such as faster, higher, louder and wider for anger and joy,
/// slower, lower, softer and narrower for sadness; the sizes are chosen so that the classes overlap.
struct EmotionProfile {
  /// Factor on words per minute.
  let rate: Double
  /// Steps on espeak-ng's scale of pitch, 0 to 99.
  let pitch: Double
  /// Factor on the pitch range.
  let range: Double
  /// Factor on the amplitude.
  let volume: Double
  /// Mean arousal, valence, dominance as raters hear them.
  let attributes: (arousal: Double, valence: Double, dominance: Double)
  /// What a strong expression is mistaken for, and how often in relation to each other.
  let confusions: [(vote: Vote, weight: Double)]

  static func of(_ emotion: EmotionClass) -> EmotionProfile {
    switch emotion {
    case .angry:
      EmotionProfile(
        rate: 1.16, pitch: 8, range: 1.5, volume: 1.5, attributes: (5.6, 2.3, 5.4),
        confusions: [(.emotion(.disgust), 3), (.emotion(.contempt), 2), (.emotion(.surprise), 1), (.other, 1)])
    case .sad:
      EmotionProfile(
        rate: 0.76, pitch: -9, range: 0.5, volume: 0.65, attributes: (2.9, 2.4, 3.0),
        confusions: [(.emotion(.fear), 2), (.emotion(.disgust), 1), (.other, 2)])
    case .happy:
      EmotionProfile(
        rate: 1.08, pitch: 13, range: 1.7, volume: 1.15, attributes: (5.0, 5.7, 4.7),
        confusions: [(.emotion(.surprise), 3), (.other, 1)])
    case .surprise:
      EmotionProfile(
        rate: 1.02, pitch: 23, range: 2.1, volume: 1.2, attributes: (5.3, 4.5, 4.2),
        confusions: [(.emotion(.happy), 3), (.emotion(.fear), 2), (.other, 1)])
    case .fear:
      EmotionProfile(
        rate: 1.28, pitch: 19, range: 0.75, volume: 0.85, attributes: (5.1, 2.6, 2.7),
        confusions: [(.emotion(.surprise), 2), (.emotion(.sad), 2), (.other, 1)])
    case .disgust:
      EmotionProfile(
        rate: 0.84, pitch: -6, range: 1.4, volume: 1.1, attributes: (4.3, 2.5, 4.7),
        confusions: [(.emotion(.angry), 3), (.emotion(.contempt), 3), (.other, 1)])
    case .contempt:
      EmotionProfile(
        rate: 0.91, pitch: -12, range: 1.0, volume: 0.95, attributes: (3.9, 3.0, 5.0),
        confusions: [(.emotion(.disgust), 3), (.emotion(.angry), 2), (.other, 1)])
    case .neutral:
      EmotionProfile(
        rate: 1.0, pitch: 0, range: 0.9, volume: 1.0, attributes: (3.9, 4.0, 4.1),
        confusions: [(.emotion(.happy), 2), (.emotion(.sad), 1), (.emotion(.contempt), 1), (.other, 1)])
    }
  }

  /// Shares of the intended classes, shaped like MSP-Podcast's: neutral and happy frequent, fear, disgust and contempt
  /// rare. Made up, not measured.
  static let shares: [EmotionClass: Double] = [
    .neutral: 0.36, .happy: 0.22, .angry: 0.13, .sad: 0.11, .surprise: 0.07, .contempt: 0.045, .disgust: 0.035,
    .fear: 0.03,
  ]
}
