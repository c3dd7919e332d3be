import Audio
import Encoders
import Foundation

/// Cuts a recording into stretches as it is decoded, in memory that does not grow with its length. Stretches come in the order
/// of their beginnings, those of all channels together.
package final class StretchReader {
  private var channels: [ChannelReader]
  /// What is cut, and may begin after what another channel still has.
  private var ready: [Stretch] = []

  private let longest: Double

  /// Opens a recording.
  ///
  /// - Parameter longest: seconds; a longer recording is an error, at once where its header says how long it is
  /// - Throws: `AudioError` that names the file, `WindowError` for a plan that can't be followed, `RecognitionError.channels`
  ///   and `.tooLong`
  package init(
    _ input: AudioInput, _ plan: SegmentationPlan, _ channels: ChannelPlan, longest: Double = .infinity
  ) throws {
    self.longest = longest
    let plan = channels == .speakers ? try plan.ofSpeakers() : plan
    if let fault = plan.fault { throw WindowError(message: fault) }
    switch (input, channels) {
    case (.file(let url, let damaged), .mix):
      let decoder = try AudioDecoder(path: url.path(percentEncoded: false), damaged: damaged)
      guard decoder.metadata.duration ?? 0 <= longest else { throw RecognitionError.tooLong(longest: longest) }
      self.channels = [ChannelReader(plan, channel: nil) { try decoder.next() }]
    case (.file(let url, let damaged), .speakers):
      let path = url.path(percentEncoded: false)
      let count = try AudioFile.probe(path: path).channels
      guard count <= Self.mostSpeakers else {
        throw RecognitionError.channels(path: path, count: count, most: Self.mostSpeakers)
      }
      // Each channel decodes by itself: one decoder that feeds them all would keep what one is behind in memory.
      self.channels = try (0..<max(count, 1)).map { channel in
        let decoder = try AudioDecoder(path: path, damaged: damaged, channel: channel)
        return ChannelReader(plan, channel: channel + 1) { try decoder.next() }
      }
    case (.samples(let samples, let sampleRate), let channels):
      let read = try Self.blocks(samples, sampleRate)
      self.channels = [ChannelReader(plan, channel: channels == .speakers ? 1 : nil, read)]
    }
  }

  private static let mostSpeakers = 16

  /// Seconds decoded so far; the recording's length at its end.
  package var seconds: Double { Double(channels.map(\.heard).max() ?? 0) / Double(FrontEndAudio.sampleRate) }

  /// The next stretches, at least one; nil at the end.
  ///
  /// - Parameter isCancelled: asked for each second of sound
  /// - Throws: `AudioError`; `RecognitionError.tooLong`; `WindowError` at the end for segments that begin after it; `CancellationError`
  package func next(isCancelled: () -> Bool = { false }) throws -> [Stretch]? {
    while true {
      let settled = channels.map(\.settled).min() ?? .infinity
      let count = ready.prefix { $0.start <= settled }.count
      if count > 0 {
        defer { ready.removeFirst(count) }
        return Array(ready.prefix(count))
      }
      // The channel that is behind: they are heard side by side.
      guard
        let behind = channels.indices.filter({ !channels[$0].hasEnded }).min(by: {
          channels[$0].heard < channels[$1].heard
        })
      else {
        if let shortfall = channels.lazy.compactMap(\.shortfall).first { throw WindowError(message: shortfall) }
        return nil
      }
      if isCancelled() { throw CancellationError() }
      let found = try channels[behind].advance()
      guard seconds <= longest else { throw RecognitionError.tooLong(longest: longest) }
      if channels.count == 1, !found.isEmpty { return found }
      ready += found
      ready.sort { $0.start < $1.start }
    }
  }

  private static func blocks(_ samples: [Float], _ sampleRate: Int) throws -> () throws -> [Float]? {
    let resampler = try Resampler(from: sampleRate, to: FrontEndAudio.sampleRate)
    if let bad = samples.firstIndex(where: { !($0.magnitude <= FrontEndAudio.largestSample) }) {
      throw FrontEndError.unusable(sample: bad, value: samples[bad])
    }
    var place = 0
    return {
      guard place < samples.count else { return nil }
      let end = min(place + sampleRate, samples.count)
      var block: [Float] = []
      try resampler.process(Array(samples[place..<end]), into: &block)
      if end == samples.count { try resampler.finish(into: &block) }
      place = end
      return block
    }
  }
}

/// One channel of a recording, or the average of all, as a plan cuts it.
private struct ChannelReader {
  private var cutter: any StretchCutter
  private let channel: Int?
  private let read: () throws -> [Float]?
  /// Samples.
  private(set) var heard = 0
  private(set) var hasEnded = false

  init(_ plan: SegmentationPlan, channel: Int?, _ read: @escaping () throws -> [Float]?) {
    (cutter, self.channel, self.read) = (plan.cutter(), channel, read)
  }

  /// Seconds: what is still to come begins there or later.
  var settled: Double { hasEnded ? .infinity : cutter.settled }
  var shortfall: String? { hasEnded ? cutter.shortfall : nil }

  mutating func advance() throws -> [Stretch] {
    let block = try read()
    heard += block?.count ?? 0
    hasEnded = block == nil
    var stretches = block.map { cutter.add($0) } ?? cutter.finish()
    guard let channel else { return stretches }
    for i in stretches.indices {
      stretches[i].channel = channel
      stretches[i].speaker = "channel \(channel)"
    }
    return stretches
  }
}
