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

  /// What Whisper sees around a clip.
  public enum Context: String, CaseIterable, Codable, Sendable {
    /// Silence up to 30 s, as it was trained.
    case window
    /// Nothing: the clip's frames alone are computed, many times faster. docs/encoders.md says how much this changes.
    case clip
  }

  private let network: any SpeechNetwork
  private let normalises: Bool
  private let options: EncoderOptions

  /// Loads a published model.
  ///
  /// - Parameters:
  ///   - folder: holds `config.json`, `preprocessor_config.json` and the weights in a published layout, or FACodec's
  ///     `ns3_facodec_encoder_v2.bin` and `ns3_facodec_decoder_v2.bin`
  ///   - options: what it computes in and on
  /// - Throws: `EncoderError`, and `FileError` for weights that can't be read
  public init(folder: URL, options: EncoderOptions = EncoderOptions()) throws {
    if let fault = options.fault { throw EncoderError.input(reason: fault) }
    if FACodec.isPublished(in: folder) {
      self.options = PretrainedModel.options(options, for: folder)
      network = try FACodec(folder: folder, dtype: self.options.dtype)
      normalises = false
      return
    }
    let folder = try ModelFolder(folder)
    let dtype = options.dtype
    let prefixes: [String]
    switch folder.type {
    case "wav2vec2", "hubert", "wavlm":
      network = try Wav2Vec2(folder.configuration(Wav2Vec2Configuration.self, fault: \.fault), dtype: dtype)
      normalises = folder.preprocessing("do_normalize", Bool.self) ?? true
      prefixes = [folder.type + "."]
    case "whisper":
      network = try WhisperSpeech(
        folder.configuration(WhisperConfiguration.self, fault: \.fault), context: options.context, dtype: dtype)
      normalises = false
      prefixes = ["model.encoder.", "encoder."]
    default: throw folder.unsupported("speech", Self.supported)
    }
    self.options = options
    let ignored = [
      "masked_spec_embed", "lm_head.", "quantizer.", "project_q.", "project_hid.", "classifier.", "projector.",
      "label_embs_concat", "final_proj.", "decoder.", "proj_out.", "layer_weights",
    ]
    try PublishedKeys(prefixes: prefixes, ignored: ignored)
      .load(network, from: PublishedWeights(folder.url), onto: options.device)
  }

  /// A network that is loaded already.
  init(_ network: any SpeechNetwork, options: EncoderOptions) {
    (self.network, self.options, normalises) = (network, options, false)
  }

  /// Numbers in a frame's hidden state.
  public var width: Int { network.width }
  /// Numbers in a state of what a selection of layers gives. Throws `EncoderError` for layers that are not there or that
  /// can't be put together.
  public func width(of layers: LayerSelection) throws -> Int {
    let widths = try layers.states(layers: network.layerCount).map(network.width)
    guard let width = widths.first, widths.allSatisfy({ $0 == width }) else {
      let list = widths.map(String.init).joined(separator: " and ")
      throw EncoderError.input(
        reason: "the model's states have \(list) numbers in a frame and can't be put together as '\(layers)'; "
          + "a number from 0 to \(network.layerCount), or last, takes one of them")
    }
    return width
  }
  /// Numbers in a row of `LayerSelection.frames(of:)`: those of all states of a frame. Throws as `width(of:)`.
  public func frameWidth(of layers: LayerSelection) throws -> Int {
    try width(of: layers) * (layers.resolved(layers: layerCount).count ?? 1)
  }
  /// How many layers there are; there is one hidden state more.
  public var layerCount: Int { network.layerCount }
  /// Seconds from one frame to the next.
  public var hop: Double { Double(network.hop) / Double(Self.sampleRate) }
  /// Samples that a clip must have at least.
  public var shortest: Int { network.receptiveField }
  /// What it computes in and on.
  public var dtype: DType { options.dtype }

  /// How many frames so many samples give.
  public func frames(samples: Int) -> Int {
    return cut(samples).frames(of: network.frames).reduce(0) { $0 + $1.count }
  }

  /// When frames are, in seconds from the clip's beginning: the middle of what each has seen of the sound.
  public func times(frames: Int) -> [Double] {
    (0..<frames).map { Double($0 * network.hop + network.centre) / Double(Self.sampleRate) }
  }

  /// Hidden states of clips with their times; see `hiddenStates(of:layers:report:)`.
  public func features(of clips: [[Float]], layers: LayerSelection = .last) throws -> [SpeechFeatures] {
    try hiddenStates(of: clips, layers: layers).map { SpeechFeatures(states: $0, times: times(frames: $0.size(-2))) }
  }

  /// Hidden states of clips, each as it would have alone: nothing is padded but what the model was trained to see padded.
  ///
  /// Clips of like length are computed together, up to the options' budget. Those longer than the options' window are cut
  /// into windows that overlap, and their frames are put together again.
  ///
  /// - Parameters:
  ///   - clips: mono samples at 16 kHz
  ///   - layers: which hidden states
  ///   - report: is told how many pieces are done, of how many
  /// - Returns: for each clip (frames, width), or (states, frames, width) for layers that are stacked
  /// - Throws: `EncoderError.input` for a clip that is too short, or holds what is no number
  public func hiddenStates(
    of clips: [[Float]], layers: LayerSelection = .last, report: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> [Tensor] {
    _ = try width(of: layers)
    for (number, clip) in clips.enumerated() {
      if let fault = fault(of: clip) { throw EncoderError.input(reason: "clip \(number) \(fault)") }
    }
    let windows = clips.map { cut($0.count) }
    let pieces = windows.enumerated().flatMap { clip, windows in windows.ranges.map { (clip: clip, range: $0) } }
    let levels = normalises ? clips.map(Self.level) : []
    var parts = [Tensor?](repeating: nil, count: pieces.count)
    let plan = BatchPlan(rows: pieces.map { network.rows(samples: $0.range.count) }, budget: options.rowBudget)
    var done = 0
    for batch in plan.batches {
      let samples = batch.map { number in
        let (clip, range) = pieces[number]
        return normalises ? levels[clip](clips[clip][range]) : Array(clips[clip][range])
      }
      for (number, states) in zip(batch, try computed(samples, layers)) { parts[number] = states }
      done += batch.count
      report(done, pieces.count)
    }
    let found = parts.compactMap { $0 }
    var first = 0
    return try windows.map { windows in
      defer { first += windows.ranges.count }
      guard windows.ranges.count > 1 else { return found[first] }
      return try Tensor.concatenated(
        windows.frames(of: network.frames).enumerated().map { number, frames in
          try found[first + number].narrowed(-2, start: frames.lowerBound, length: frames.count)
        }, dimension: -2)
    }
  }

  /// Why the model can't take a clip, as the rest of a sentence; nil where it can.
  public func fault(of clip: [Float]) -> String? {
    guard clip.count >= network.receptiveField else {
      return "has \(clip.count) samples; the model needs \(network.receptiveField)"
    }
    // Squares of samples far beyond full scale overflow; NaN fails the comparison too.
    let largest = FrontEndAudio.largestSample
    return clip.first { !(abs($0) <= largest) }.map { "has a sample of \($0); full scale is 1" }
  }

  /// What a selection of layers is of all hidden states, (states, frames, width).
  public func selected(_ layers: LayerSelection, from all: Tensor) throws -> Tensor {
    try withoutGradients {
      let rows = try layers.selected(from: all)
      return try layers == .last ? network.output(of: rows) : rows
    }
  }

  private func computed(_ clips: [[Float]], _ layers: LayerSelection) throws -> [Tensor] {
    try withoutGradients {
      var states = try HiddenStates(layers, layers: network.layerCount)
      try network.run(clips) { state, rows in
        try states.take(state, rows)
        return !states.isComplete(after: state)
      }
      let rows = try layers == .last ? network.output(of: states.result()) : states.result()
      guard clips.count > 1 else { return [rows] }
      // Copies, so that one clip's states do not keep those of the whole batch in memory.
      return try rows.split(clips.map { network.frames(samples: $0.count) }, dimension: -2).map { try $0.clone() }
    }
  }

  private func cut(_ samples: Int) -> AudioWindows {
    let rate = Double(Self.sampleRate)
    let longest = min(Int(options.window * rate), network.longest ?? .max) / network.hop * network.hop
    return AudioWindows(
      samples: samples, longest: longest, overlap: Int(options.overlap * rate) / network.hop * network.hop,
      hop: network.hop)
  }

  /// What brings a clip to mean 0 and deviation 1, as the models were trained. A window is brought there with its clip.
  private static func level(of clip: [Float]) -> (ArraySlice<Float>) -> [Float] {
    let mean = clip.reduce(0.0) { $0 + Double($1) } / Double(clip.count)
    let variance = clip.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(clip.count)
    let scale = 1 / (variance + 1e-7).squareRoot()
    return { samples in samples.map { Float((Double($0) - mean) * scale) } }
  }
}

/// Hidden states of a clip with the times of their frames.
public struct SpeechFeatures {
  /// (frames, width), or (states, frames, width)
  public let states: Tensor
  /// When each frame is, in seconds from the clip's beginning.
  public let times: [Double]
}
