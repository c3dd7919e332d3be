/// How far the length that a container declares may lie above what it holds before the file counts as truncated.
enum Truncation {
  /// Seconds. Containers of uncompressed and lossless audio count samples. Those of lossy audio count packets, of
  /// which the decoder's delay takes up to two at the start and the padding up to two at the end.
  static func tolerance(of metadata: AudioMetadata, packet: Int) -> Double {
    let rate = Double(metadata.sampleRate)
    let isCounted = metadata.codec.hasPrefix("pcm_") || exactFormats.contains(metadata.format)
    return isCounted ? 0.5 / rate : max(0.06, 4 * Double(packet > 0 ? packet : 2048) / rate)
  }

  private static let exactFormats: Set = ["flac", "wv", "tta", "ape"]
}
