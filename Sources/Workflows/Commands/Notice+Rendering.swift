extension FeatureExtraction.Progress {
  /// The state as a person reads it.
  var rendered: Notice {
    let speed = Double(done) / max(elapsed, 1e-9)
    let text =
      "features of \(done)/\(total) clips, \(Int(speed)) clips/s, \(spoken(seconds: Double(total - done) / speed)) left"
    return done == total ? .line("features of \(total) clips in \(spoken(seconds: elapsed))") : .status(text)
  }
}
