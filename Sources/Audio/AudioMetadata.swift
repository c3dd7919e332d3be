/// What a file's header says about the audio in it, before anything is decoded.
public struct AudioMetadata: Equatable, Sendable {
  /// FFmpeg's name of the container, for example `wav`, `flac`, `ogg` or `mov,mp4,m4a,3gp,3g2,mj2`.
  public var format: String
  /// FFmpeg's name of the codec, for example `pcm_s16le` or `opus`.
  public var codec: String
  /// How many channels the stream has.
  public var channels: Int
  /// Samples per second and channel (Hz).
  public var sampleRate: Int
  /// Length in seconds as the container declares or lets one estimate it; nil where it does neither.
  public var duration: Double?

  /// Wraps what a header says.
  public init(format: String, codec: String, channels: Int, sampleRate: Int, duration: Double?) {
    (self.format, self.codec) = (format, codec)
    (self.channels, self.sampleRate, self.duration) = (channels, sampleRate, duration)
  }
}
