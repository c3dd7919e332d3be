extension FeatureExtraction.Progress {
  /// The state as a person reads it.
  var rendered: Notice {
    guard done < total else { return .line("features of \(total) clips in \(spoken(seconds: elapsed))") }
    // What the first clips take says little of the others: it is the start of threads and libraries.
    guard elapsed >= 1, done > 0 else { return .status("features of \(done)/\(total) clips") }
    let speed = Double(done) / elapsed
    return .status(
      "features of \(done)/\(total) clips, \(Int(speed)) clips/s, \(spoken(seconds: Double(total - done) / speed)) left"
    )
  }
}
