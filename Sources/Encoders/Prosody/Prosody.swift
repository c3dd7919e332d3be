import Foundation
public import Tensors

/// Pitch, voice quality, energy and the shape of the spectrum, and how they change: what is known to carry emotion in the
/// voice (eGeMAPS, Eyben et al. 2016), frame by frame. `columns` names every number.
///
/// The clip's mean is removed first. The spectrum P of a frame is that of 25 ms under a Hann window, with white noise of
/// -90 dB below full scale added to its power, so that silence has a defined and steady shape. Every number is finite for
/// every finite clip.
public struct Prosody: FrontEnd {
  /// Seconds from one frame to the next.
  public enum Hop: Double, Sendable {
    /// 10 ms, as log-mel frames.
    case tenMilliseconds = 0.01
    /// 20 ms, as the frames of WavLM, HuBERT and Whisper's encoder.
    case twentyMilliseconds = 0.02
  }

  private let step: Int
  private let pitch: PitchTracker
  private let spectrum: SpectralShape

  /// Makes the front end; `lowest` and `highest` (Hz) bound the fundamental frequency.
  public init(hop: Hop = .tenMilliseconds, lowest: Double = 60, highest: Double = 500) {
    step = Int((hop.rawValue * Double(FrontEndAudio.sampleRate)).rounded())
    pitch = PitchTracker(lowest: lowest, highest: highest, hop: step)
    spectrum = SpectralShape(hop: step)
  }

  /// `prosody-10ms` or `prosody-20ms`.
  public var name: String { step == 160 ? "prosody-10ms" : "prosody-20ms" }
  /// The number of columns.
  public var width: Int { Self.columns.count }
  /// 10 or 20 ms.
  public var hop: Double { Double(step) / Double(FrontEndAudio.sampleRate) }
  /// Code and settings.
  public var version: String {
    "\(name) 1 f0=\(pitch.lowest)...\(pitch.highest) columns=\(width)"
  }

  /// The frames of a clip: (frames, `columns.count`).
  public func features(of samples: [Float]) throws -> Tensor {
    try FrontEndAudio.check(samples)
    guard !samples.isEmpty else { return try .zeros([0, width]) }
    // Double: the sum of an hour of samples, and of samples of any magnitude.
    let mean = Float(samples.reduce(0.0) { $0 + Double($1) } / Double(samples.count))
    let centred = samples.map { $0 - mean }
    let track = try pitch.track(centred)
    let voice = try Self.voiceColumns(track)
    let shape = try spectrum.columns(of: centred)
    let columns = try Tensor.concatenated([voice, shape], dimension: 1)
    return try Tensor.concatenated([columns, changes(of: columns)], dimension: 1)
  }

  /// The first five columns, of pitch and voicing: (frames, 5).
  private static func voiceColumns(_ track: [PitchEstimate]) throws -> Tensor {
    let voiced = track.compactMap(\.frequency).sorted()
    let median = voiced.isEmpty ? 100 : (voiced[(voiced.count - 1) / 2] + voiced[voiced.count / 2]) / 2
    let contour = filled(track.map { $0.frequency.map(log) }, none: log(median))
    var rows: [Float] = []
    rows.reserveCapacity(track.count * 5)
    for (frame, estimate) in track.enumerated() {
      let r = min(max(estimate.correlation, 1e-6), 1 - 1e-6)
      rows.append(Float(estimate.voicingProbability))
      rows.append(estimate.frequency == nil ? 0 : 1)
      rows.append(Float(contour[frame]))
      rows.append(Float(12 / log(2) * (contour[frame] - log(median))))
      rows.append(Float(min(max(10 * log10(r / (1 - r)), -20), 40)))
    }
    return try Tensor(rows, shape: [track.count, 5])
  }

  /// The values with gaps between two filled linearly and those at the ends by the nearest.
  static func filled(_ values: [Double?], none: Double) -> [Double] {
    var filled = [Double](repeating: none, count: values.count)
    var last: (index: Int, value: Double)?
    for (index, value) in values.enumerated() {
      guard let value else {
        if let last { filled[index] = last.value }
        continue
      }
      let start = last?.index ?? -1
      for gap in (start + 1)..<index {
        filled[gap] =
          last.map { $0.value + (value - $0.value) * Double(gap - $0.index) / Double(index - $0.index) } ?? value
      }
      filled[index] = value
      last = (index, value)
    }
    return filled
  }

  /// The regression slope of each static column but `voiced` over two frames on each side, per 10 ms.
  private func changes(of columns: Tensor) throws -> Tensor {
    let flag = Self.staticColumns.firstIndex { $0.name == "voiced" } ?? 0
    let kept = try Tensor.concatenated(
      [try columns.columns(0..<flag), try columns.columns((flag + 1)..<columns.size(1))], dimension: 1)
    let (count, width) = (kept.size(0), kept.size(1))
    let first = try kept[0..<1].expanded([2, width])
    let last = try kept[(count - 1)..<count].expanded([2, width])
    let x = try Tensor.concatenated([first, kept, last])
    let near = try x.narrowed(0, start: 3, length: count) - x.narrowed(0, start: 1, length: count)
    let far = try x.narrowed(0, start: 4, length: count) - x.narrowed(0, start: 0, length: count)
    return try (near + far * 2) / (10 * hop / 0.01)
  }
}
