public import Basics
import Foundation

/// What may happen to speech between a mouth and a model: another rate of speaking, a cut in mid-word, a room, noise or other
/// voices, a telephone, another gain. Each happens with a probability of its own, and all that is random is drawn from one
/// generator: the same numbers make the same sound.
public struct SpeechAugmentation: Codable, Hashable, Sendable {
  /// The probability that speech is faster or slower, its pitch with it.
  public var speed: Double
  /// How far the rate changes at the most, as a share.
  public var speedRange: Double
  /// The probability that a beginning or an end is cut off.
  public var cut: Double
  /// How much is cut off at the most, as a share of the clip.
  public var cutShare: Double
  /// The probability of a room.
  public var room: Double
  /// The longest time in which a room's echo falls by 60 dB, in seconds.
  public var reverberation: Double
  /// The probability of noise.
  public var noise: Double
  /// The probability of other voices.
  public var babble: Double
  /// The least ratio of speech to noise or other voices, in dB.
  public var leastRatio: Double
  /// The largest, in dB.
  public var largestRatio: Double
  /// The probability of a telephone: 300 to 3400 Hz, coded as in G.711.
  public var telephone: Double
  /// The probability of a microphone that dampens or lifts high frequencies.
  public var microphone: Double
  /// How far the gain changes at the most, in dB either way; what is beyond full scale is clipped.
  public var gain: Double

  /// The usual probabilities.
  public init(
    speed: Double = 0.5, speedRange: Double = 0.1, cut: Double = 0.2, cutShare: Double = 0.2, room: Double = 0.4,
    reverberation: Double = 0.8, noise: Double = 0.5, babble: Double = 0.3, leastRatio: Double = 5,
    largestRatio: Double = 25, telephone: Double = 0.2, microphone: Double = 0.5, gain: Double = 12
  ) {
    (self.speed, self.speedRange, self.cut, self.cutShare) = (speed, speedRange, cut, cutShare)
    (self.room, self.reverberation, self.noise, self.babble) = (room, reverberation, noise, babble)
    (self.leastRatio, self.largestRatio, self.telephone) = (leastRatio, largestRatio, telephone)
    (self.microphone, self.gain) = (microphone, gain)
  }

  /// Nothing happens.
  public static let none = SpeechAugmentation(
    speed: 0, cut: 0, room: 0, noise: 0, babble: 0, telephone: 0, microphone: 0, gain: 0)

  /// What is wrong with a value, with its name; nil when all can be.
  public var fault: (name: String, problem: String)? {
    for (name, value) in [
      ("speed", speed), ("cut", cut), ("room", room), ("noise", noise), ("babble", babble), ("telephone", telephone),
      ("microphone", microphone),
    ] where !(0...1).contains(value) {
      return (name, "a probability in 0...1 is expected")
    }
    if !(0...0.5).contains(speedRange) { return ("speed_range", "a share in 0...0.5 is expected") }
    if !(0...0.45).contains(cutShare) { return ("cut_share", "a share in 0...0.45 is expected") }
    if !(0...5).contains(reverberation) { return ("reverberation", "0 to 5 seconds are expected") }
    if !(0...60).contains(gain) { return ("gain", "0 to 60 dB are expected") }
    guard (-40...100).contains(leastRatio), (leastRatio...max(leastRatio, 100)).contains(largestRatio) else {
      return ("least_ratio", "ratios from -40 to 100 dB are expected, the largest no less than the least")
    }
    return nil
  }

  /// The voices of babble.
  private static let voicesAtOnce = 3...6

  /// Another version of a clip.
  ///
  /// - Parameters:
  ///   - samples: mono at 16 kHz
  ///   - voices: clips of other people, for babble; without any there is none
  /// - Returns: mono at 16 kHz, within -1...1, at least one sample where there was one.
  public func callAsFunction(
    _ samples: [Float], voices: [[Float]], using random: inout SeededGenerator
  ) -> [Float] {
    guard !samples.isEmpty else { return samples }
    var x = samples
    var draws = Draws(&random)
    if draws.happens(speed) { x = Speed.changed(x, by: 1 + speedRange * draws.symmetric()) }
    if draws.happens(cut) { x = cut(x, &draws) }
    if draws.happens(room), reverberation > 0 {
      x = Room(seconds: 0.15 + (max(reverberation, 0.15) - 0.15) * draws.uniform(), &draws).applied(to: x)
    }
    let ratio = leastRatio + (largestRatio - leastRatio) * draws.uniform()
    let babbles = draws.happens(babble) && !voices.isEmpty
    let rustles = draws.happens(noise)
    if babbles { x = Mixing.sum(x, Self.babble(x.count, voices, &draws), ratio: ratio) }
    if rustles { x = Mixing.sum(x, Mixing.noise(x.count, &draws), ratio: ratio + (babbles ? 6 : 0)) }
    if draws.happens(microphone) {
      x = Biquad.highShelf(frequency: 1000 * pow(4, draws.uniform()), decibels: 8 * draws.symmetric()).applied(to: x)
    }
    if draws.happens(telephone) { x = Telephone.heard(x) }
    let factor = Float(pow(10, gain * draws.symmetric() / 20))
    return x.map { min(max($0 * factor, -1), 1) }
  }

  private func cut(_ x: [Float], _ draws: inout Draws) -> [Float] {
    let length = Int(cutShare * draws.uniform() * Double(x.count))
    let isStart = draws.uniform() < 0.5
    return Array(isStart ? x.dropFirst(length) : x.dropLast(length))
  }

  private static func babble(_ count: Int, _ voices: [[Float]], _ draws: inout Draws) -> [Float] {
    var sum = [Float](repeating: 0, count: count)
    for _ in 0..<(voicesAtOnce.lowerBound + draws.below(voicesAtOnce.count)) {
      let voice = voices[draws.below(voices.count)]
      let start = draws.below(max(voice.count, 1))
      let level = Mixing.level(voice)
      guard level > 0 else { continue }
      let scale = 1 / level
      for i in 0..<count { sum[i] += voice[(start + i) % voice.count] * scale }
    }
    return sum
  }
}

/// Draws from a generator of its own that a clip's generator seeds.
struct Draws {
  private var random: SeededGenerator

  init(_ random: inout SeededGenerator) { self.random = SeededGenerator(seed: random.next()) }

  mutating func uniform() -> Double { random.uniform() }
  /// From -1 to 1.
  mutating func symmetric() -> Double { 2 * random.uniform() - 1 }
  mutating func happens(_ probability: Double) -> Bool { random.uniform() < probability }
  mutating func below(_ count: Int) -> Int { random.below(count) }
  mutating func normal() -> Float { Float(random.normal()) }
}
