import Foundation
import Tensors
import Tokenizers

/// Transcribes some clips or recordings, window after window.
final class TranscriptionRun {
  /// One of them.
  struct Source {
    let windows: any SpeechWindows
    /// The encoder's output for the window at the beginning, where it is at hand.
    let encoded: Tensor?
  }

  /// How far one of them is.
  final class State {
    let source: Source
    var seek = 0
    let end: Int
    let writesTimes: Bool
    let generator: Generator
    /// nil until the language is known
    var opening: [Int]?
    var language: Languages.Choice?
    var segments: [DecodedSegment] = []
    /// The tokens of what came before, for windows that are told.
    var previous: [Int]?
    var isTold: Bool

    init(_ source: Source, writesTimes: Bool, _ options: TranscriptionOptions) throws {
      self.source = source
      self.writesTimes = writesTimes
      let windows = source.windows
      end = options.stopsAtEnd ? windows.realFrames : windows.frames
      generator = try Generator(seed: options.seed)
      isTold = options.conditionsOnPreviousText
    }

    /// Frames of 10 ms in the window to be decoded.
    var frames: Int { min(end - seek, LogMel.paddedFrames) }
  }

  let model: WhisperTranscriber
  let options: TranscriptionOptions
  private let prompts: WindowPrompts

  /// Throws `TranscriptionError` for options that the model can't follow.
  init(_ model: WhisperTranscriber, _ options: TranscriptionOptions) throws {
    self.model = model
    self.options = options
    guard options.beams > 0, options.batchSize > 0, !options.temperatures.isEmpty else {
      throw TranscriptionError.option("at least one beam, one window at a time and one temperature are needed")
    }
    guard options.temperatures.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw TranscriptionError.option("a temperature is a number from 0")
    }
    guard options.maximumTokens.map({ $0 > 0 }) ?? true else {
      throw TranscriptionError.option("at least one token to a window is needed")
    }
    prompts = try WindowPrompts(model, options)
  }

  /// Transcribes all of them.
  func callAsFunction(
    _ sources: [Source], progress: (_ done: Double, _ total: Double) -> Void = { _, _ in }
  ) throws -> [Transcript] {
    try withoutGradients {
      let states = try sources.map { source in
        let isLong = source.windows.frames > LogMel.paddedFrames || source.windows.duration > 30
        let writesTimes = isLong || options.timestamps ?? false
        if writesTimes, model.configuration.noTimestamps == nil { throw TranscriptionError.timestamps }
        let state = try State(source, writesTimes: writesTimes, options)
        if options.conditionsOnPreviousText { state.previous = prompts.given }
        return state
      }
      let total = sources.reduce(0) { $0 + $1.windows.duration }
      var open = states.filter { $0.seek < $0.end }
      while !open.isEmpty {
        try advance(Array(open.prefix(options.batchSize)))
        open = open.filter { $0.seek < $0.end }
        progress(states.reduce(0) { $0 + min(Double($1.seek) / 100, $1.source.windows.duration) }, total)
      }
      return try states.map(transcript)
    }
  }

  /// Decodes one window of each.
  private func advance(_ states: [State]) throws {
    let outputs = try encoded(states)
    let memory = try model.decoder.crossMemory(Tensor.stacked(outputs))
    let undetected = states.indices.filter { states[$0].opening == nil }
    if !undetected.isEmpty {
      let found =
        try prompts.detectsLanguage
        ? model.detectLanguages(memory.selecting(undetected)) : undetected.map { _ in nil }
      for (place, language) in zip(undetected, found) {
        states[place].language = language ?? prompts.language
        states[place].opening = try prompts.opening(language, writesTimes: states[place].writesTimes)
      }
    }
    // Prompts of one length go together: none is padded.
    let all = states.map { state in prompts.prompt(of: state) }
    let kinds = Dictionary(grouping: states.indices) { place in
      WindowKind(length: all[place].count, writesTimes: states[place].writesTimes)
    }
    for (kind, places) in kinds.sorted(by: { $0.key < $1.key }) {
      let startPlace = kind.length - (states[places[0]].opening?.count ?? 1)
      let decoding = WindowDecoding(model, options, kind, startPlace: startPlace)
      let windows = try decoding(
        places.map { all[$0] }, memory.selecting(places), places.map { states[$0].generator })
      for (place, window) in zip(places, windows) { take(window, states[place]) }
    }
  }

  /// The encoder's outputs for the next window of each.
  private func encoded(_ states: [State]) throws -> [Tensor] {
    let missing = states.indices.filter { states[$0].seek > 0 || states[$0].source.encoded == nil }
    var outputs = states.map(\.source.encoded)
    if !missing.isEmpty {
      let windows = try missing.map { try states[$0].source.windows.window(at: states[$0].seek) }
      for (place, output) in zip(missing, try model.encode(windows).outputs) { outputs[place] = output }
    }
    return outputs.compactMap { $0 }
  }

  /// Adds a window's segments to a transcript and goes on to where the next one begins.
  private func take(_ result: WindowResult, _ state: State) {
    state.isTold = options.conditionsOnPreviousText && result.window.temperature < 0.5
    guard !result.isSilence else {
      state.seek += state.frames
      return
    }
    let (segments, frames) = DecodedSegment.split(
      result, from: state.seek, frames: state.frames, firstTimestamp: model.configuration.firstTimestamp)
    state.segments += segments
    state.seek += frames
    guard options.conditionsOnPreviousText else { return }
    let first = model.configuration.firstTimestamp
    let written = segments.flatMap { segment in
      // Of two timestamps at the end, the second says only that the window was not finished there.
      let tokens = segment.tokens
      return tokens.count > 2 && tokens[tokens.count - 2] >= first ? tokens.dropLast() : tokens[...]
    }
    state.previous = Array(((state.previous ?? []) + written).suffix(prompts.longestPast))
  }

  private func transcript(_ state: State) throws -> Transcript {
    let (duration, first) = (state.source.windows.duration, model.configuration.firstTimestamp)
    func text(_ tokens: [Int]) throws -> String {
      try model.tokenizer.decode(tokens.filter { $0 < first }).trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let segments = try state.segments.map { segment in
      let tokens = try zip(segment.tokens, segment.logProbabilities).map { id, logProbability in
        Transcript.Token(
          id: id, text: try model.tokenizer.decode([id], skipsSpecialTokens: false), probability: exp(logProbability))
      }
      // What is decoded from padding is no time of the recording.
      let start = min(max(segment.start, 0), duration)
      return Transcript.Segment(
        start: start, end: max(start, min(segment.end, duration)), text: try text(segment.tokens), tokens: tokens,
        temperature: segment.result.window.temperature,
        averageLogProbability: segment.result.averageLogProbability,
        compressionRatio: segment.result.compressionRatio, noSpeechProbability: segment.result.window.noSpeech)
    }
    return Transcript(
      language: state.language?.code ?? (model.isMultilingual ? nil : "en"),
      languageProbability: state.language?.probability, duration: duration,
      text: try text(state.segments.flatMap(\.tokens)), segments: segments)
  }
}
