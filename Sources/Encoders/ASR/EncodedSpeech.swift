import NN
public import Tensors

/// A clip of at most 30 s after one pass through Whisper's encoder: its features, and what its transcript is decoded from.
public struct EncodedSpeech {
  /// The hidden states that were asked for, of the clip's real frames: (frames, width), or (states, frames, width) for all
  /// layers; the numbers that `SpeechEncoder` gives.
  public let features: Tensor
  /// The encoder's output for the whole window, (frames, width)
  let output: Tensor
  let windows: ClipWindows
}

extension WhisperTranscriber {
  /// Runs clips of at most 30 s through the encoder, once for both features and transcripts.
  ///
  /// - Parameters:
  ///   - clips: mono samples at 16 kHz
  ///   - layers: which hidden states become features
  /// - Throws: `FrontEndError` for a clip that is too long or has samples that are no numbers; `EncoderError` for layers
  ///   that the encoder has not
  public func encode(_ clips: [[Float]], layers: LayerSelection = .last) throws -> [EncodedSpeech] {
    guard !clips.isEmpty else { return [] }
    return try withoutGradients {
      let windows = try clips.map { try ClipWindows($0, frontEnd) }
      let (outputs, states) = try encode(windows.map(\.logMel), layers)
      return try windows.enumerated().map { number, window in
        let frames = min((window.realFrames + 1) / 2, encoder.longest)
        let features = try states.narrowed(-2, start: number * encoder.longest, length: frames)
        return EncodedSpeech(features: features, output: outputs[number], windows: window)
      }
    }
  }

  /// The encoder's output for windows (3000, bins), each (frames, width), and the hidden states that a selection asks for,
  /// one window after the other.
  func encode(_ windows: [Tensor], _ layers: LayerSelection = .last) throws -> (outputs: [Tensor], states: Tensor) {
    var states = try HiddenStates(layers, layers: encoder.layerCount)
    var last: Tensor?
    try encoder.run(windows) { state, rows in
      try states.take(state, rows)
      if state == encoder.layerCount { last = rows }
      return true
    }
    guard let last else { throw TensorError(operation: "Whisper's encoder", message: "it has no layers") }
    encodedWindows += windows.count
    let outputs = try last.split(windows.map { _ in encoder.longest }, dimension: 0)
    return (outputs, try states.result())
  }
}
