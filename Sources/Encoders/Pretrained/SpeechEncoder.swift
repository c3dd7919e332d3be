import Audio
public import Foundation
import NN
public import Tensors

/// A pretrained speech encoder: samples in, hidden states out. wav2vec 2.0, HuBERT, WavLM, the encoder of Whisper, and
/// NaturalSpeech 3's FACodec, whose state 0 is prosody (256 numbers) and whose last is prosody beside timbre (512).
public final class SpeechEncoder {
  /// The `model_type`s that are supported.
  public static let supported = ["wav2vec2", "hubert", "wavlm", "whisper"]
  /// Samples per second (Hz) that all of them expect.
  public static let sampleRate = 16_000

  private let network: any SpeechNetwork
  private let normalises: Bool

  /// Loads a published model.
  ///
  /// - Parameters:
  ///   - folder: holds `config.json`, `preprocessor_config.json` and the weights in a published layout, or FACodec's
  ///     `ns3_facodec_encoder_v2.bin` and `ns3_facodec_decoder_v2.bin`
  ///   - dtype: what it computes in
  /// - Throws: `EncoderError`, and `FileError` for weights that can't be read
  public init(folder: URL, dtype: DType = .float32) throws {
    if FACodec.isPublished(in: folder) {
      network = try FACodec(folder: folder, dtype: dtype)
      normalises = false
      return
    }
    let folder = try ModelFolder(folder)
    let prefixes: [String]
    switch folder.type {
    case "wav2vec2", "hubert", "wavlm":
      network = try Wav2Vec2(folder.configuration(Wav2Vec2Configuration.self, fault: \.fault), dtype: dtype)
      normalises = folder.preprocessing("do_normalize", Bool.self) ?? true
      prefixes = [folder.type + "."]
    case "whisper":
      network = try WhisperSpeech(folder.configuration(WhisperConfiguration.self, fault: \.fault), dtype: dtype)
      normalises = false
      prefixes = ["model.encoder.", "encoder."]
    default: throw folder.unsupported("speech", Self.supported)
    }
    let ignored = [
      "masked_spec_embed", "lm_head.", "quantizer.", "project_q.", "project_hid.", "classifier.", "projector.",
      "label_embs_concat", "final_proj.", "decoder.", "proj_out.",
    ]
    try PublishedKeys(prefixes: prefixes, ignored: ignored).load(network, from: PublishedWeights(folder.url))
  }

  /// Numbers in a frame's hidden state.
  public var width: Int { network.width }
  /// How many layers there are; there is one hidden state more.
  public var layerCount: Int { network.layerCount }
  /// Seconds from one frame to the next.
  public var hop: Double { Double(network.hop) / Double(Self.sampleRate) }
  /// Samples that a clip must have at least.
  public var shortest: Int { network.receptiveField }

  /// Hidden states of clips, each as it would have alone: nothing is padded but what the model was trained to see padded.
  ///
  /// - Parameters:
  ///   - clips: mono samples at 16 kHz
  ///   - layers: which hidden states
  /// - Returns: for each clip (frames, width), or (states, frames, width) for all layers
  /// - Throws: `EncoderError.input` for a clip that is too short or too long, or holds what is no number
  public func hiddenStates(of clips: [[Float]], layers: LayerSelection = .last) throws -> [Tensor] {
    for (number, clip) in clips.enumerated() {
      guard clip.count >= network.receptiveField else {
        throw EncoderError.input(
          reason: "clip \(number) has \(clip.count) samples; the model needs \(network.receptiveField)")
      }
      guard clip.allSatisfy(\.isFinite) else {
        throw EncoderError.input(reason: "clip \(number) has samples that are no finite numbers")
      }
    }
    guard !clips.isEmpty else { return [] }
    return try withoutGradients {
      var states = try HiddenStates(layers, layers: network.layerCount)
      try network.run(normalises ? clips.map(Self.standardised) : clips) { state, rows in
        try states.take(state, rows)
        return !states.isComplete(after: state)
      }
      let rows = try layers == .last ? network.output(of: states.result()) : states.result()
      return try rows.split(clips.map { network.frames(samples: $0.count) }, dimension: -2)
    }
  }

  /// Mean 0 and deviation 1 over the clip, as the models were trained.
  private static func standardised(_ clip: [Float]) -> [Float] {
    let mean = clip.reduce(0.0) { $0 + Double($1) } / Double(clip.count)
    let variance = clip.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(clip.count)
    let scale = 1 / (variance + 1e-7).squareRoot()
    return clip.map { Float((Double($0) - mean) * scale) }
  }
}
