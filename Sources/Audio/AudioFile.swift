public import Foundation

/// Reading audio files of any format that the installed FFmpeg knows.
public enum AudioFile {
  /// The rate that every speech model here is trained at: 16 kHz.
  public static let defaultSampleRate = 16_000
  /// The largest magnitude that a sample may have, at a full scale of 1: what is far beyond is no sound, and its square is infinite.
  public static let largestSample: Float = 1e6

  /// Decodes a whole file to mono samples at `sampleRate` Hz (in `Resampler.rates`); the channels are averaged.
  public static func decode(
    path: String, sampleRate: Int = defaultSampleRate, damaged: DamagePolicy = .reject
  ) throws(AudioError) -> AudioClip {
    let decoder = try AudioDecoder(path: path, sampleRate: sampleRate, damaged: damaged)
    var samples: [Float] = []
    // A header may promise anything; a minute is reserved at most, and the array grows with what is really there.
    let expected = min(decoder.metadata.duration ?? 0, 60)
    samples.reserveCapacity(Int(expected * Double(sampleRate)) + 1)
    while let block = try decoder.next() { samples += block }
    return AudioClip(samples: samples, sampleRate: sampleRate)
  }

  /// Decodes the whole of the file at a file URL; see `decode(path:sampleRate:damaged:)`.
  public static func decode(
    _ url: URL, sampleRate: Int = defaultSampleRate, damaged: DamagePolicy = .reject
  ) throws(AudioError) -> AudioClip {
    try decode(path: try path(of: url), sampleRate: sampleRate, damaged: damaged)
  }

  /// Reads a file's header: container, codec, channels, rate, length.
  public static func probe(path: String) throws(AudioError) -> AudioMetadata {
    try FFmpegInput(path: path).metadata
  }

  /// Reads the header of the file at a file URL.
  public static func probe(_ url: URL) throws(AudioError) -> AudioMetadata {
    try probe(path: try path(of: url))
  }

  /// The version of the FFmpeg that is linked, for example `5.1.9-0+deb12u1`.
  public static var ffmpegVersion: String { linkedFFmpegVersion }

  private static func path(of url: URL) throws(AudioError) -> String {
    guard url.isFileURL else {
      throw .unreadable(path: url.absoluteString, reason: "only files are read; download it first")
    }
    return url.path
  }
}
