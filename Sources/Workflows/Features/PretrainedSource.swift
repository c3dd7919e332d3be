import Corpora
import Crypto
import Encoders
import FeatureStore
import Foundation
import Hub
import Synchronization
import Tensors
import Tokenizers

/// A published model as a source of features: of the sound of clips, or of their transcripts.
final class PretrainedSource {
  /// What is given to it of one clip.
  enum Input {
    case samples([Float])
    case tokens(Encoding)
  }

  let kind: PretrainedModel.Kind
  /// Where the model lies.
  let folder: URL
  private let options: EncoderOptions
  private let layer: LayerSelection
  private let keepsSpecialTokens: Bool
  private var model: PretrainedModel?
  private var tokenizer: Tokenizer?
  /// Who writes down the clips from the same pass of the encoder; nil where features alone are wanted.
  var scribe: ClipScribe?

  /// Changes whenever this code could give other numbers for the same weights.
  private static let version = "pretrained 1"

  /// Reads what kind of model it is; the weights are loaded when they are first needed.
  init(_ folder: URL, _ choice: EncoderChoice) throws {
    self.folder = folder
    kind = try PretrainedModel.kind(of: folder)
    options = try PretrainedModel.options(
      EncodeCommand.encoding(dtype: choice.precision, device: choice.device, context: choice.context), for: folder)
    guard let layer = LayerSelection(choice.layer) else { throw EncodeError.layer(choice.layer) }
    // Written out, so that the set's identity says how many states a frame has, and all of them are one set however named.
    self.layer = layer.isStacked ? try layer.resolved(layers: PretrainedModel.layerCount(of: folder)) : layer
    keepsSpecialTokens = choice.specialTokens
  }

  /// What decides the numbers: the files of the model, the layer, the precision, the code.
  func identity(_ dtype: DType) throws -> EncoderIdentity {
    var settings = [
      "version": Self.version, "model_type": try PretrainedModel.type(of: folder), "files": try checksum(),
      "layer": layer.description, "precision": options.dtype.rawValue,
    ]
    switch kind {
    case .speech:
      settings["context"] = options.context.rawValue
      settings["windows"] = "\(options.window) s, overlap \(options.overlap) s"
    case .text: settings["special_tokens"] = keepsSpecialTokens ? "kept" : "dropped"
    }
    let name = Hub.name(of: folder).map { letter in
      letter.isASCII && (letter.isLetter || letter.isNumber || "._-".contains(letter)) ? letter : "-"
    }
    return EncoderIdentity(name: String(name), settings: settings, dtype: dtype)
  }

  /// The version of what it reads of a clip: the audio file, or the transcript's content.
  func stamp(of utterance: Utterance, audio: SourceStamp?) -> SourceStamp? {
    guard kind == .text else { return audio }
    return utterance.transcript.map { text in
      let digest = SHA256.hash(data: Data(text.utf8)).prefix(6).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return SourceStamp(bytes: text.utf8.count, modified: Double(digest))
    }
  }

  /// About how many bytes the features of a clip take. Loads the model.
  func expectedBytes(of utterance: Utterance, seconds: Double, dtype: DType) throws -> Int {
    switch try loaded() {
    case .speech(let encoder): try Int(seconds / encoder.hop) * encoder.frameWidth(of: layer) * dtype.byteCount
    case .text(let encoder):
      try ((utterance.transcript?.utf8.count ?? 0) / 4 + 2) * encoder.frameWidth(of: layer) * dtype.byteCount
    }
  }

  /// How many clips are computed together, and of how many bytes of files at the most: whichever comes first. What clips
  /// are computed with is decided by their places in the store, never by what was done before, so that the last bits are
  /// the same whoever makes them. With several states to a frame they are fewer, so that a group takes no more memory.
  var group: (clips: Int, bytes: Int) {
    let states = layer.count ?? 1
    return kind == .speech ? (16, 16_000_000 / states) : (max(256 / states, 1), 1_000_000)
  }

  /// The samples of a clip, as the model reads them. Throws where it can't.
  func input(_ samples: [Float], path: String) throws -> Input {
    guard case .speech(let encoder) = try loaded() else {
      throw EncodeError.input(model: folder.path, kind: "text", option: "--text STRING")
    }
    guard samples.count >= encoder.shortest else {
      let rate = Double(SpeechEncoder.sampleRate)
      throw ClipLength(
        path: path, seconds: Double(samples.count) / rate, limit: .shortest(Double(encoder.shortest) / rate))
    }
    if let fault = encoder.fault(of: samples) { throw EncoderError.input(reason: "\(path): it \(fault)") }
    return .samples(samples)
  }

