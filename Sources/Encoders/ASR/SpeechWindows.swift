import Tensors

/// Where windows of log-mel frames are cut from.
protocol SpeechWindows: AnyObject {
  /// Frames of 10 ms in all, padding included where a clip is padded to 30 s.
  var frames: Int { get }
  /// Frames that hold sound.
  var realFrames: Int { get }
  /// Seconds of sound.
  var duration: Double { get }
  /// 30 s of frames from a place that is never before an earlier one; zeros follow the last frame: (3000, bins).
  func window(at start: Int) throws -> Tensor
}

/// A clip of at most 30 s, padded to that as the models were trained.
final class ClipWindows: SpeechWindows {
  /// (3000, bins)
  let logMel: Tensor
  let duration: Double
  let realFrames: Int
  var frames: Int { LogMel.paddedFrames }

  init(_ samples: [Float], _ frontEnd: LogMel) throws {
    logMel = try frontEnd.paddedFeatures(of: samples)
    duration = Double(samples.count) / Double(FrontEndAudio.sampleRate)
    realFrames = FrontEndAudio.frames(of: samples.count, hop: 160)
  }

  func window(at start: Int) throws -> Tensor {
    guard start > 0 else { return logMel }
    return try logMel.narrowed(0, start: start, length: frames - start).padded([0, 0, 0, start])
  }
}

/// A recording of more than 30 s. Its loudest place limits how quiet its frames can be, so that it is read once for that
/// and once for the windows.
final class RecordingWindows: SpeechWindows {
  let frames: Int
  let duration: Double
  var realFrames: Int { frames }
  private let frontEnd: LogMel
  /// The loudest of all frames, ()
  private let loudest: Tensor
  private var reader: PaddedReader

  /// The windows of a recording: of a clip where it is short.
  static func open(_ recording: Recording, _ frontEnd: LogMel) throws -> any SpeechWindows {
    let next = try recording.open()
    var beginning: [Float] = []
    while beginning.count <= LogMel.paddedSamples, let block = try next() { beginning += block }
    guard beginning.count > LogMel.paddedSamples else { return try ClipWindows(beginning, frontEnd) }
    return try RecordingWindows(recording, frontEnd)
  }

  private init(_ recording: Recording, _ frontEnd: LogMel) throws {
    var first = PaddedReader(try recording.open())
    var (done, loudest) = (0, try Tensor.full([], -10))
    while case let block = try first.frames(from: done, count: Frames.blockSize), block.count > 0 {
      loudest = try loudest.maximum(frontEnd.decades(of: block.samples, frames: block.count).max())
      done += block.count
    }
    (frames, self.loudest, self.frontEnd) = (done, loudest, frontEnd)
    duration = Double(first.sampleCount) / Double(FrontEndAudio.sampleRate)
    reader = PaddedReader(try recording.open())
  }

  func window(at start: Int) throws -> Tensor {
    let block = try reader.frames(from: start, count: LogMel.paddedFrames)
    let logMel = try frontEnd.scaled(frontEnd.decades(of: block.samples, frames: block.count), loudest: loudest)
    return block.count == LogMel.paddedFrames
      ? logMel : try logMel.padded([0, 0, 0, LogMel.paddedFrames - block.count])
  }
}

/// Samples as a centred transform sees them, mirrored at both ends by half a frame, of which those already passed are
/// forgotten.
private struct PaddedReader {
  private static let (size, hop, half) = (400, 160, 200)
  private let next: () throws -> [Float]?
  private var samples: [Float] = []
  /// The place of `samples[0]` in the mirrored signal.
  private var start = 0
  private var hasEnded = false
  /// Samples read, those that mirror others not counted.
  private(set) var sampleCount = 0

  init(_ next: @escaping () throws -> [Float]?) { self.next = next }

  /// The samples of frames from a place on, which is never before an earlier one, and how many frames they are: fewer at
  /// the end.
  mutating func frames(from first: Int, count: Int) throws -> (samples: [Float], count: Int) {
    try read(until: (first + count - 1) * Self.hop + Self.size)
    let passed = first * Self.hop - start
    if passed > 0 {
      // Half a frame stays: it is what is mirrored at the end.
      let forgotten = min(passed, max(samples.count - Self.size, 0))
      samples.removeFirst(forgotten)
      start += forgotten
    }
    let all = hasEnded ? sampleCount / Self.hop : Int.max
    let found = min(count, max(all - first, 0))
    guard found > 0 else { return ([], 0) }
    let offset = first * Self.hop - start
    return (Array(samples[offset..<(offset + (found - 1) * Self.hop + Self.size)]), found)
  }

  private mutating func read(until end: Int) throws {
    while !hasEnded, start + samples.count < end {
      guard let block = try next() else {
        hasEnded = true
        let last = samples.count - 1
        samples += (1...Self.half).map { samples[max(last - $0, 0)] }
        return
      }
      try FrontEndAudio.check(block)
      sampleCount += block.count
      samples += block
      guard start == 0, sampleCount > Self.half, sampleCount - block.count <= Self.half else { continue }
      samples = (1...Self.half).map { samples[$0] }.reversed() + samples
    }
  }
}
