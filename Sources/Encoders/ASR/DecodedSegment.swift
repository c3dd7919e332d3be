/// A stretch of a decoded window between timestamps.
struct DecodedSegment {
  /// Seconds from the beginning of the recording.
  let start: Double
  let end: Double
  let tokens: [Int]
  let logProbabilities: [Float]
  let result: WindowResult

  /// Seconds of a timestamp's step, and of a frame.
  private static let (step, frame) = (0.02, 0.01)

  /// Cuts a window where two timestamps follow each other: there a segment ends and the next begins.
  ///
  /// - Parameters:
  ///   - seek: the window's first frame of 10 ms
  ///   - frames: how many it has that are not padding
  ///   - firstTimestamp: the id of `<|0.00|>`
  /// - Returns: the segments, and by how many frames the next window begins later: where the last whole segment ends, if
  ///   the model began another that it could not finish, else behind this window
  static func split(
    _ result: WindowResult, from seek: Int, frames: Int, firstTimestamp: Int
  ) -> (segments: [DecodedSegment], frames: Int) {
    let (tokens, offset) = (result.window.tokens, Double(seek) * frame)
    func position(_ index: Int) -> Int { tokens[index] - firstTimestamp }
    func segment(_ range: Range<Int>, _ start: Double, _ end: Double) -> DecodedSegment {
      DecodedSegment(
        start: start, end: end, tokens: Array(tokens[range]),
        logProbabilities: Array(result.window.logProbabilities[range]), result: result)
    }
    let isTimestamp = tokens.map { $0 >= firstTimestamp }
    var cuts = tokens.indices.dropFirst().filter { isTimestamp[$0 - 1] && isTimestamp[$0] }
    guard !cuts.isEmpty else {
      var last = Double(Int(Double(frames) * frame / step))
      if let index = isTimestamp.lastIndex(of: true), position(index) != 0 { last = Double(position(index)) }
      return ([segment(tokens.indices, offset, offset + last * step)], frames)
    }
    // One timestamp at the end says that nothing is spoken after it.
    let isFinished = isTimestamp.suffix(2) == [false, true]
    if isFinished { cuts.append(tokens.count) } else { cuts[cuts.count - 1] += 1 }
    var segments: [DecodedSegment] = []
    var first = 0
    for (number, cut) in cuts.enumerated() {
      let last = number == cuts.count - 1 && !isFinished ? cut - 2 : cut - 1
      segments.append(
        segment(first..<cut, offset + Double(position(first)) * step, offset + Double(position(last)) * step))
      first = cut
    }
    // Without the rules for timestamps a model may write that nothing is over; standing still would be for ever.
    let whole = position(first - 2) * 2
    return (segments, isFinished || whole <= 0 ? frames : whole)
  }
}
