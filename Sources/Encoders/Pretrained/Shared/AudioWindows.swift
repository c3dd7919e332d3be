/// How a recording that is too long for one piece is cut into overlapping windows, and their frames put together again.
///
/// Windows begin at multiples of the hop, so that their frames lie where those of the whole recording do. Of two windows
/// that overlap, each gives the half of the overlap that is farther from its own end: every frame has seen what is around it.
struct AudioWindows: Equatable {
  /// The samples of each window, in order.
  let ranges: [Range<Int>]
  private let hop: Int

  /// Windows over so many samples; one where they are no more than `longest`.
  ///
  /// - Parameters:
  ///   - longest: samples of a window
  ///   - overlap: samples that neighbours share at least, less than `longest`
  ///   - hop: samples from frame to frame
  init(samples: Int, longest: Int, overlap: Int, hop: Int) {
    self.hop = hop
    guard samples > longest else {
      ranges = [0..<samples]
      return
    }
    // Evenly spread: the last window is as long as the others.
    let step = longest - overlap - hop
    let rest = samples - longest
    let steps = (rest + step - 1) / step
    ranges = (0...steps).map { number in
      let start = (rest * number / steps + hop - 1) / hop * hop
      return start..<min(start + longest, samples)
    }
  }

  /// The frames that each window gives, counted from its own first frame.
  ///
  /// - Parameter frames: how many frames so many samples have
  func frames(of frames: (Int) -> Int) -> [Range<Int>] {
    let first = ranges.map { $0.lowerBound / hop }
    let counts = ranges.map { frames($0.count) }
    // Where a window ends and the next begins, counted from the recording's first frame.
    let cuts = ranges.indices.dropFirst().map { (first[$0] + first[$0 - 1] + counts[$0 - 1]) / 2 }
    return ranges.indices.map { number in
      let start = number == 0 ? 0 : cuts[number - 1] - first[number]
      let end = number == ranges.count - 1 ? counts[number] : cuts[number] - first[number]
      return start..<end
    }
  }
}
