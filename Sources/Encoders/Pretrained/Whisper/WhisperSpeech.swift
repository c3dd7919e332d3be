import NN
import Tensors

/// Whisper's encoder as a speech encoder: clips are padded to 30 s as it was trained, or computed alone, and only real
/// frames come out.
final class WhisperSpeech: SpeechNetwork {
  private let encoder: WhisperEncoder
  private let frontEnd: LogMel
  private let context: SpeechEncoder.Context

  init(_ configuration: WhisperConfiguration, context: SpeechEncoder.Context, dtype: DType) throws {
    encoder = try WhisperEncoder(configuration, dtype: dtype)
    frontEnd = LogMel(bins: configuration.numMelBins)
    self.context = context
  }

  /// An encoder that is loaded already, by clips padded as it was trained.
  init(_ encoder: WhisperEncoder, _ frontEnd: LogMel) {
    (self.encoder, self.frontEnd, context) = (encoder, frontEnd, .window)
  }

  var members: Members { encoder.members }
  var layerCount: Int { encoder.layerCount }
  var width: Int { encoder.width }
  /// Two log-mel frames of 10 ms.
  var hop: Int { 320 }
  var receptiveField: Int { 1 }
  /// Log-mel frames are centred on their own beginning.
  var centre: Int { 0 }
  var longest: Int? { LogMel.paddedSamples }
  func frames(samples: Int) -> Int { min((samples + hop - 1) / hop, encoder.longest) }
  func rows(samples: Int) -> Int { context == .window ? encoder.longest : frames(samples: samples) }

  func run(_ clips: [[Float]], _ take: (Int, Tensor) throws -> Bool) throws {
    let real = clips.map { frames(samples: $0.count) }
    let windows = try clips.map { try context == .window ? frontEnd.paddedFeatures(of: $0) : frontEnd.features(of: $0) }
    try encoder.run(windows) { state, rows in
      guard context == .window else { return try take(state, rows) }
      let parts = try real.enumerated().map { clip, count in
        try rows.narrowed(0, start: clip * encoder.longest, length: count)
      }
      return try take(state, parts.count == 1 ? parts[0] : Tensor.concatenated(parts))
    }
  }
}
