import Audio
import Basics
import Foundation
import Testing

@Suite struct AugmentationTests {
  static let rate = 16_000

  static func tone(_ frequency: Double, seconds: Double = 1, level: Float = 0.3) -> [Float] {
    (0..<Int(seconds * 16_000)).map { level * Float(sin(2 * .pi * frequency * Double($0) / 16_000)) }
  }

  static func level(_ x: some Collection<Float>) -> Double {
    (x.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(x.count)).squareRoot()
  }

  /// The strength of a frequency in a signal, 1 for a tone of that frequency and amplitude 1.
  static func strength(_ frequency: Double, in x: [Float]) -> Double {
    var (real, imaginary) = (0.0, 0.0)
    for (i, value) in x.enumerated() {
      let angle = 2 * Double.pi * frequency * Double(i) / 16_000
      real += Double(value) * cos(angle)
      imaginary += Double(value) * sin(angle)
    }
    return 2 * (real * real + imaginary * imaginary).squareRoot() / Double(x.count)
  }

  func apply(
    _ effects: SpeechAugmentation, _ x: [Float], voices: [[Float]] = [], seed: UInt64 = 1
  ) -> [Float] {
    var random = SeededGenerator(seed: seed)
    return effects(x, voices: voices, using: &random)
  }

  static func only(_ change: (inout SpeechAugmentation) -> Void) -> SpeechAugmentation {
    var effects = SpeechAugmentation.none
    change(&effects)
    return effects
  }

  @Test func nothingHappensWithoutEffects() {
    let x = Self.tone(440)
    #expect(apply(.none, x) == x)
    #expect(apply(SpeechAugmentation(), []).isEmpty)
  }

  @Test func theSameSeedMakesTheSameSoundAndAnotherAnother() {
    let (x, voices) = (Self.tone(440), [Self.tone(200), Self.tone(300)])
    var all = SpeechAugmentation()
    (all.speed, all.cut, all.room, all.noise, all.babble, all.telephone, all.microphone) = (1, 1, 1, 1, 1, 1, 1)
    #expect(apply(all, x, voices: voices) == apply(all, x, voices: voices))
    #expect(apply(all, x, voices: voices) != apply(all, x, voices: voices, seed: 2))
    for seed in 0..<30 {
      let y = apply(all, x, voices: voices, seed: UInt64(seed))
      #expect(!y.isEmpty && y.allSatisfy { $0.isFinite && abs($0) <= 1 })
    }
  }

  @Test func noiseAndBabbleHaveTheirRatio() {
    let x = Self.tone(440, seconds: 2, level: 0.2)
    let voices = [Self.tone(220, seconds: 0.7), Self.tone(180, seconds: 0.5, level: 0.01)]
    for effects in [Self.only { $0.noise = 1 }, Self.only { $0.babble = 1 }] {
      for ratio in [0.0, 10, 20] {
        var effects = effects
        (effects.leastRatio, effects.largestRatio) = (ratio, ratio)
        let y = apply(effects, x, voices: voices)
        let noise = zip(y, x).map { $0 - $1 }
        #expect(abs(20 * log10(Self.level(x) / Self.level(noise)) - ratio) < 0.1)
      }
    }
    #expect(apply(Self.only { $0.babble = 1 }, x) == x, "there is no babble without voices")
    let silence = [Float](repeating: 0, count: 800)
    #expect(apply(Self.only { $0.noise = 1 }, silence) == silence)
  }

  @Test func speedChangesLengthAndPitchAlike() throws {
    let x = Self.tone(1000)
    var lengths: Set<Int> = []
    for seed in 0..<20 as Range<UInt64> {
      let y = apply(Self.only { $0.speed = 1 }, x, seed: seed)
      lengths.insert(y.count)
      let factor = Double(x.count) / Double(y.count)
      #expect((0.89...1.12).contains(factor))
      #expect(Self.strength(1000 * factor, in: y) > 0.28, "a tone of another pitch, as strong")
    }
    #expect(lengths.count > 15)
    // What would come back as another frequency is gone.
    let high = apply(Self.only { ($0.speed, $0.speedRange) = (1, 0.5) }, Self.tone(7800), seed: 3)
    if high.count < 13_000 { #expect(Self.level(high) < 0.03) }
  }

  @Test func aTelephoneLeavesItsBandAlone() {
    let effects = Self.only { $0.telephone = 1 }
    for (frequency, least, most) in [(1000, 0.27, 0.33), (2500, 0.24, 0.33), (80, 0, 0.02), (6000, 0, 0.02)] {
      let found = Self.strength(Double(frequency), in: apply(effects, Self.tone(Double(frequency))))
      #expect((least...most).contains(found), "\(frequency) Hz: \(found)")
    }
  }

  @Test func aRoomAddsWhatDiesAway() {
    var x = [Float](repeating: 0, count: 16_000)
    x[100] = 1
    for seed in 0..<10 as Range<UInt64> {
      let y = apply(Self.only { $0.room = 1 }, x, seed: seed)
      #expect(y.count == x.count && y[100] == 1 && y[..<100].allSatisfy { $0 == 0 })
      let (early, late) = (Self.level(y[101..<3000]), Self.level(y[13_000...]))
      #expect(early > 0 && late < early / 10)
      let echoes = y[101...].reduce(0.0) { $0 + Double($1) * Double($1) }
      #expect((pow(10, -1.21)...1.01).contains(echoes))
    }
  }

  @Test func cutsAndGainsStayWithinTheirRange() {
    let x = Self.tone(300, level: 0.9)
    for seed in 0..<20 as Range<UInt64> {
      let cut = apply(Self.only { $0.cut = 1 }, x, seed: seed)
      #expect(
        cut.count >= Int(0.8 * Double(x.count))
          && (Array(x.prefix(cut.count)) == cut || x.suffix(cut.count) == cut[...]))
      let loud = apply(Self.only { $0.gain = 20 }, x, seed: seed)
      #expect((0.9 * 0.099...1).contains(Double(loud.max() ?? 0)))
    }
  }

  @Test func impossibleValuesAreNamed() {
    #expect(SpeechAugmentation().fault == nil && SpeechAugmentation.none.fault == nil)
    #expect(Self.only { $0.noise = 1.5 }.fault?.name == "noise")
    #expect(Self.only { $0.cutShare = 0.9 }.fault?.name == "cut_share")
    #expect(Self.only { ($0.leastRatio, $0.largestRatio) = (10, 5) }.fault?.name == "least_ratio")
    #expect(Self.only { $0.gain = .nan }.fault?.name == "gain")
  }
}
