import Basics
public import Foundation
import NN
public import Tensors
import Tokenizers

/// Writes down speech with a Whisper (Radford et al. 2022) of any size, multilingual or English-only, in its published
/// layout. Decoding gives the tokens of transformers' `generate`; docs/asr.md says where that differs from OpenAI's code.
///
/// It is used from one thread at a time.
public final class WhisperTranscriber {
  let encoder: WhisperEncoder
  let decoder: WhisperDecoder
  let configuration: GenerationConfiguration
  let tokenizer: Tokenizer
  let frontEnd: LogMel
  /// What it computes in.
  public let dtype: DType
  /// How many windows of 30 s have gone through the encoder.
  public internal(set) var encodedWindows = 0

  /// Loads a published model.
  ///
  /// - Parameters:
  ///   - folder: holds `config.json`, the weights, `tokenizer.json` and, where published, `generation_config.json`
  ///   - dtype: what it computes in
  /// - Throws: `EncoderError`, `TokenizerError`, and `FileError` for weights that can't be read
  public init(folder: URL, dtype: DType = .float32) throws {
    let folder = try ModelFolder(folder)
    guard folder.type == "whisper" else { throw folder.unsupported("speech recognition", ["whisper"]) }
    let encoding = try folder.configuration(WhisperConfiguration.self, fault: \.fault)
    let decoding = try folder.configuration(WhisperDecoderConfiguration.self, fault: \.fault)
    self.dtype = dtype
    encoder = try WhisperEncoder(encoding, dtype: dtype)
    decoder = try WhisperDecoder(decoding, dtype: dtype)
    frontEnd = LogMel(bins: encoding.numMelBins)
    tokenizer = try Tokenizer(contentsOf: folder.url)
    configuration = try GenerationConfiguration(
      folder: folder.url, tokenizer: tokenizer, vocabularySize: decoding.vocabSize)
    let weights = try PublishedWeights(folder.url)
    try PublishedKeys(prefixes: ["model.encoder.", "encoder."], ignored: []).load(encoder, from: weights)
    try PublishedKeys(prefixes: ["model.decoder.", "decoder."], ignored: []).load(decoder, from: weights)
  }

  /// Whether the model in a folder writes other languages than English, without its weights being read.
  public static func isMultilingual(_ folder: URL) throws -> Bool {
    let folder = try ModelFolder(folder)
    guard folder.type == "whisper" else { throw folder.unsupported("speech recognition", ["whisper"]) }
    let decoding = try folder.configuration(WhisperDecoderConfiguration.self, fault: \.fault)
    return try GenerationConfiguration(
      folder: folder.url, tokenizer: Tokenizer(contentsOf: folder.url), vocabularySize: decoding.vocabSize
    ).isMultilingual
  }

  /// Whether the model writes other languages than English, and translates.
  public var isMultilingual: Bool { configuration.isMultilingual }
  /// The codes of the languages that the model has tokens for, sorted; none for English alone.
  public var languages: [String] { configuration.languages.keys.compactMap(Languages.code).sorted() }
  /// Numbers in a hidden state of the encoder.
  public var width: Int { encoder.width }

  /// The model's encoder for features of recordings of any length, each clip padded to 30 s; it shares the weights.
  public var speechEncoder: SpeechEncoder {
    SpeechEncoder(WhisperSpeech(encoder, frontEnd), options: EncoderOptions(dtype: dtype))
  }

  /// Transcribes a recording of any length.
  ///
  /// - Parameter progress: is told after each window how many seconds are done, and of how many
  /// - Throws: `TranscriptionError` for options that the model can't follow, and what is wrong with the audio
  public func transcribe(
    _ recording: Recording, options: TranscriptionOptions = TranscriptionOptions(),
    progress: (_ done: Double, _ total: Double) -> Void = { _, _ in }
  ) throws -> Transcript {
    let windows = try RecordingWindows.open(recording, frontEnd)
    let run = try TranscriptionRun(self, options)
    return try run([.init(windows: windows, encoded: nil)], progress: progress)[0]
  }

  /// Transcribes clips of at most 30 s together; each is written as it would be alone.
  ///
  /// - Parameter clips: mono samples at 16 kHz
  public func transcribe(
    _ clips: [[Float]], options: TranscriptionOptions = TranscriptionOptions()
  ) throws -> [Transcript] {
    let run = try TranscriptionRun(self, options)
    return try run(clips.map { .init(windows: try ClipWindows($0, frontEnd), encoded: nil) })
  }

  /// Transcribes clips that the encoder has read already.
  public func transcribe(
    _ clips: [EncodedSpeech], options: TranscriptionOptions = TranscriptionOptions()
  ) throws -> [Transcript] {
    let run = try TranscriptionRun(self, options)
    return try run(clips.map { .init(windows: $0.windows, encoded: $0.output) })
  }
}
