import Encoders
import Tensors

/// Writes clips down from the pass of Whisper's encoder that makes their features.
final class ClipScribe {
  /// Loads the model when it is first needed.
  let whisper: () throws -> WhisperTranscriber
  private let options: TranscriptionOptions
  private let isWanted: (_ name: String) -> Bool
  private let write: (_ name: String, _ text: String) throws -> Void

  /// - Parameters:
  ///   - whisper: gives the model, the same each time
  ///   - isWanted: whether a clip is to be written down
  ///   - write: takes the words of a clip
  init(
    _ whisper: @escaping () throws -> WhisperTranscriber, _ options: TranscriptionOptions,
    isWanted: @escaping (_ name: String) -> Bool, write: @escaping (_ name: String, _ text: String) throws -> Void
  ) {
    (self.whisper, self.options, self.isWanted, self.write) = (whisper, options, isWanted, write)
  }

  /// Features of clips as `SpeechEncoder` gives them, each (frames, width). Clips of at most 30 s are written down; longer ones
  /// are read in other windows for words than for features, and are left.
  func features(of clips: [[Float]], names: [String], layers: LayerSelection) throws -> [Tensor] {
    let whisper = try whisper()
    var features = [Tensor?](repeating: nil, count: clips.count)
    var waiting: [(name: String, speech: EncodedSpeech)] = []
    for (place, clip) in clips.enumerated() {
      guard clip.count <= LogMel.paddedSamples else {
        features[place] = try whisper.speechEncoder.hiddenStates(of: [clip], layers: layers)[0]
        continue
      }
      // One window at a time, as features are made without words: the numbers are the same to the last bit.
      let speech = try whisper.encode([clip], layers: layers)[0]
      features[place] = speech.features
      if isWanted(names[place]) { waiting.append((names[place], speech)) }
      if waiting.count == options.batchSize { try flush(&waiting, whisper) }
    }
    try flush(&waiting, whisper)
    return features.compactMap { $0 }
  }

  private func flush(_ waiting: inout [(name: String, speech: EncodedSpeech)], _ whisper: WhisperTranscriber) throws {
    guard !waiting.isEmpty else { return }
    for (clip, transcript) in zip(waiting, try whisper.transcribe(waiting.map(\.speech), options: options)) {
      try write(clip.name, transcript.text)
    }
    waiting = []
  }
}
