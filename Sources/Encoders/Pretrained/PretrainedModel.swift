public import Foundation
public import Tensors

/// A published model of either kind, by what its `config.json` says.
public enum PretrainedModel {
  /// One that reads speech.
  case speech(SpeechEncoder)
  /// One that reads text.
  case text(TextEncoder)

  /// What a model reads.
  public enum Kind: String, Sendable { case speech, text }

  /// The kind of the model in a folder. Throws `EncoderError`, which names the types that are supported.
  public static func kind(of folder: URL) throws -> Kind {
    if FACodec.isPublished(in: folder) { return .speech }
    let folder = try ModelFolder(folder)
    if SpeechEncoder.supported.contains(folder.type) { return .speech }
    if TextEncoder.supported.contains(folder.type) { return .text }
    throw folder.unsupported("speech and text", SpeechEncoder.supported + TextEncoder.supported)
  }

  /// The `model_type` of the model in a folder, or `facodec`.
  public static func type(of folder: URL) throws -> String {
    FACodec.isPublished(in: folder) ? FACodec.type : try ModelFolder(folder).type
  }

  /// How many layers the model in a folder has, by its `config.json` alone; there is one hidden state more.
  public static func layerCount(of folder: URL) throws -> Int {
    guard !FACodec.isPublished(in: folder) else { return FACodec.layers }
    struct Sizes: Decodable {
      let numHiddenLayers: Int?
      let encoderLayers: Int?
    }
    // Of models with a decoder, the encoder's.
    let sizes = try ModelFolder(folder).configuration(Sizes.self) { sizes in
      (sizes.encoderLayers ?? sizes.numHiddenLayers ?? 0) > 0
        ? nil : "neither encoder_layers nor num_hidden_layers says how many layers there are"
    }
    return sizes.encoderLayers ?? sizes.numHiddenLayers ?? 0
  }

  /// The files that hold the weights of the model in a folder.
  public static func weightFiles(of folder: URL) throws -> [URL] {
    guard FACodec.isPublished(in: folder) else { return try PublishedWeights(folder).files }
    let files = try FACodec.files(in: folder)
    return [files.encoder, files.decoder]
  }

  /// Options as the model in a folder follows them: FACodec computes in float32 on the CPU, whatever is asked for, since its
  /// quantiser makes other codes of what bfloat16 rounds away.
  public static func options(_ options: EncoderOptions, for folder: URL) -> EncoderOptions {
    guard FACodec.isPublished(in: folder) else { return options }
    var exact = options
    (exact.dtype, exact.device) = (.float32, .cpu)
    return exact
  }

  /// Loads the model in a folder.
  ///
  /// - Parameter options: what it computes in and on
  public init(folder: URL, options: EncoderOptions = EncoderOptions()) throws {
    switch try Self.kind(of: folder) {
    case .speech: self = .speech(try SpeechEncoder(folder: folder, options: options))
    case .text: self = .text(try TextEncoder(folder: folder, options: options))
    }
  }
}

/// How a pretrained encoder computes.
public struct EncoderOptions: Hashable, Sendable {
  /// Where.
  public var device: Device
  /// In which dtype: float32 gives what the reference implementation gives.
  public var dtype: DType
  /// Whisper alone: what is around a clip's frames.
  public var context = SpeechEncoder.Context.window
  /// Seconds of speech that are computed in one piece; longer clips are cut into overlapping windows.
  public var window = 30.0
  /// Seconds that neighbouring windows share.
  public var overlap = 2.0
  /// Rows (frames or tokens) that are computed together, at the most: this bounds memory.
  public var rowBudget = 1024

  /// The usual choices.
  ///
  /// - Parameter dtype: nil is bfloat16 where the device multiplies it in hardware, else float32
  public init(device: Device = .cpu, dtype: DType? = nil) {
    self.device = device
    self.dtype = dtype ?? EncoderPrecision.recommended(on: device)
  }

  /// What is wrong with the numbers, as a sentence; nil when they can be used.
  var fault: String? {
    if !(1...600).contains(window) { return "a window of \(window) s can't be; from 1 to 600 s can" }
    if overlap < 0 || overlap > window / 2 {
      return "an overlap of \(overlap) s can't be; from 0 to half of the window, \(window / 2) s, can"
    }
    return rowBudget < 1 ? "a budget of \(rowBudget) rows can't be; at least 1 is needed" : nil
  }
}
