import Tensors

/// Decodes windows that have prompts of one length, together.
struct TokenSearch {
  let decoder: WhisperDecoder
  let rules: TokenRules
  /// The place of the start token in the prompts: what the model predicts there tells windows without speech.
  let startPlace: Int
  let noSpeech: Int?
  let topK: Int
  let lengthPenalty: Double
  /// The most tokens that a sequence may have, the prompt included.
  let longest: Int

  /// Reads the prompts.
  ///
  /// - Returns: the logits that follow, float32 (sequences, vocabulary), and each clip's probability of no speech
  func begin(_ prompts: [[Int]], _ cache: WhisperCache) throws -> (logits: Tensor, noSpeech: [Float?]) {
    let last = (prompts.first?.count ?? 1) - 1
    let rows = prompts.flatMap { prompt in Array(repeating: prompt, count: cache.sequences) }
    let wanted = startPlace < last ? [startPlace, last] : [last]
    let logits = try decoder.logits(after: rows, wanted: wanted, cache)
    var probabilities = [Float?](repeating: nil, count: prompts.count)
    if let noSpeech {
      let starts = try logits.select(1, 0).softmax(-1).select(1, noSpeech).array(of: Float.self)
      for clip in prompts.indices { probabilities[clip] = starts[clip * cache.sequences] }
    }
    return (try logits.select(1, wanted.count - 1).contiguous(), probabilities)
  }

  /// Writes the likeliest token again and again; at a temperature, one drawn by probability.
  ///
  /// - Parameters:
  ///   - generators: one for each window where a temperature is given, so that a window's draws do not depend on the others
  func greedy(
    _ prompts: [[Int]], _ memory: WhisperCrossMemory, temperature: Double = 0, generators: [Generator] = []
  ) throws -> [DecodedWindow] {
    let cache = try decoder.cache(memory, sequences: 1, capacity: longest)
    let (first, noSpeech) = try begin(prompts, cache)
    var logits = first
    var windows = noSpeech.map {
      DecodedWindow(tokens: [], logProbabilities: [], noSpeech: $0, temperature: temperature)
    }
    // The windows that are still being written, one to a row of the cache.
    var open = Array(prompts.indices)
    while true {
      for (row, window) in open.enumerated() {
        let scores = try logits[row]
        let (token, probability) =
          try temperature > 0
          ? drawn(scores, windows[window].tokens, temperature, generators[window])
          : likeliest(scores, windows[window].tokens)
        windows[window].tokens.append(token)
        windows[window].logProbabilities.append(probability)
      }
      let isFull = cache.length + 1 >= longest
      let rows = open.indices.filter { !isFull && windows[open[$0]].tokens.last != rules.end }
      if rows.isEmpty { return windows }
      if rows.count < open.count {
        try cache.keep(clips: rows)
        open = rows.map { open[$0] }
      }
      logits = try decoder.logits(after: open.map { [windows[$0].tokens.last ?? rules.end] }, wanted: [0], cache)
        .select(1, 0).contiguous()
    }
  }

  /// The likeliest token that is allowed, with its log-probability among those.
  private func likeliest(_ scores: Tensor, _ written: [Int]) throws -> (Int, Float) {
    try scores.withUnsafeMutableElements(of: Float.self) { scores in
      rules.apply(to: scores, after: written)
      var best = 0
      for id in scores.indices where scores[id] > scores[best] { best = id }
      return (best, scores[best] - TokenRules.logSumExp(scores[...]))
    }
  }

  /// A token drawn from the `topK` likeliest, as transformers does. Its log-probability is that without temperature.
  private func drawn(
    _ scores: Tensor, _ written: [Int], _ temperature: Double, _ generator: Generator
  ) throws -> (Int, Float) {
    try scores.withUnsafeMutableElements(of: Float.self) { rules.apply(to: $0, after: written) }
    var warm = try scores / temperature
    if topK > 0, topK < warm.count {
      let least = try warm.topk(topK).values.select(0, topK - 1)
      warm = try warm.masked(where: warm .< least, with: -.infinity)
    }
    let token = try warm.softmax(-1).unsqueezed(0).multinomial(generator: generator).item(of: Int.self)
    let probability = try (warm * temperature).logSoftmax(-1).select(0, token).item(of: Float.self)
    return (token, probability)
  }
}
