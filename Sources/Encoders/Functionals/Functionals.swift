public import Tensors

/// What a clip sounds like as a whole, in one vector: statistics ("functionals") of how each of many descriptors of the voice
/// runs over the clip, after Schuller et al. 2013 ("The INTERSPEECH 2013 Computational Paralinguistics Challenge") and Eyben
/// et al. 2016 (eGeMAPS). `names` names every number.
///
/// The descriptors are `Prosody`'s columns but the absolute level, and 26 mel bands relative to the clip's level, so that gain
/// changes nothing. Silence at both ends is left out: all before the first and after the last frame that is at most 35 dB
/// below the loudest. There are statistics of all frames between, and of the voiced ones alone; energies of each descriptor's
/// modulation; and how voiced stretches follow each other. Every number is finite for every finite clip.
public struct Functionals: FrontEnd {
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
  public var version: String { "functionals 1 of \(prosody.version), \(logMel.version) columns=\(width)" }

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
    let columns = try prosody.features(of: samples)
    let level: [Float] = try Self.column("energy_relative", of: columns)
    let loudest = level.max() ?? 0
    var sounding = level.indices.filter { level[$0] > loudest + Self.quietest }
    if sounding.count < Self.fewest.sounding { sounding = Array(level.indices) }
    let spoken = sounding[0]..<(sounding[sounding.count - 1] + 1)

    let kept = try Tensor(Prosody.columns.indices.filter { !Self.absolute.contains(Prosody.columns[$0].name) })
    let bands = try relativeBands(samples, sounding: Tensor(sounding))
    let tracks = try Tensor.concatenated([columns.indexSelected(1, kept), bands], dimension: 1)
      .narrowed(0, start: spoken.lowerBound, length: spoken.count)
      // A steady descriptor has no skewness; in float32 its mean would miss it by a rounding, and its moments tell of that.
      .converted(to: .float64)
    let isVoiced = try Self.column("voiced", of: columns)[spoken].map { $0 > 0.5 }
    let voiced = isVoiced.indices.filter { isVoiced[$0] }
    let ofVoiced = voiced.count < Self.fewest.voiced ? tracks : try tracks.indexSelected(0, Tensor(voiced))

    let rhythm = VoicingRhythm(
      isVoiced: isVoiced, logFrequency: try Array(Self.column("log_f0", of: columns)[spoken]),
      level: Array(level[spoken]), sounding: sounding.count)
    return try Tensor.concatenated([
      TrackStatistics.of(tracks), TrackStatistics.of(ofVoiced), Modulation.of(tracks), Tensor(rhythm.values),
    ]).converted(to: .float32).unsqueezed(0)
  }

  private static func column(_ name: String, of columns: Tensor) throws -> [Float] {
    guard let index = Prosody.columns.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("prosody has no column \(name)")
    }
    return try columns.narrowed(1, start: index, length: 1).array()
  }

  /// (frames, 26): mel bands less their mean over all sounding frames.
  private func relativeBands(_ samples: [Float], sounding: Tensor) throws -> Tensor {
    let mel = try logMel.features(of: samples)
    let edges = (0...Self.melBands).map {
      Int((Double($0 * logMel.bins) / Double(Self.melBands)).rounded(.toNearestOrEven))
    }
    let bands = try Tensor.stacked(
      zip(edges, edges.dropFirst()).map { try mel.narrowed(1, start: $0, length: $1 - $0).mean(1) }, dimension: 1)
    return try bands - bands.indexSelected(0, sounding).mean()
  }
}
