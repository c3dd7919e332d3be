import Encoders
import Foundation
import Fusion
import Tensors
import Tokenizers

/// What makes a stream of a stretch: a front end, or a published model that hears or reads; then what is done to its frames.
final class StreamSource {
  private enum Encoder {
    case frontEnd(any FrontEnd)
    case speech(SpeechEncoder, LayerSelection)
    case text(TextReader)
  }

  let name: String
  /// Whether the network was trained to do without the stream.
  let mayBeMissing: Bool
  private let encoder: Encoder
  private let preparation: StreamPreparation
  private let dtype: DType

  /// Throws for an encoder that this Affect does not have, or of another width than the bundle's frames.
  ///
  /// - Parameter hasTexts: whether every stretch will come with its words; a model that reads is otherwise loaded with the first
  init(
    _ stream: BundleConfiguration.Stream, _ preparation: StreamPreparation, hasTexts: Bool, locate: ModelLocator
  ) throws {
    self.preparation = preparation
    mayBeMissing = stream.mayBeMissing ?? false
    // Rounded as the features that the model was trained on.
    dtype = stream.dtype.flatMap(DType.init(rawValue:)) ?? .float32
    guard let pretrained = stream.pretrained else {
      let frontEnd = try FrontEnds.named(stream.encoder)
      (name, encoder) = (frontEnd.name, .frontEnd(frontEnd))
      try require(frontEnd.width)
      return
    }
    let folder = try locate(stream.encoder)
    name = stream.shortName
    guard let layer = LayerSelection(pretrained.layer),
      let context = SpeechEncoder.Context(rawValue: pretrained.context),
      let dtype = EncoderPrecision.dtype(pretrained.precision, on: .cpu)
    else {
      throw EncoderError.input(
        reason: "the bundle's stream \(stream.encoder) has a layer, precision or context that this Affect does not know"
      )
    }
    var options = EncoderOptions(dtype: dtype)
    options.context = context
    guard try PretrainedModel.kind(of: folder) == .speech else {
      let reader = TextReader(folder, options, layer, keepsSpecialTokens: pretrained.specialTokens)
      encoder = .text(reader)
      if hasTexts { try require(reader.width()) }
      return
    }
    let speech = try SpeechEncoder(folder: folder, options: options)
    encoder = .speech(speech, layer)
    try require(speech.frameWidth(of: layer))
  }

  /// Whether it reads the words instead of hearing the sound.
  var reads: Bool { if case .text = encoder { true } else { false } }

  /// Whether streams of several stretches may be made at the same time.
  var keepsNoState: Bool { if case .frontEnd = encoder { true } else { false } }

  /// Whether a stretch of any length is one frame, which tells nothing of its seconds.
  var describesWholes: Bool {
    if case .frontEnd(let frontEnd) = encoder { frontEnd is any ClipFrontEnd } else { false }
  }

  /// How many of the encoder's frames are one of the network's.
  var stack: Int { preparation.settings.stack }

  /// The stream of a stretch.
  ///
  /// - Throws: `RecognitionError.noText` for a stretch without words where the network can't do without them
  func stream(of stretch: Stretch) throws -> PreparedStretch.Stream {
    switch encoder {
    case .frontEnd(let frontEnd): return try prepared(frontEnd.features(of: stretch.samples))
    case .speech(let encoder, let layer):
      // The rest of a recording may be shorter than one frame.
      let silence = [Float](repeating: 0, count: max(encoder.shortest - stretch.samples.count, 0))
      return try prepared(layer.frames(of: encoder.hiddenStates(of: [stretch.samples + silence], layers: layer)[0]))
    case .text(let reader):
      guard let text = stretch.text else {
        guard mayBeMissing else { throw RecognitionError.noText(stream: name, start: stretch.start) }
        return try missing()
      }
      try require(reader.width())
      // Nothing was said, and a text of no tokens makes no frames.
      guard let features = try reader.features(of: text) else { return try missing() }
      var stream = try prepared(reader.layer.frames(of: features.states))
      stream.spans = features.spans
      return stream
    }
  }

  /// Tells what the frames of a stretch would be without some of its samples, where the source describes wholes; nil else. The
  /// function may be called on any thread; it gives the mean of standardised frames where nothing is left.
  func leavingOut(of stretch: Stretch) throws -> ((Range<Int>) throws -> Tensor)? {
    guard case .frontEnd(let encoder) = encoder, let encoder = encoder as? any ClipFrontEnd else { return nil }
    let features = try encoder.leavingOut(of: stretch.samples)
    return { part in try features(part).map { try self.prepared($0).frames } ?? self.missing().frames }
  }

  /// A stream of nothing: one frame of zeros, which is the mean of standardised frames, and what training puts in the place of
  /// a stream that it drops.
  func missing() throws -> PreparedStretch.Stream {
    PreparedStretch.Stream(frames: try Tensor.zeros([1, preparation.outputWidth]), isMissing: true)
  }

  private func prepared(_ features: Tensor) throws -> PreparedStretch.Stream {
    PreparedStretch.Stream(frames: try preparation(features.converted(to: dtype)))
  }

  private func require(_ width: Int) throws {
    guard width == preparation.inputWidth else {
      throw TensorError(
        operation: "loading a bundle",
        message: "its stream \(name) has \(preparation.inputWidth) numbers a frame, this Affect's \(width)")
    }
  }
}

/// A published model that reads, loaded when the first text comes.
private final class TextReader {
  private let folder: URL
  private let options: EncoderOptions
  let layer: LayerSelection
  private let keepsSpecialTokens: Bool
  private var model: (encoder: TextEncoder, tokenizer: Tokenizer)?

  init(_ folder: URL, _ options: EncoderOptions, _ layer: LayerSelection, keepsSpecialTokens: Bool) {
    (self.folder, self.options, self.layer) = (folder, options, layer)
    self.keepsSpecialTokens = keepsSpecialTokens
  }

  func loaded() throws -> (encoder: TextEncoder, tokenizer: Tokenizer) {
    if let model { return model }
    let made = (try TextEncoder(folder: folder, options: options), try Tokenizer(contentsOf: folder))
    model = made
    return made
  }

  /// Numbers in a frame, those of all its states.
  func width() throws -> Int { try loaded().encoder.frameWidth(of: layer) }

  /// The states of a text's tokens; nil for a text without any, and for one of blanks alone: nothing was said.
  func features(of text: String) throws -> TextFeatures? {
    let (encoder, tokenizer) = try loaded()
    let hasTokens = try tokenizer.encode(text).isSpecial.contains(false)
    guard hasTokens, !text.allSatisfy(\.isWhitespace) else { return nil }
    return try encoder.features(
      of: [text], tokenizer: tokenizer, layers: layer, keepsSpecialTokens: keepsSpecialTokens)[0]
  }
}
