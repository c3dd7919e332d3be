import Audio
import Foundation
import TestSupport
import Testing

@Suite struct TruncationTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test(arguments: [
    ("a.wav", "PCM_16"), ("a.wav", "FLOAT"), ("a.flac", ""), ("a.ogg", "VORBIS"), ("a.mp3", ""), ("a.w64", "PCM_16"),
    ("a.caf", "PCM_16"), ("a.aiff", "PCM_16"), ("a.au", "PCM_16"),
  ])
  func aFileThatIsCutIsNoticedAndCanBeKept(name: String, subtype: String) throws {
    _ = try scratch.generate(name, subtype: subtype, rate: 44_100, seconds: 3)
    let size = try scratch.bytes(name).count
    for share in [50, 80, 97] {
      let path = try scratch.cut(name, to: size * share / 400 * 4, as: "cut-" + name)
      #expect {
        try AudioFile.decode(path: path)
      } throws: { error in
        guard case AudioError.truncated(path, let promised, let found) = error else { return false }
        return abs((promised ?? 3) - 3) < 0.2 && found < 3
      }
      let kept = try AudioFile.decode(path: path, damaged: .keep)
      #expect(kept.duration > 0.5 && kept.duration < 3)
    }
  }

  @Test func theMessageSaysHowMuchIsThere() throws {
    let whole = wav(data: Data(count: 96_000))
    let path = try scratch.write(whole.prefix(44 + 48_000), "a.wav")
    #expect(throws: AudioError.truncated(path: path, promised: 3, found: 1.5)) { try AudioFile.decode(path: path) }
    #expect(
      "\(AudioError.truncated(path: "a.wav", promised: 3, found: 1.5))"
        == "a.wav: the file is truncated: its header promises 3.000 s and it holds 1.500 s")
    #expect(
      "\(AudioError.truncated(path: "a.wav", promised: 3, found: 2.9999375))"
        == "a.wav: the file is truncated: its header promises 3.000000 s and it holds 2.999938 s")
    #expect(
      "\(AudioError.truncated(path: "a.ogg", promised: nil, found: 1.5))"
        == "a.ogg: the file is truncated: it stops after 1.500 s without the end that its format requires")
  }

  @Test func oneSampleLessIsNoticed() throws {
    let path = try scratch.write(wav(data: Data(count: 3200)).dropLast(2), "a.wav")
    #expect(throws: AudioError.truncated(path: path, promised: 0.1, found: 0.0999375)) {
      try AudioFile.decode(path: path)
    }
  }

  @Test(.enabled(if: SharedData.isAvailable, Comment(rawValue: SharedData.comment))) func realRecordingsThatAreCut()
    throws
  {
    for name in ["speech/podcast.m4a", "ravdess/Actor_01/03-01-01-01-01-01-01.opus", "emodb/wav/03a01Fa.flac"] {
      let data = try Data(contentsOf: SharedData.url(name))
      let path = try scratch.write(data.prefix(data.count * 9 / 10), "cut." + (name.split(separator: ".").last ?? ""))
      #expect {
        try AudioFile.decode(path: path)
      } throws: {
        if case AudioError.truncated = $0 { true } else { false }
      }
    }
  }

  @Test func blocksComeBeforeTheError() throws {
    let path = try scratch.write(wav(data: Data(count: 96_000)).prefix(44 + 80_000), "a.wav")
    let decoder = try AudioDecoder(path: path, blockSize: 16_000)
    #expect(try decoder.next()?.count == 16_000)
    #expect(try decoder.next()?.count == 16_000)
    #expect(throws: AudioError.truncated(path: path, promised: 3, found: 2.5)) { try decoder.next() }
    #expect(try decoder.next() == nil)
  }
}
