import Audio
import Foundation
import TestSupport
import Testing

@Suite("Sound quality") struct SoundQualityTests {
  @Test(
    "The estimate follows the true ratio of signal to noise in real speech, and finds speech in it",
    .enabled(if: SharedData.isAvailable, Comment(rawValue: SharedData.comment)))
  func speech() throws {
    let clip = try AudioFile.decode(SharedData.url("speech/jfk.flac")).samples
    let clean = SoundQuality(clip)
    #expect(try #require(clean.signalToNoise) > 20)
    #expect(try #require(clean.spoken) > 5 && clean.spoken ?? 0 < 11)
    let power = clip.reduce(0) { $0 + $1 * $1 } / Float(clip.count)
    var last = Double.infinity
    // White noise, whose mean power is a third of its level's square.
    for decibels: Float in [20, 10, 0, -10] {
      let noise = VoiceActivityTests.noise(clip.count, (3 * power / pow(10, decibels / 10)).squareRoot())
      let found = try #require(SoundQuality(zip(clip, noise).map(+)).signalToNoise)
      #expect(found < last && abs(found - Double(decibels)) < 8, "\(decibels) dB: \(found)")
      last = found
    }
  }

  @Test("Silence, noise, and less than a quarter of a second")
  func edges() throws {
    #expect(SoundQuality([]) == SoundQuality([Float](repeating: 0, count: 10)))
    let silence = SoundQuality([Float](repeating: 0, count: 32_000))
    #expect(silence.signalToNoise == nil && silence.spoken == 0)
    let noise = SoundQuality(VoiceActivityTests.noise(48_000, 0.1))
    #expect(try #require(noise.signalToNoise) < 0 && noise.spoken == 0)
    #expect(SoundQuality(VoiceActivityTests.voice(0.2)).signalToNoise == nil)
    #expect(SoundQuality(VoiceActivityTests.voice(1), detectsSpeech: false).spoken == nil)
  }

  @Test("One channel of a recording is decoded as if it were alone")
  func channels() throws {
    let scratch = try TemporaryFolder()
    let left = (0..<8_000).map { Float(sin(Double($0) * 0.05)) * 0.5 }
    let right = (0..<8_000).map { Float(sin(Double($0) * 0.11)) * 0.25 }
    try ToneCorpus.wav(zip(left, right).flatMap { [$0, $1] }, channels: 2).write(to: scratch("both.wav"))
    for (channel, expected) in [(0, left), (1, right), (2, [Float](repeating: 0, count: 8_000))] {
      let decoder = try AudioDecoder(path: scratch("both.wav").path, channel: channel)
      var samples: [Float] = []
      while let block = try decoder.next() { samples += block }
      #expect(samples.count == 8_000)
      #expect(zip(samples, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "channel \(channel)")
    }
    let mix = try AudioFile.decode(scratch("both.wav")).samples
    #expect(zip(mix, zip(left, right)).allSatisfy { abs($0 - ($1.0 + $1.1) / 2) < 1e-4 })
  }
}
