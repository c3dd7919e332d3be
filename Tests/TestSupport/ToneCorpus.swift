public import Foundation

/// A corpus that a small network learns in seconds: tones and noise instead of speech, three "speakers" in each split who
/// differ in pitch.
public struct ToneCorpus {
  /// A clip of the corpus.
  public struct Clip: Sendable {
    /// `Train`, `Development` or `Test1`
    public let split: String
    /// `A`, `S` or `N`
    public let letter: Character
    /// From 0 to 8, three in each split.
    public let speaker: Int
    /// Counts the clips of one speaker and class.
    public let number: Int

    /// Its file in `Audios/`.
    public var fileName: String { "\(split)-\(speaker)-\(letter)-\(number).wav" }
  }

  /// The corpus's folder.
  public let folder: URL
  /// What it holds.
  public let clips: [Clip]

  /// Writes a corpus in Affect's layout.
  ///
  /// - Parameters:
  ///   - clipsPerClass: of each speaker
  ///   - seconds: how long clips are
  ///   - including: whether a clip is made at all
  ///   - lasting: how long each clip is, where they differ
  public init(
    at folder: URL, clipsPerClass: Int = 2, seconds: Double = 0.4, including: (Clip) -> Bool = { _ in true },
    lasting: ((Clip) -> Double)? = nil
  ) throws {
    self.folder = folder
    let splits = ["Train", "Development", "Test1"]
    clips = splits.indices.flatMap { split in
      (0..<3).flatMap { speaker in
        "ASN".flatMap { letter in
          (0..<clipsPerClass).map {
            Clip(split: splits[split], letter: letter, speaker: split * 3 + speaker, number: $0)
          }
        }
      }
    }.filter(including)
    let audios = folder.appending(path: "Audios")
    let labels = folder.appending(path: "Labels")
    for made in [audios, labels] {
      try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
    }
    var rows = ["FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set"]
    for clip in clips {
      try Self.wav(Self.samples(clip, count: Int((lasting?(clip) ?? seconds) * 16_000)))
        .write(to: audios.appending(path: clip.fileName))
      let arousal = clip.letter == "A" ? 6 : clip.letter == "S" ? 2 : 4
      rows.append("\(clip.fileName),\(clip.letter),\(arousal),,,\(clip.speaker),Unknown,\(clip.split)")
    }
    try Data((rows.joined(separator: "\n") + "\n").utf8).write(to: labels.appending(path: "labels_consensus.csv"))
  }

  /// The audio of a clip.
  public func audio(_ clip: Clip) -> URL { folder.appending(path: "Audios/\(clip.fileName)") }

  /// Angry is a loud, trembling, rough tone, sad a soft low one, neutral noise.
  private static func samples(_ clip: Clip, count: Int) -> [Float] {
    var state = UInt64(clip.speaker * 31 + clip.number + 1)
    func noise() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / 0x1p24 * 2 - 1
    }
    let pitch = 1 + 0.05 * Double(clip.speaker % 3) + 0.02 * Double(clip.number)
    return (0..<count).map { i in
      let t = Double(i) / 16_000
      let value =
        switch clip.letter {
        case "A": 0.5 * sin(2 * .pi * 320 * pitch * t).sign * (0.6 + 0.4 * sin(2 * .pi * 12 * t))
        case "S": 0.08 * sin(2 * .pi * 130 * pitch * t)
        default: 0.2 * noise()
        }
      return Float(value + 0.005 * noise())
    }
  }

  /// A RIFF WAVE file of 16 bits, 16 kHz.
  ///
  /// - Parameter channels: that take turns in the samples
  public static func wav(_ samples: [Float], channels: Int = 1) -> Data {
    var data = Data()
    func append(_ value: UInt32, bytes: Int) { for i in 0..<bytes { data.append(UInt8(value >> (8 * i) & 255)) } }
    let size = UInt32(samples.count * 2)
    data.append(contentsOf: "RIFF".utf8)
    append(36 + size, bytes: 4)
    data.append(contentsOf: "WAVEfmt ".utf8)
    for (value, bytes) in [
      (16, 4), (1, 2), (channels, 2), (16_000, 4), (32_000 * channels, 4), (2 * channels, 2), (16, 2),
    ] {
      append(UInt32(value), bytes: bytes)
    }
    data.append(contentsOf: "data".utf8)
    append(size, bytes: 4)
    for sample in samples {
      append(UInt32(UInt16(bitPattern: Int16(max(-32_768, min(32_767, sample * 32_768))))), bytes: 2)
    }
    return data
  }

  /// `--set`s that make recipe `quick` small enough to train on this corpus in a second or two.
  public static let settings = [
    "model.width=16", "model.heads=2", "model.feed_forward=32", "model.layers=1", "model.dropout=0.1",
    "training.stages.0.epochs=15", "training.stages.0.learning_rate=0.005", "training.stages.0.warmup_steps=2",
    "training.stages.0.batch_size=8", "training.stages.0.patience=15", "training.stages.1.epochs=2",
    "training.stages.1.batch_size=8", "training.averaging=0.9",
  ]
}

extension Double {
  /// 1 or -1.
  fileprivate var sign: Double { self < 0 ? -1 : 1 }
}
