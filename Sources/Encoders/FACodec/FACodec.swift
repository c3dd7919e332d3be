import Foundation
import NN
import Tensors

/// FACodec of NaturalSpeech 3 (Ju et al. 2024), second version, as features: 80 frames a second from samples at 16 kHz.
///
/// State 0 is the prosody, (frames, 256): the lowest 20 mel bands through a transformer and a quantiser. State 1, the last,
/// is the prosody beside the timbre encoder's frames, (frames, 512). Nothing else of the codec is loaded.
///
/// A folder is known by its two files as they are published; it needs no `config.json`.
final class FACodec: SpeechNetwork {
  private let waves: FACodecWaveEncoder
  private let styles: FACodecStyles

  private static let encoderFile = "ns3_facodec_encoder_v2.bin"
  private static let decoderFile = "ns3_facodec_decoder_v2.bin"
  /// What stands for the `model_type` that the codec has not.
  static let type = "facodec"
  /// Prosody is what goes in, prosody beside timbre what comes out.
  static let layers = 1

  /// Whether a folder holds the codec.
  static func isPublished(in folder: URL) -> Bool {
    [encoderFile, decoderFile].contains { FileManager.default.fileExists(atPath: folder.appending(path: $0).path) }
  }

  /// The two files. Throws `EncoderError.weights` where one is missing.
  static func files(in folder: URL) throws -> (encoder: URL, decoder: URL) {
    let files = (folder.appending(path: encoderFile), folder.appending(path: decoderFile))
    for file in [files.0, files.1] where !FileManager.default.fileExists(atPath: file.path) {
      throw EncoderError.weights(
        file: file.path, reason: "it is missing; FACodec is published as \(encoderFile) and \(decoderFile)")
    }
    return files
  }

  /// Reads both files.
  ///
  /// - Throws: `EncoderError.weights` for weights of another model, `FileError` for a file that can't be read
  init(folder: URL, dtype: DType) throws {
    let files = try Self.files(in: folder)
    waves = try FACodecWaveEncoder(dtype: dtype)
    styles = try FACodecStyles(dtype: dtype)
    try PublishedKeys(prefixes: [], ignored: [])
      .load(waves, from: PublishedWeights(files.encoder))
    // The synthesis, and what training alone needs.
    let others = [
      "model.", "timbre_linear.", "timbre_norm.", "f0_predictor.", "phone_predictor.", "res_f0_predictor.",
      "res_phone_predictor.", "content_f0_predictor.", "prosody_phone_predictor.", "x_timbre_predictor.",
      "quantizer.1.",
      "quantizer.2.",
    ]
    try PublishedKeys(prefixes: [], ignored: others)
      .load(styles, from: PublishedWeights(files.decoder))
  }

  var members: Members { ["encoder": .module(waves), "decoder": .module(styles)] }
  var layerCount: Int { Self.layers }
  var width: Int { 2 * FACodecStyles.width }
  func width(of state: Int) -> Int { state == 0 ? FACodecStyles.width : width }
  var hop: Int { FACodecWaveEncoder.hop }
  /// Padded to whole frames, a clip must be longer than the mirror image by which the spectrum continues it.
  var receptiveField: Int { FACodecWaveEncoder.border / hop * hop + 1 }
  var centre: Int { hop / 2 }
  var longest: Int? { nil }
  func frames(samples: Int) -> Int { (samples + hop - 1) / hop }
  func rows(samples: Int) -> Int { frames(samples: samples) }

  func run(_ clips: [[Float]], _ take: (Int, Tensor) throws -> Bool) throws {
    let whole = try clips.map { clip in
      let samples = clip + [Float](repeating: 0, count: frames(samples: clip.count) * hop - clip.count)
      return try Tensor(samples, shape: [1, samples.count])
    }
    let prosody = try Tensor.concatenated(whole.map { try styles.prosody(waves.lowMel($0)) })
    guard try take(0, prosody) else { return }
    let timbre = try Tensor.concatenated(whole.map { try styles.timbre(waves($0)) })
    _ = try take(1, Tensor.concatenated([prosody, timbre], dimension: 1))
  }
}
