/// What one window of 30 s was decoded to.
struct DecodedWindow {
  /// The tokens after the prompt, with the end token where it was written.
  var tokens: [Int]
  /// The log-probability of each among those that were allowed.
  var logProbabilities: [Float]
  /// The probability that nobody speaks; nil where the model has no token for that.
  var noSpeech: Float?
  /// The temperature at which it was decoded.
  var temperature = 0.0
  /// The score by which beam search chose it: the sum of the log-probabilities that searching adds up, over the length.
  var beamScore: Float?

  /// The mean log-probability, the end token included.
  var averageLogProbability: Float {
    tokens.isEmpty ? -.infinity : logProbabilities.reduce(0, +) / Float(tokens.count)
  }

  /// Without the end token.
  func ended(by end: Int) -> DecodedWindow {
    guard tokens.last == end else { return self }
    var window = self
    window.tokens.removeLast()
    window.logProbabilities.removeLast()
    return window
  }
}
