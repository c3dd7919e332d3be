public import Tensors

/// What a clip sounds like as a whole, in one vector: statistics ("functionals") of how each of many descriptors of the voice
/// runs over the clip, after Schuller et al. 2013 ("The INTERSPEECH 2013 Computational Paralinguistics Challenge") and Eyben
/// et al. 2016 (eGeMAPS). `names` names every number.
///
/// The descriptors are `Prosody`'s columns but the absolute level, and 26 mel bands relative to the clip's level, so that gain
/// changes nothing. Silence at both ends is left out: all before the first and after the last frame that is at most 35 dB
/// below the loudest. There are statistics of all frames between, and of the voiced ones alone; energies of each descriptor's
/// modulation; and how voiced stretches follow each other. Every number is finite for every finite clip.
public struct Functionals: ClipFrontEnd {
  private let prosody = Prosody(hop: .tenMilliseconds)
  private let logMel = LogMel(bins: 80)

  /// Makes the front end.
  public init() {}

  /// `functionals`
  public var name: String { "functionals" }
  /// The number of names.
  public var width: Int { Self.names.count }
  /// A clip of any length is one frame.
  public var hop: Double { .infinity }
  /// Code and settings.
  public var version: String { "functionals 2 of \(prosody.version), \(logMel.version) columns=\(width)" }

  /// One name for each number: of what it is a statistic, of which descriptor, and which.
  public static let names: [String] =
    ["all", "voiced"].flatMap { part in
      TrackStatistics.names.flatMap { statistic in descriptors.map { "\(part) \($0) \(statistic)" } }
    } + Modulation.names.flatMap { band in descriptors.map { "all \($0) \(band)" } } + VoicingRhythm.names

  /// What is followed through the clip.
  static let descriptors =
    Prosody.columns.map(\.name).filter { !absolute.contains($0) } + (1...melBands).map { "mel_band_\($0)" }

  private static let absolute: Set<String> = ["log_energy", "delta_log_energy"]
  private static let melBands = 26
  /// dB below the loudest frame.
  private static let quietest: Float = -35
  /// Fewer sounding or voiced frames are no sample of a clip.
  private static let fewest = (sounding: 10, voiced: 3)

  /// The functionals of a clip: (1, width), or (0, width) of no samples.
  public func features(of samples: [Float]) throws -> Tensor {
    guard !samples.isEmpty else { return try .zeros([0, width]) }
    return try described(frames(of: samples))
  }

  /// The descriptors of the clip's frames are computed once, and those of the part are left out before anything is said of the
  /// clip as a whole. That differs from the functionals of samples that were cut in the frames next to the cut alone, which
  /// still hear up to half a window of what is gone.
  public func leavingOut(of samples: [Float]) throws -> @Sendable (_ part: Range<Int>) throws -> Tensor? {
    let frames = try frames(of: samples)
    return { part in
      let gone = frames.numbers(in: part)
      return gone.count < frames.count ? try described(frames.without(gone)) : nil
    }
  }

  /// What is known of the frames of a clip by themselves.
  private struct FrameFacts {
    let prosody: Prosody.FrameFacts
    /// log10 of the power in each mel filter: (frames, mel filters), row-major
    let decades: [Float]
    let filters: Int

    var count: Int { prosody.count }

    /// The frames whose hops begin in a range of samples.
    func numbers(in part: Range<Int>) -> Range<Int> {
      let ends = [part.lowerBound, part.upperBound].map { min(FrontEndAudio.frames(of: $0, hop: 160), count) }
      return ends[0]..<ends[1]
    }

    func without(_ gone: Range<Int>) -> FrameFacts {
      var decades = decades
      decades.removeSubrange((gone.lowerBound * filters)..<(gone.upperBound * filters))
      return FrameFacts(prosody: prosody.without(gone), decades: decades, filters: filters)
    }
  }

  private func frames(of samples: [Float]) throws -> FrameFacts {
    FrameFacts(
      prosody: try prosody.frames(of: samples), decades: try logMel.decades(of: samples).array(), filters: logMel.bins)
  }

  /// (1, width) of at least one frame.
  private func described(_ frames: FrameFacts) throws -> Tensor {
    let columns = prosody.columns(of: frames.prosody)
    func column(_ name: String) -> [Float] {
      guard let index = Prosody.columns.firstIndex(where: { $0.name == name }) else {
        preconditionFailure("prosody has no column \(name)")
      }
      return stride(from: index, to: columns.count, by: prosody.width).map { columns[$0] }
    }
    let level = column("energy_relative")
    let loudest = level.max() ?? 0
    var sounding = level.indices.filter { level[$0] > loudest + Self.quietest }
    if sounding.count < Self.fewest.sounding { sounding = Array(level.indices) }
    let spoken = sounding[0]..<(sounding[sounding.count - 1] + 1)

    let bands = relativeBands(frames.decades, sounding)
    let kept = Self.kept
    let tracks = Tracks(width: Self.descriptors.count, count: spoken.count) { frame, row in
      let place = (spoken.lowerBound + frame) * prosody.width
      for (i, column) in kept.enumerated() { row[i] = columns[place + column] }
      for band in 0..<Self.melBands {
        row[kept.count + band] = bands[(spoken.lowerBound + frame) * Self.melBands + band]
      }
    }
    let isVoiced = column("voiced")[spoken].map { $0 > 0.5 }
    let voiced = isVoiced.indices.filter { isVoiced[$0] }
    let all = Array(0..<tracks.count)
    let rhythm = VoicingRhythm(
      isVoiced: isVoiced, logFrequency: Array(column("log_f0")[spoken]), level: Array(level[spoken]),
      sounding: sounding.count)
    return try Tensor(
      TrackStatistics.of(tracks, frames: all)
        + TrackStatistics.of(tracks, frames: voiced.count < Self.fewest.voiced ? all : voiced)
        + Modulation.of(tracks) + rhythm.values.map(Float.init), shape: [1, width])
  }

  /// The columns of prosody that are descriptors.
  private static let kept = Prosody.columns.indices.filter { !absolute.contains(Prosody.columns[$0].name) }

  /// (frames, 26), row-major: mel bands less their mean over all sounding frames.
  private func relativeBands(_ decades: [Float], _ sounding: [Int]) -> [Float] {
    let edges = (0...Self.melBands).map {
      Int((Double($0 * logMel.bins) / Double(Self.melBands)).rounded(.toNearestOrEven))
    }
    let mel = logMel.scaled(decades)
    var bands = [Float](repeating: 0, count: mel.count / logMel.bins * Self.melBands)
    for frame in 0..<(mel.count / logMel.bins) {
      for band in 0..<Self.melBands {
        var sum: Float = 0
        for bin in edges[band]..<edges[band + 1] { sum += mel[frame * logMel.bins + bin] }
        bands[frame * Self.melBands + band] = sum / Float(edges[band + 1] - edges[band])
      }
    }
    var sum = 0.0
    for frame in sounding {
      for band in 0..<Self.melBands { sum += Double(bands[frame * Self.melBands + band]) }
    }
    let mean = Float(sum / Double(sounding.count * Self.melBands))
    return bands.map { $0 - mean }
  }
}
