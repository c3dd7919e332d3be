import Audio
import Tensors

/// A stretch as the network takes it.
struct PreparedStretch {
  /// A stream of the stretch.
  struct Stream {
    /// (frames, width)
    var frames: Tensor
    /// Where each of the encoder's tokens lies in the text, in Unicode scalars, for a stream that reads.
    var spans: [Range<Int>] = []
    /// Whether there was nothing to make it of: a frame of zeros stands for it.
    var isMissing = false
  }

  let stretch: Stretch
  /// What the sound alone says.
  let quality: SoundQuality
  var streams: [Stream]

  /// Whether a stream that reads had nothing to read.
  var lacksText: Bool { streams.contains(where: \.isMissing) }
}
