/// How far the length that a container declares may lie above what it holds before the file counts as truncated.
enum Truncation {
  /// Seconds. Containers of uncompressed and lossless audio count samples, MP3 counts packets. Of the others it is not
  /// known whether the decoder's delay (up to two packets) and the padding (up to two more) are part of the length.
  static func tolerance(of metadata: AudioMetadata, packet: Int) -> Double {
    let rate = Double(metadata.sampleRate)
    let length = Double(packet > 0 ? packet : 2048) / rate
    if metadata.codec.hasPrefix("pcm_") || exactFormats.contains(metadata.format) { return 0.5 / rate }
    return metadata.format == "mp3" ? 1.5 * length : max(0.06, 4 * length)
  }

  private static let exactFormats: Set = ["flac", "wv", "tta", "ape"]
}
