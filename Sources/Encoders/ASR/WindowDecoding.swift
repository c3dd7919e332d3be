import Tensors

/// Windows that can be decoded together: their prompts have one length, and all or none write times.
struct WindowKind: Hashable, Comparable {
  let length: Int
  let writesTimes: Bool

  static func < (a: WindowKind, b: WindowKind) -> Bool {
    a.length != b.length ? a.length < b.length : !a.writesTimes && b.writesTimes
  }
}

/// A decoded window, and what the thresholds say of it.
struct WindowResult {
  /// Without the end token.
  let window: DecodedWindow
  /// With the end token, as it was judged.
  let averageLogProbability: Float
  let compressionRatio: Double
  /// Whether it is passed over as silence.
  let isSilence: Bool
}

/// Decodes windows at one temperature after the other until each passes the thresholds (Radford et al. 2022, section 4.5).
struct WindowDecoding {
  private let search: TokenSearch
  private let options: TranscriptionOptions
  private let vocabularySize: Int

  /// - Parameter startPlace: where the start token is in the prompts
  init(_ model: WhisperTranscriber, _ options: TranscriptionOptions, _ kind: WindowKind, startPlace: Int) {
    let (configuration, decoder) = (model.configuration, model.decoder)
    let most = decoder.longest
    // As transformers counts: the prompt is not part of a length that the model's files state.
    let stated = (configuration.maximumLength ?? most) + min(most / 2 - 1, kind.length)
    search = TokenSearch(
      decoder: decoder,
      rules: TokenRules(configuration, timestamps: kind.writesTimes, vocabularySize: decoder.vocabularySize),
      startPlace: startPlace, noSpeech: configuration.noSpeech, topK: configuration.topK,
      lengthPenalty: configuration.lengthPenalty,
      longest: min(options.maximumTokens.map { kind.length + $0 } ?? stated, most))
    self.options = options
    vocabularySize = decoder.vocabularySize
  }

  /// Decodes windows.
  ///
  /// - Parameters:
  ///   - prompts: of one length
  ///   - generators: one for each window
  func callAsFunction(
    _ prompts: [[Int]], _ memory: WhisperCrossMemory, _ generators: [Generator]
  ) throws -> [WindowResult] {
    var results = [WindowResult?](repeating: nil, count: prompts.count)
    var open = Array(prompts.indices)
    for temperature in options.temperatures {
      let (asked, part) = (open.map { prompts[$0] }, try memory.selecting(open))
      let windows =
        try temperature == 0 && options.beams > 1
        ? search.beams(asked, part, count: options.beams)
        : search.greedy(asked, part, temperature: temperature, generators: open.map { generators[$0] })
      var failed: [Int] = []
      for (place, window) in zip(open, windows) {
        let (result, passes) = judged(window)
        results[place] = result
        if !passes { failed.append(place) }
      }
      if failed.isEmpty { break }
      open = failed
    }
    return results.compactMap { $0 }
  }

  private func judged(_ window: DecodedWindow) -> (WindowResult, passes: Bool) {
    let ratio = CompressionRatio.of(window.tokens, vocabularySize: vocabularySize)
    let average = window.averageLogProbability
    let repeats = options.compressionRatioThreshold.map { ratio > $0 } ?? false
    let isInDoubt = options.logProbabilityThreshold.map { Double(average) < $0 } ?? false
    let isSilence: Bool
    if isInDoubt, let threshold = options.noSpeechThreshold, let noSpeech = window.noSpeech {
      isSilence = Double(noSpeech) > threshold
    } else {
      isSilence = false
    }
    let result = WindowResult(
      window: window.ended(by: search.rules.end), averageLogProbability: average, compressionRatio: ratio,
      isSilence: isSilence)
    return (result, isSilence || !(repeats || isInDoubt))
  }
}
