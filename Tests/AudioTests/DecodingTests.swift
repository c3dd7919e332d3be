import Audio
import Foundation
import TestSupport
import Testing

@Suite struct DecodingTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test(arguments: [
    ("a.wav", "PCM_16", 44_100, 2), ("a.wav", "PCM_24", 44_100, 1), ("a.wav", "PCM_U8", 8_000, 1),
    ("a.wav", "FLOAT", 48_000, 3), ("a.wav", "DOUBLE", 22_050, 2), ("a.wav", "ULAW", 8_000, 2),
    ("a.flac", "PCM_16", 44_100, 2), ("a.flac", "PCM_24", 96_000, 1), ("a.aiff", "PCM_16", 8_000, 2),
    ("a.caf", "ALAC_16", 44_100, 2), ("a.w64", "PCM_16", 16_000, 2), ("a.au", "PCM_16", 11_025, 6),
  ])
  func losslessFormatsAreExact(name: String, subtype: String, rate: Int, channels: Int) throws {
    let expected = try scratch.generate(name, subtype: subtype, rate: rate, channels: channels)
    let clip = try AudioFile.decode(path: scratch.path(name), sampleRate: rate)
    #expect(clip.sampleRate == rate)
    #expect(clip.samples.count == expected.count)
    #expect(largestDifference(clip.samples, expected) < 1e-7)
    let metadata = try AudioFile.probe(path: scratch.path(name))
    #expect(metadata.channels == channels)
    #expect(metadata.sampleRate == rate)
  }

  @Test(arguments: [("a.ogg", "VORBIS", 44_100), ("a.mp3", "MPEG_LAYER_III", 44_100), ("a.mp3", "", 16_000)])
  func lossyFormatsAgreeWithLibsndfile(name: String, subtype: String, rate: Int) throws {
    let expected = try scratch.generate(name, subtype: subtype, rate: rate)
    let clip = try AudioFile.decode(path: scratch.path(name), sampleRate: rate)
    #expect(clip.samples.count == expected.count)
    #expect(largestDifference(clip.samples, expected) < 2e-4)
  }

  @Test func probeSaysWhatTheHeaderSays() throws {
    _ = try scratch.generate("a.flac", rate: 44_100, channels: 2, seconds: 1.5)
    #expect(
      try AudioFile.probe(path: scratch.path("a.flac"))
        == AudioMetadata(format: "flac", codec: "flac", channels: 2, sampleRate: 44_100, duration: 1.5))
  }

  @Test(arguments: [1, 7, 160, 44_099, 44_100, 44_101, 100_003])
  func lengthsAreRightToASample(count: Int) throws {
    let path = try scratch.write(
      wav(rate: 44_100, data: bytes(of: [Int16](repeating: 1000, count: count))), "a.wav")
    let expected = (Double(count) * 16_000 / 44_100).rounded()
    #expect(try AudioFile.decode(path: path).samples.count == Int(expected))
  }

  @Test(arguments: [1, 2, 5, 16])
  func channelsAreAveragedWithEqualWeight(channels: Int) throws {
    let frames: [Int16] = (0..<100).flatMap { frame in (0..<channels).map { Int16(frame * 100 - $0 * 37) } }
    let path = try scratch.write(wav(channels: UInt16(channels), data: bytes(of: frames)), "a.wav")
    let expected = (0..<100).map { frame in
      Float(Double(frame * 100) - 37 * Double(channels - 1) / 2) / 32768
    }
    #expect(largestDifference(try AudioFile.decode(path: path).samples, expected) < 1e-7)
  }

  @Test func blocksAreThoseOfTheWhole() throws {
    _ = try scratch.generate("a.flac", rate: 44_100, seconds: 3)
    let whole = try AudioFile.decode(path: scratch.path("a.flac")).samples
    for size in [1, 400, 16_000, 1_000_000] {
      let decoder = try AudioDecoder(path: scratch.path("a.flac"), blockSize: size)
      var blocks: [[Float]] = []
      while let block = try decoder.next() { blocks.append(block) }
      #expect(Array(blocks.joined()) == whole)
      #expect(blocks.dropLast().allSatisfy { $0.count == size })
      #expect(try decoder.next() == nil)
    }
  }

  @Test(arguments: [
    "a:b.wav", "http:..x.wav", "-i.wav", "with space.wav", "zażółć 雨.wav", "100%20.wav", "a'\"\\.wav", "x",
  ])
  func anyFileNameIsAPath(name: String) throws {
    let path = try scratch.write(wav(data: bytes(of: [Int16](repeating: 1, count: 16))), name)
    #expect(try AudioFile.decode(path: path).samples.count == 16)
    #expect(try AudioFile.decode(URL(filePath: path)).samples.count == 16)
  }

  @Test func aRateThatChangesIsFollowed() throws {
    let first = try scratch.generate("a.mp3", rate: 44_100, channels: 2, seconds: 2)
    let second = try scratch.generate("b.mp3", rate: 22_050, channels: 1, seconds: 3)
    let path = try scratch.write(try scratch.bytes("a.mp3") + scratch.bytes("b.mp3"), "both.mp3")
    let clip = try AudioFile.decode(path: path, damaged: .keep)
    // The two headers no longer tell where each part's padding is, so up to 0.2 s of it remain.
    #expect(clip.duration > 5 && clip.duration < 5.2)
    let tail = clip.samples.suffix(16_000)
    #expect(abs(rms(tail) / rms(second.suffix(22_050)) - 1) < 0.05)
    #expect(abs(rms(clip.samples.prefix(16_000)) / rms(first.prefix(44_100)) - 1) < 0.05)
  }

  @Test func aStreamOfUnknownLengthIsWhole() throws {
    let data = bytes(of: [Int16](repeating: 5, count: 1000))
    for size: UInt32 in [0, .max] {
      let path = try scratch.write(wav(data: data, size: size), "a.wav")
      #expect(try AudioFile.decode(path: path).samples.count == 1000)
    }
  }

  @Test(.enabled(if: SharedData.isAvailable, Comment(rawValue: SharedData.comment))) func realRecordings() throws {
    for (name, seconds) in [("jfk.flac", 11.0), ("conversation.flac", 30.0)] {
      let path = SharedData.url("speech/\(name)").path
      let clip = try AudioFile.decode(path: path)
      #expect(clip.samples.count == Int(seconds * 16_000))
      #expect(rms(clip.samples) > 0.01)
    }
    let podcast = try AudioFile.decode(SharedData.url("speech/podcast.m4a"))
    #expect(abs(podcast.duration - 1413.7) < 0.1)
    #expect(podcast.samples.allSatisfy { abs($0) < 2 })

    let opus = SharedData.url("ravdess/Actor_01/03-01-01-01-01-01-01.opus")
    let clip = try AudioFile.decode(opus)
    let script = """
      import sys, soundfile as sf
      x, rate = sf.read(sys.argv[1], dtype='float32'); print(len(x), rate)
      """
    let peer = try Peer.python(script, [opus.path]).split(separator: " ").compactMap {
      Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    #expect(clip.samples.count == Resampler.length(of: peer[0], from: peer[1], to: 16_000))
  }
}