  /// The tokens of a clip's transcript. Throws where there is none, or the model can't read it.
  func input(of utterance: Utterance) throws -> Input {
    guard case .text(let encoder) = try loaded() else {
      throw EncodeError.input(model: folder.path, kind: "speech", option: "--audio FILE")
    }
    guard let text = utterance.transcript else {
      throw EncoderError.input(
        reason: "\(utterance.fileName) has no transcript; Transcripts/\(utterance.name).txt is expected")
    }
    let tokenizer = try readTokenizer()
    let encoding = try tokenizer.encode(text)
    if let fault = encoder.fault(of: encoding.ids) {
      throw EncoderError.input(reason: "the transcript of \(utterance.fileName) \(fault)")
    }
    if !keepsSpecialTokens, encoding.isSpecial.allSatisfy({ $0 }) {
      throw EncoderError.input(reason: "the transcript of \(utterance.fileName) has no tokens but special ones")
    }
    return .tokens(encoding)
  }

  /// The tokenizer, read once. (Of ?? before an initialiser that throws, Swift 6.3.1 makes code that loses the error.)
  private func readTokenizer() throws -> Tokenizer {
    if let tokenizer { return tokenizer }
    let read = try Tokenizer(contentsOf: folder)
    tokenizer = read
    return read
  }

  /// Features of clips, each (frames, width), the width being that of all states.
  ///
  /// - Parameter names: the clips' files
  func features(of inputs: [Input], names: [String]) throws -> [Tensor] {
    switch try loaded() {
    case .speech(let encoder):
      let clips = inputs.compactMap { input -> [Float]? in
        if case .samples(let samples) = input { samples } else { nil }
      }
      let states =
        try scribe?.features(of: clips, names: names, layers: layer)
        ?? encoder.hiddenStates(of: clips, layers: layer)
      return try states.map(layer.frames)
    case .text(let encoder):
      let tokens = inputs.compactMap { input -> Encoding? in if case .tokens(let tokens) = input { tokens } else { nil }
      }
      let states = try encoder.hiddenStates(of: tokens.map(\.ids), layers: layer).map(layer.frames)
      guard !keepsSpecialTokens else { return states }
      return try zip(tokens, states).map { tokens, states in
        let kept = tokens.ids.indices.filter { !tokens.isSpecial[$0] }
        return try states.indexSelected(0, Tensor(kept).moved(to: states.device))
      }
    }
  }

  private func loaded() throws -> PretrainedModel {
    if let model { return model }
    let model: PretrainedModel
    if let scribe {
      model = .speech(try scribe.whisper().speechEncoder)
    } else {
      model = try PretrainedModel(folder: folder, options: options)
    }
    self.model = model
    return model
  }

  // MARK: - Checksum

  private static let checksums = Mutex<[String: String]>([:])

  /// The SHA-256 of all files that decide the numbers, read once in a process.
  private func checksum() throws -> String {
    var names = ["config.json"]
    switch kind {
    case .speech: names.append("preprocessor_config.json")
    case .text:
      names += [
        "tokenizer.json", "tokenizer_config.json", "added_tokens.json", "vocab.json", "merges.txt", "vocab.txt",
        "spm.model",
      ]
    }
    let small = names.map { folder.appending(path: $0) }.filter { FileManager.default.fileExists(atPath: $0.path) }
    let files = try small + PretrainedModel.weightFiles(of: folder)
    let key = try files.map { file in
      let stamp = try SourceStamp(of: file)
      return "\(file.path) \(stamp.bytes) \(stamp.modified)"
    }.joined(separator: "\n")
    if let known = Self.checksums.withLock({ $0[key] }) { return known }
    var hash = SHA256()
    for file in files {
      hash.update(data: Data((file.lastPathComponent + "\n").utf8))
      let handle = try FileHandle(forReadingFrom: file)
      defer { try? handle.close() }
      while let block = try handle.read(upToCount: 4 << 20), !block.isEmpty { hash.update(data: block) }
    }
    let sum = hash.finalize().map { String(format: "%02x", $0) }.joined()
    Self.checksums.withLock { $0[key] = sum }
    return sum
  }
}
