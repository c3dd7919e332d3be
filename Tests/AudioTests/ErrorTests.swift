import Audio
import Foundation
import TestSupport
import Testing

@Suite struct ErrorTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// What decoding says of a file, without the folder.
  private func message(_ path: String, _ policy: DamagePolicy = .reject) -> String {
    do {
      _ = try AudioFile.decode(path: path, damaged: policy)
      return "no error"
    } catch {
      return "\(error)".replacingOccurrences(of: scratch.folder.path + "/", with: "")
    }
  }

  @Test func pathsThatAreNoFile() throws {
    #expect(message(scratch.path("a.wav")) == "a.wav: there is no such file")
    #expect(message("") == ": there is no such file")
    #expect(message("a\0b") == "a\0b: there is no such file")
    let file = try scratch.write(Data([1]), "file")
    #expect(message(file + "/a.wav") == "file/a.wav: there is no such file")
    #expect(message(scratch.path(".")) == ".: this is a folder; an audio file is expected")
    #expect(
      throws: AudioError.unreadable(path: "https://a.org/b.wav", reason: "only files are read; download it first")
    ) { try AudioFile.decode(URL(string: "https://a.org/b.wav") ?? URL(filePath: "/")) }
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may read everything")) func aFileThatMayNotBeRead() throws {
    let path = try scratch.write(wav(data: Data(count: 100)), "a.wav")
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
    #expect(message(path) == "a.wav: this user may not read the file")
  }

  @Test func filesThatAreNoAudio() throws {
    #expect(
      message(try scratch.write(Data(), "a.wav")) == "a.wav: the file is empty (0 bytes); an audio file is expected")
    let text = Data("FileName,EmoClass\nMSP-PODCAST_0001.wav,N\n".utf8)
    #expect(
      message(try scratch.write(text, "labels.csv"))
        == "labels.csv: this is no audio file in any format that the installed FFmpeg knows")
    #expect(
      message(try scratch.write(Data(count: 5000), "zeros.bin"))
        == "zeros.bin: this is no audio file in any format that the installed FFmpeg knows")
    let picture =
      Data(
        base64Encoded:
          "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==") ?? Data()
    #expect(
      message(try scratch.write(picture, "a.png")) == "a.png: there is no audio stream in the file, only video (png)")
  }

  @Test func headersThatMakeNoSense() throws {
    let silence = Data(count: 64)
    #expect(
      message(try scratch.write(wav(rate: 0, data: silence), "a.wav")).hasPrefix(
        "a.wav: the header of this wav file is incomplete or wrong: "))
    #expect(
      message(try scratch.write(wav(rate: 7, data: silence), "a.wav"))
        == "a.wav: the header of this wav file is incomplete or wrong: "
        + "a sample rate of 7 Hz can't be resampled; 1000 to 3000000 Hz can")
    #expect(
      message(try scratch.write(wav(channels: 0, data: silence), "a.wav"))
        == "a.wav: the header of this wav file is incomplete or wrong: it gives no number of channels or no sample rate"
    )
    #expect(message(try scratch.write(wav(channels: .max, data: silence), "a.wav")).hasPrefix("a.wav: "))
    #expect(
      message(try scratch.write(wav(format: 0x1234, data: silence), "a.wav"))
        == "a.wav: the installed FFmpeg has no decoder for the codec none")
    #expect(message(try scratch.write(wav(data: Data()), "a.wav")) == "a.wav: the audio stream holds no samples")
  }

  /// Resampling makes infinite numbers and NaN of numbers that overflow, and rings before them.
  @Test(arguments: [UInt32(16_000), 44_100]) func samplesFarBeyondFullScale(rate: UInt32) throws {
    var samples = sine(300, rate: Int(rate), count: Int(rate) * 2)
    for i in Int(rate)..<Int(rate) + 4000 { samples[i] = i % 3 == 0 ? -3e38 : 3e38 }
    let path = try scratch.write(wav(format: 3, rate: rate, bits: 32, data: bytes(of: samples)), "a.wav")
    for policy in [DamagePolicy.reject, .keep] {
      let found = message(path, policy)
      #expect(
        found.wholeMatch(of: /a\.wav: the sample at (0\.9[89]\d|1\.000) s is far beyond full scale/) != nil, "\(found)")
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity]) func samplesThatAreNotFinite(value: Float) throws {
    var samples = [Float](repeating: 0.1, count: 32_000)
    samples[24_000] = value
    let path = try scratch.write(wav(format: 3, bits: 32, data: bytes(of: samples)), "a.wav")
    #expect(message(path) == "a.wav: the sample at 1.500 s is not a finite number")
    #expect(message(path, .keep) == "a.wav: the sample at 1.500 s is not a finite number")
  }

  @Test func aPlaylistOpensNothing() throws {
    _ = try scratch.write(wav(data: Data(count: 32_000)), "a.wav")
    let playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n\(scratch.path("a.wav"))\n#EXT-X-ENDLIST\n"
    #expect(message(try scratch.write(Data(playlist.utf8), "a.m3u8")).hasPrefix("a.m3u8: "))
    let list = "ffconcat version 1.0\nfile a.wav\n"
    #expect(message(try scratch.write(Data(list.utf8), "a.ffconcat")).hasPrefix("a.ffconcat: "))
  }

  @Test func aHoleInTheMiddle() throws {
    _ = try scratch.generate("a.flac", rate: 16_000, channels: 1, seconds: 4)
    var data = try scratch.bytes("a.flac")
    for i in (data.count / 2)..<(data.count / 2 + 3000) { data[i] = 0x55 }
    let path = try scratch.write(data, "hole.flac")
    let said = message(path)
    #expect(
      said.hasPrefix("hole.flac: the audio can't be decoded at ") && said.hasSuffix("; the file is damaged there"))
    let kept = try AudioFile.decode(path: path, damaged: .keep)
    #expect(kept.duration > 2 && kept.duration <= 4)
  }

  /// Whatever the bytes are, there is a clip of finite samples or an error.
  @Test(arguments: ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.caf", "a.aiff"])
  func damagedFilesNeverCrash(name: String) throws {
    _ = try scratch.generate(name, rate: 16_000, channels: 2, seconds: 0.5)
    let original = try scratch.bytes(name)
    var state: UInt64 = 1
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    for round in 0..<150 {
      var data = original
      // Half of the rounds aim at the header.
      let reach = round % 2 == 0 ? min(200, data.count) : data.count
      for _ in 0..<(1 + random(8)) { data[random(reach)] = UInt8(random(256)) }
      if round % 5 == 0 { data = data.prefix(random(data.count)) }
      let path = try scratch.write(data, "fuzz-" + name)
      for policy in [DamagePolicy.reject, .keep] {
        do {
          let clip = try AudioFile.decode(path: path, damaged: policy)
          #expect(clip.samples.allSatisfy { $0.isFinite })
        } catch {
          #expect("\(error)".hasPrefix(path))
        }
      }
    }
  }
}
