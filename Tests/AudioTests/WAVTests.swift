import Audio
import Foundation
import TestSupport
import Testing

@Suite struct WAVTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test func whatIsWrittenIsReadAgain() throws {
    let samples = sine(440, rate: 22_050, count: 5_000, amplitude: 0.9)
    let clip = AudioClip(samples: samples, sampleRate: 22_050)
    try clip.writeWAV(path: scratch.path("a.wav"))
    let read = try AudioFile.decode(path: scratch.path("a.wav"), sampleRate: 22_050)
    #expect(read.samples.count == 5_000)
    #expect(largestDifference(read.samples, samples) <= 0.5 / 32768)
    let peer = try Peer.python(
      "import sys, soundfile as sf; x, r = sf.read(sys.argv[1], dtype='int16'); print(r, len(x), x.ndim, *x[:50])",
      [scratch.path("a.wav")])
    let expected = samples.prefix(50).map { Int(($0 * 32768).rounded(.toNearestOrEven)) }
    #expect(peer.split(whereSeparator: \.isWhitespace).compactMap { Int($0) } == [22_050, 5_000, 1] + expected)
  }

  @Test func valuesBeyondFullScaleAreClipped() throws {
    let clip = AudioClip(samples: [2, -2, .nan, .infinity, -.infinity, 0])
    try clip.writeWAV(path: scratch.path("a.wav"))
    let read = try AudioFile.decode(path: scratch.path("a.wav")).samples
    #expect(read == [32767, -32768, 0, 32767, -32768, 0].map { Float($0) / 32768 })
  }

  @Test func durations() {
    #expect(AudioClip(samples: [Float](repeating: 0, count: 8_000)).duration == 0.5)
    #expect(AudioClip(samples: [1], sampleRate: 0).duration == 0)
  }

  @Test func aFolderThatDoesNotExist() {
    let path = scratch.path("none/a.wav")
    #expect {
      try AudioClip(samples: []).writeWAV(path: path)
    } throws: {
      "\($0)".hasPrefix("\(path): the file can't be written: ")
    }
  }
}
