import Audio
import Basics
import Encoders
public import Foundation
import Hub
import Tensors
import Tokenizers

/// `affect encode`
public struct EncodeCommand {
  /// What is encoded.
  public enum Input: Sendable {
    /// A recording, of any format and length.
    case audio(URL)
    /// A text.
    case text(String)
  }

  /// What to do.
  public struct Options: Sendable {
    /// The model: its folder as it is published, or its id on the hub.
    public var model: String
    /// What is encoded.
    public var input: Input
    /// The file of tensors.
    public var output: URL
    /// Whether to write all hidden states too.
    public var allLayers = false
    /// `last`, a number, `mean:FIRST-LAST` or `sum:FIRST-LAST`.
    public var layer = "last"
    /// What the encoder computes in: `auto`, `float32` or `bfloat16`.
    public var dtype = "auto"
    /// Where it computes.
    public var device = "cpu"
    /// What Whisper sees around a clip: `window` or `clip`.
    public var context = SpeechEncoder.Context.window.rawValue
    /// Whether a text's special tokens come out.
    public var keepsSpecialTokens = true

    /// Options with the required ones.
    public init(model: String, input: Input, output: URL) {
      (self.model, self.input, self.output) = (model, input, output)
    }
  }

  /// What came of it.
  struct Summary: Encodable {
    let output: String
    let model: String
    let layer: String
    let dtype: String
    let tensors: [String: [Int]]
    let seconds: Double
    /// The most main memory that the process has held, in bytes; nil where the system does not say.
    let peakMemory: Int?

    var text: String {
      let shapes = tensors.sorted { $0.key < $1.key }.map { name, shape in
        "\(name) (\(shape.map(String.init).joined(separator: ", ")))"
      }
      return "\(output): \(shapes.joined(separator: ", ")), computed in \(dtype) in \(decimals(seconds, 1)) s"
    }
  }

  private let options: Options
  private let layer: LayerSelection
  private let encoding: EncoderOptions
  private let report: (Notice) -> Void

  /// A command that tells `report` how it goes. Throws `EncodeError` for options that make no sense.
  public init(_ options: Options, report: @escaping (Notice) -> Void) throws {
    self.options = options
    self.report = report
    guard let layer = LayerSelection(options.layer), !layer.isStacked else { throw EncodeError.layer(options.layer) }
    self.layer = layer
    encoding = try Self.encoding(dtype: options.dtype, device: options.device, context: options.context)
  }

  static func encoding(dtype: String, device: String, context: String) throws -> EncoderOptions {
    guard let found = Device(device) else { throw EncodeError.device(device) }
    guard found.isAvailable else { throw EncodeError.noDevice(device) }
    guard let precision = EncoderPrecision.dtype(dtype, on: found) else { throw EncodeError.dtype(dtype) }
    guard let context = SpeechEncoder.Context(rawValue: context) else { throw EncodeError.context(context) }
    var options = EncoderOptions(device: found, dtype: precision)
    options.context = context
    return options
  }

  /// Encodes and writes `last` (frames, width), which is the layer asked for; with all layers, `hidden` (layers + 1, frames,
  /// width); `times` of frames in seconds, or `ids` and `spans` of tokens. All numbers are float32, whatever they were
  /// computed in; the file's metadata says that.
  public func run() throws -> CommandResult {
    let start = Date()
    let folder = try ModelLocation.folder(options.model, report: report)
    let encoding = PretrainedModel.options(self.encoding, for: folder)
    var tensors: [String: Tensor]
    switch (try PretrainedModel.kind(of: folder), options.input) {
    case (.speech, .audio(let file)): tensors = try speech(file, folder, encoding)
    case (.text, .text(let text)): tensors = try self.text(text, folder, encoding)
    case (.speech, .text):
      throw EncodeError.input(model: options.model, kind: "speech", option: "--audio FILE")
    case (.text, .audio):
      throw EncodeError.input(model: options.model, kind: "text", option: "--text STRING")
    }
    for name in ["last", "hidden"] {
      tensors[name] = try tensors[name]?.moved(to: .cpu).converted(to: .float32).contiguous()
    }
    try SafeTensors.write(
      tensors,
      metadata: [
        "model": Hub.name(of: folder), "model_type": try PretrainedModel.type(of: folder),
        "layer": layer.description, "dtype": encoding.dtype.rawValue, "device": encoding.device.description,
        "context": encoding.context.rawValue, "special_tokens": options.keepsSpecialTokens ? "kept" : "dropped",
      ], to: options.output)
    let summary = Summary(
      output: options.output.path, model: folder.path, layer: layer.description, dtype: encoding.dtype.rawValue,
      tensors: tensors.mapValues(\.shape), seconds: Date().timeIntervalSince(start),
      peakMemory: Runtime.peakResidentMemory)
    return try CommandResult(text: summary.text, json: summary)
  }

