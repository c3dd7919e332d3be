import CFFmpeg

/// Decodes a file block by block to mono at one sample rate, in memory that does not grow with the file's length.
///
///     let decoder = try AudioDecoder(path: "hours.m4a")
///     while let block = try decoder.next() { … }
///
/// Channels are averaged with equal weight, unless one of them is asked for. A sample rate or a number of channels that changes within the stream is
/// followed. Whether a file is truncated shows only at its end: all blocks before have been returned by then.
public final class AudioDecoder {
  /// The file, as it was given.
  public let path: String
  /// What the header says.
  public let metadata: AudioMetadata
  /// Samples per second of the blocks (Hz).
  public let sampleRate: Int

  private let input: FFmpegInput
  private let damagePolicy: DamagePolicy
  private let blockSize: Int
  private let channel: Int?
  private var resampler: Resampler?
  private var mono: [Float] = []
  private var ready: [Float] = []
  private var position = 0.0
  private var framesAtRate = 0
  private var returned = 0
  private var hasEnded = false

  /// Opens a file and reads its header.
  ///
  /// - Parameters:
  ///   - path: a path, absolute or relative; never taken as an address.
  ///   - sampleRate: samples per second of the blocks, in `Resampler.rates`.
  ///   - damaged: what to do with truncated and damaged files.
  ///   - blockSize: samples in each block but the last.
  ///   - channel: the only channel that is decoded, from 0; it is silent where the stream has fewer. nil averages all.
  public init(
    path: String, sampleRate: Int = AudioFile.defaultSampleRate, damaged: DamagePolicy = .reject,
    blockSize: Int = 16_000, channel: Int? = nil
  ) throws(AudioError) {
    precondition(Resampler.rates.contains(sampleRate), "\(ResamplerError.rate(sampleRate))")
    precondition(blockSize > 0, "a block holds at least one sample")
    self.path = path
    self.sampleRate = sampleRate
    self.damagePolicy = damaged
    self.blockSize = blockSize
    self.channel = channel
    input = try FFmpegInput(path: path)
    metadata = input.metadata
  }

  /// The next `blockSize` samples, at the end fewer, then nil. After an error the stream has ended.
  public func next() throws(AudioError) -> [Float]? {
    while !hasEnded, ready.count < blockSize {
      do {
        try advance()
      } catch {
        hasEnded = true
        ready.removeAll()
        throw error
      }
    }
    guard !ready.isEmpty else { return nil }
    let block = Array(ready.prefix(blockSize))
    ready.removeFirst(block.count)
    // A filter makes NaN of numbers that overflow.
    if let bad = block.firstIndex(where: { !($0.magnitude <= AudioFile.largestSample) }) {
      hasEnded = true
      ready.removeAll()
      throw .beyondScale(path: path, second: Double(returned + bad) / Double(sampleRate))
    }
    returned += block.count
    return block
  }

  private func advance() throws(AudioError) {
    let damageBefore = input.damage
    guard let frame = try input.nextFrame(at: elapsed) else { return try end() }
    // Damage that is followed by more audio is a hole; damage at the very end is a truncation, and `end` looks at it.
    if damagePolicy == .reject, !input.isDraining, let damage = damageBefore ?? input.damage {
      throw .damaged(path: path, second: damage)
    }
    let rate = Int(frame.pointee.sample_rate)
    if resampler?.from != rate { try start(at: rate) }

    mono.removeAll(keepingCapacity: true)
    guard frame.pointee.appendMono(to: &mono, channel: channel) else {
      throw .unsupportedCodec(path: path, codec: "\(metadata.codec) (sample format \(frame.pointee.format))")
    }
    if let bad = mono.firstIndex(where: { !$0.isFinite }) {
      throw .nonFinite(path: path, second: elapsed + Double(bad) / Double(rate))
    }
    framesAtRate += mono.count
    do { try resampler?.process(mono, into: &ready) } catch { throw unreadable(error) }
  }

  private var elapsed: Double { position + Double(framesAtRate) / Double(resampler?.from ?? 1) }

  private func start(at rate: Int) throws(AudioError) {
    try flush()
    position = elapsed
    framesAtRate = 0
    guard Resampler.rates.contains(rate) else {
      throw .badHeader(path: path, format: metadata.format, reason: "\(ResamplerError.rate(rate))")
    }
    do { resampler = try Resampler(from: rate, to: sampleRate) } catch { throw unreadable(error) }
  }

  private func flush() throws(AudioError) {
    do { try resampler?.finish(into: &ready) } catch { throw unreadable(error) }
  }

  private func unreadable(_ error: ResamplerError) -> AudioError {
    .unreadable(path: path, reason: "\(error)")
  }

  private func end() throws(AudioError) {
    try flush()
    hasEnded = true
    if damagePolicy == .reject { try checkEnd() }
    guard elapsed > 0 else { throw input.damage == nil ? .noSamples(path: path) : .damaged(path: path, second: 0) }
  }

  private func checkEnd() throws(AudioError) {
    let found = elapsed
    if let short = input.shortfall() {
      // In uncompressed audio bytes are seconds; elsewhere the part that is cut may not even be the audio.
      let isLinear = metadata.codec.hasPrefix("pcm_") && short.present > 0
      let promised = isLinear ? found * Double(short.promised) / Double(short.present) : input.declared
      throw .truncated(path: path, promised: promised.flatMap { $0 > found ? $0 : nil }, found: found)
    }
    let tolerance = Truncation.tolerance(of: metadata, packet: input.packetLength)
    if let promised = input.declared, promised - max(found, input.packetSeconds) > (input.damage == nil ? tolerance : 0)
    {
      throw .truncated(path: path, promised: promised, found: found)
    }
    if input.lacksOggEnd() || (input.damage != nil && found > 0) {
      throw .truncated(path: path, promised: nil, found: found)
    }
  }
}
