/// Finds utterances in a recording that comes block by block, in memory that does not grow with its length.
///
///     var detector = VoiceActivityDetector()
///     while let block = try decoder.next() { utterances += detector.add(block) }
///     utterances += detector.finish()
///
/// A frame of 25 ms counts as voiced where its energy above 120 Hz stands out of the recording's own noise: at least 6 dB, and two
/// fifths of the way to its loud frames, over the half minute before and what `Options.lookahead` says after it. Voiced stretches that pauses of
/// less than `Options.pause` part are one utterance (a tone that goes on for half a minute without a dip counts as noise); one that grows beyond `Options.longest` ends at its quietest frame.
public struct VoiceActivityDetector: Sendable {
  /// Durations in seconds.
  public struct Options: Equatable, Sendable {
    /// A pause that ends an utterance.
    public var pause = 0.25
    /// An utterance shorter than this is a click or a breath, and left out.
    public var shortest = 0.15
    /// An utterance longer than this is cut.
    public var longest = 15.0
    /// What is added before and after, so that soft beginnings and ends are kept.
    public var margin = 0.1
    /// What is heard after a frame before it is judged: the more, the better its loudness is known, and the later the answer.
    public var lookahead = 2.0

    /// The defaults suit conversations.
    public init() {}

    /// What is wrong with the numbers, as a sentence; nil when they can be used.
    public var fault: String? {
      guard pause >= 0.02, pause <= 10 else {
        return "a pause of \(pause) s can't end utterances; from 0.02 to 10 s can"
      }
      guard longest >= 1, longest <= 600 else {
        return "utterances of up to \(longest) s can't be; from 1 to 600 s can"
      }
      guard shortest >= 0, shortest <= longest else {
        return "utterances of at least \(shortest) s can't be; from 0 s to the longest, \(longest) s, can"
      }
      guard margin >= 0, margin <= min(pause, 1) else {
        return "a margin of \(margin) s can't be; from 0 s to the pause, and to 1 s at the most, can"
      }
      guard lookahead >= 0, lookahead <= 10 else {
        return "a frame can't be judged by the \(lookahead) s after it; by 0 to 10 s it can"
      }
      return nil
    }
  }

  private static let memory = 3000
  /// Frames below this are silence, whatever the recording's own levels are (dB below full scale).
  private static let quietFloor: Float = -65

  private let options: Options
  private let hop: Int
  private var energy: FrameEnergy
  private var levels: EnergyLevels
  /// Frames after a frame that are heard before it is judged.
  private let lookahead: Int
  /// Energies that are not judged yet.
  private var waiting: [Float] = []
  /// The number of the frame that is judged next.
  private var frame = 0
  private var isVoiced = false
  /// The utterance that is being heard: its first frame, the frame after its last voiced one, and its energies.
  private var first: Int?
  private var last = 0
  private var energies: [Float] = []
  /// The sample at which the utterance before ends, margin included.
  private var end = 0
  private var samples = 0

  /// A detector for mono samples.
  ///
  /// - Parameter sampleRate: samples per second (Hz)
  public init(sampleRate: Int = AudioFile.defaultSampleRate, options: Options = Options()) {
    precondition(options.fault == nil, options.fault ?? "")
    self.options = options
    energy = FrameEnergy(sampleRate: sampleRate)
    lookahead = Int((options.lookahead * 100).rounded())
    levels = EnergyLevels(capacity: Self.memory + lookahead)
    hop = energy.hop
  }

  /// Utterances begin at this sample or later, those that were given already left aside: what lies before it can be let go of.
  public var settled: Int { max(min((first ?? frame) * hop - frames(options.margin) * hop, samples), end) }

  /// The sample at which the utterance that is being heard begins, as far as can be told; nil in a pause.
  public var beginning: Int? { first.map { max($0 * hop - frames(options.margin) * hop, end) } }

  /// Takes a block and gives the utterances that have ended, as ranges of samples from the recording's beginning.
  public mutating func add(_ block: [Float]) -> [Range<Int>] { add(energy.add(block), of: block.count) }

  /// Takes the energies of the frames that a block of so many samples completes.
  mutating func add(_ energies: [Float], of block: Int) -> [Range<Int>] {
    samples += block
    var found: [Range<Int>] = []
    // A frame is judged by so many after it, however many the block holds: the utterances do not depend on the blocks.
    for value in energies {
      levels.add(value)
      waiting.append(value)
      if waiting.count > lookahead { judge(waiting.removeFirst(), &found) }
    }
    return found
  }

  /// The utterances at the recording's end.
  public mutating func finish() -> [Range<Int>] { finish(energy.finish()) }

  /// Takes the energies of the frames that the recording's end cuts short.
  mutating func finish(_ rest: [Float]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    for value in rest { levels.add(value) }
    for value in waiting + rest { judge(value, &found) }
    waiting = []
    close(&found)
    return found
  }

  private func frames(_ seconds: Double) -> Int { Int((seconds * 100).rounded()) }

  private mutating func judge(_ value: Float, _ found: inout [Range<Int>]) {
    let (floor, loud) = (levels.percentile(0.1), levels.percentile(0.95))
    let threshold = max(floor + max(6, 0.4 * (loud - floor)), Self.quietFloor)
    // Once begun, a voice may fade by 3 dB.
    isVoiced = value > (isVoiced ? threshold - 3 : threshold)
    if isVoiced {
      if first == nil {
        first = frame
        energies = []
      }
      last = frame + 1
    }
    frame += 1
    guard let begin = first else { return }
    energies.append(value)
    if frame - last >= frames(options.pause) {
      close(&found)
    } else if frame - begin >= frames(options.longest) {
      // The quietest frame of the second half parts what is too long.
      let half = energies.count / 2
      let cut = energies.indices[half...].min { energies[$0] < energies[$1] } ?? energies.count
      let rest = Array(energies[cut...])
      append(begin, begin + cut, &found)
      (first, energies) = (begin + cut, rest)
      last = max(last, begin + cut)
    }
  }

  private mutating func close(_ found: inout [Range<Int>]) {
    guard let begin = first else { return }
    append(begin, last, &found)
    (first, energies) = (nil, [])
  }

  private mutating func append(_ begin: Int, _ after: Int, _ found: inout [Range<Int>]) {
    guard after - begin >= max(frames(options.shortest), 1) else { return }
    let margin = frames(options.margin) * hop
    let range = max(begin * hop - margin, end)..<min(after * hop + margin, samples)
    guard !range.isEmpty else { return }
    end = range.upperBound
    found.append(range)
  }
}