  private func speech(_ file: URL, _ folder: URL, _ encoding: EncoderOptions) throws -> [String: Tensor] {
    let clip = try AudioFile.decode(file)
    report(.status("loading \(Hub.name(of: folder))"))
    let encoder = try SpeechEncoder(folder: folder, options: encoding)
    guard clip.samples.count >= encoder.shortest else {
      throw ClipLength(
        path: file.path, seconds: clip.duration,
        limit: .shortest(Double(encoder.shortest) / Double(SpeechEncoder.sampleRate)))
    }
    let states = try encoder.hiddenStates(of: [clip.samples], layers: options.allLayers ? .all : layer) { done, total in
      report(.status("window \(done) of \(total), \(spoken(seconds: clip.duration)) of sound"))
    }[0]
    var tensors = ["last": options.allLayers ? try encoder.selected(layer, from: states) : states]
    if options.allLayers { tensors["hidden"] = states }
    tensors["times"] = try Tensor(encoder.times(frames: states.size(-2)))
    return tensors
  }

  private func text(_ text: String, _ folder: URL, _ encoding: EncoderOptions) throws -> [String: Tensor] {
    let tokenizer = try Tokenizer(contentsOf: folder)
    report(.status("loading \(Hub.name(of: folder))"))
    let encoder = try TextEncoder(folder: folder, options: encoding)
    let made = try encoder.features(
      of: [text], tokenizer: tokenizer, layers: options.allLayers ? .all : layer,
      keepsSpecialTokens: options.keepsSpecialTokens)[0]
    var tensors = ["last": options.allLayers ? try encoder.selected(layer, from: made.states) : made.states]
    if options.allLayers { tensors["hidden"] = made.states }
    tensors["ids"] = try Tensor(made.ids)
    tensors["spans"] = try Tensor(made.spans.flatMap { [$0.lowerBound, $0.upperBound] }, shape: [made.spans.count, 2])
    return tensors
  }
}

/// A command line of `affect encode` that makes no sense, or a model that can't do what it asks.
public enum EncodeError: Error, Equatable, CustomStringConvertible {
  /// A layer that is none.
  case layer(String)
  /// A dtype that encoders don't compute in.
  case dtype(String)
  /// A device that there is not.
  case device(String)
  /// A device that this machine or LibTorch lacks.
  case noDevice(String)
  /// A context that Whisper can't have.
  case context(String)
  /// A model of another kind than the input.
  case input(model: String, kind: String, option: String)

  /// Whether the command line itself makes no sense.
  public var isUsage: Bool {
    switch self {
    case .layer, .dtype, .device, .context: true
    case .noDevice, .input: false
    }
  }

  /// A sentence that says what is wrong and what would be right.
  public var description: String {
    switch self {
    case .layer(let text):
      "--layer \(text) is no layer; last, a number such as 12 or -2, mean:FIRST-LAST or sum:FIRST-LAST is expected"
    case .dtype(let name):
      "encoders can't compute in \(name); they can in \(EncoderPrecision.names.joined(separator: ", "))"
    case .device(let name): "there is no device '\(name)'; cpu, cuda, cuda:0 and mps are some"
    case .noDevice(let name):
      "this machine, or the LibTorch that Affect was built with, has no device '\(name)'; cpu is there"
    case .context(let name): "--context \(name) is none; window and clip are"
    case .input(let model, let kind, let option): "\(model) is a \(kind) model; give it \(option)"
    }
  }
}
