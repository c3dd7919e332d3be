import Audio
import Encoders

/// Recognition of sound that comes as it is spoken, which `Recognizer.live(sampleRate:utterances:partialEvery:options:)` begins.
///
///     let live = try recognizer.live(sampleRate: 48_000)
///     for segment in try await live.push(buffer) { … }
///     for segment in try await live.finish() { … }
///
/// Buffers of any length are pushed one after the other. A push returns when its sound is dealt with: whoever waits for it
/// pushes no faster than can be computed. Whether somebody speaks is judged by the two seconds that follow, so that an
/// utterance comes some two seconds after its end.
public actor LiveRecognition {
  private let resampler: Resampler
  private let sampleRate: Int
  private var cutter: any LiveCutter
  private let partialEvery: Int?
  private let recognize: @Sendable (Stretch) async throws -> RecognizedSegment
  /// Samples that were pushed.
  private var pushed = 0
  /// Samples at 16 kHz: heard so far, and heard when there was a result last.
  private var (heard, told) = (0, 0)
  private var hasEnded = false

  /// - Parameters:
  ///   - sampleRate: of the samples that will be pushed (Hz), in `Resampler.rates`
  ///   - cutter: what ends a segment
  ///   - partialEvery: seconds after which a segment that goes on is looked at again; nil waits for its end
  ///   - recognize: asked for one stretch at a time
  /// - Throws: `ResamplerError`
  package init(
    sampleRate: Int, cutter: sending any LiveCutter, partialEvery: Double?,
    recognize: @escaping @Sendable (Stretch) async throws -> RecognizedSegment
  ) throws {
    (self.sampleRate, self.cutter, self.recognize) = (sampleRate, cutter, recognize)
    resampler = try Resampler(from: sampleRate, to: FrontEndAudio.sampleRate)
    self.partialEvery = partialEvery.map { Int($0 * Double(FrontEndAudio.sampleRate)) }
  }

  /// Seconds that were pushed so far.
  public var seconds: Double { Double(pushed) / Double(sampleRate) }

  /// Takes mono samples, and gives the utterances that have ended; and where one goes on, from time to time what it sounds like so
  /// far, as a segment that `isPartial`, with the `start` of the one that will replace it.
  ///
  /// - Throws: `FrontEndError` for samples that are no sound, which are not taken; `WindowError` after `finish()`; what
  ///   `BatchRecognizer.recognize(_:options:)` throws. A push that is cancelled has taken its sound, and its segments are lost.
  public func push(_ samples: [Float]) async throws -> [RecognizedSegment] {
    guard !hasEnded else { throw WindowError(message: "the live sound has ended; begin anew for more") }
    if let bad = samples.firstIndex(where: { !($0.magnitude <= FrontEndAudio.largestSample) }) {
      throw FrontEndError.unusable(sample: pushed + bad, value: samples[bad])
    }
    pushed += samples.count
    var ready: [Float] = []
    try resampler.process(samples, into: &ready)
    var stretches = cutter.add(ready)
    heard += ready.count
    if !stretches.isEmpty { told = heard }
    if let partialEvery, heard - told >= partialEvery, var partial = cutter.unfinished {
      told = heard
      partial.isPartial = true
      stretches.append(partial)
    }
    return try await recognized(stretches)
  }

  /// Ends the sound, and gives the utterances that are left.
  public func finish() async throws -> [RecognizedSegment] {
    guard !hasEnded else { return [] }
    hasEnded = true
    var ready: [Float] = []
    try resampler.finish(into: &ready)
    return try await recognized(cutter.add(ready) + cutter.finish())
  }

  /// One at a time: the last bits then do not depend on how sound is pushed.
  private func recognized(_ stretches: [Stretch]) async throws -> [RecognizedSegment] {
    var found: [RecognizedSegment] = []
    for stretch in stretches { found.append(try await recognize(stretch)) }
    return found
  }
}
