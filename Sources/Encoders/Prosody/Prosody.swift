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
    "\(name) 2 f0=\(pitch.lowest)...\(pitch.highest) columns=\(width)"
  }

  /// The frames of a clip: (frames, `columns.count`).
  public func features(of samples: [Float]) throws -> Tensor {
    let frames = try frames(of: samples)
    return try Tensor(taking: columns(of: frames), shape: [frames.count, width])
  }

  /// What is known of each frame by itself: its columns also tell how it stands in the clip.
  struct FrameFacts {
    fileprivate(set) var candidates: PitchLattice
    /// (frames, `SpectralShape.width`)
    fileprivate(set) var shapes: [Float]

    var count: Int { candidates.count }

    /// Those of the other frames. The spectrum's change from a frame to the next stays what it was.
    func without(_ gone: Range<Int>) -> FrameFacts {
      var shapes = shapes
      shapes.removeSubrange((gone.lowerBound * SpectralShape.width)..<(gone.upperBound * SpectralShape.width))
      return FrameFacts(candidates: candidates.without(gone), shapes: shapes)
    }
  }

  /// The facts of a clip's frames. Throws what `features(of:)` throws.
  func frames(of samples: [Float]) throws -> FrameFacts {
    try FrontEndAudio.check(samples)
    // Double: the sum of an hour of samples, and of samples of any magnitude.
    let mean = Float(samples.reduce(0.0) { $0 + Double($1) } / Double(max(samples.count, 1)))
    let centred = samples.map { $0 - mean }
    return FrameFacts(candidates: try pitch.candidates(in: centred), shapes: try spectrum.rows(of: centred))
  }

  /// The columns of frames that follow each other: (frames, `columns.count`), row-major.
  func columns(of frames: FrameFacts) -> [Float] {
    let width = width
    var columns = [Float](repeating: 0, count: frames.count * width)
    columns.withUnsafeMutableBufferPointer { columns in
      writeVoice(frames.candidates, to: columns)
      writeShapes(frames.shapes, to: columns)
      writeChanges(to: columns)
    }
    return columns
  }

  /// Of pitch and voicing, the first five columns.
  private func writeVoice(_ candidates: PitchLattice, to columns: UnsafeMutableBufferPointer<Float>) {
    var candidates = candidates
    let track = candidates.solve()
    let voiced = track.compactMap(\.frequency).sorted()
    let median = voiced.isEmpty ? 100 : (voiced[(voiced.count - 1) / 2] + voiced[voiced.count / 2]) / 2
    let contour = Self.filled(track.map { $0.frequency.map(log) }, none: log(median))
    for (frame, estimate) in track.enumerated() {
      let r = min(max(estimate.correlation, 1e-6), 1 - 1e-6)
      let place = frame * width
      columns[place] = Float(estimate.voicingProbability)
      columns[place + 1] = estimate.frequency == nil ? 0 : 1
      columns[place + 2] = Float(contour[frame])
      columns[place + 3] = Float(12 / log(2) * (contour[frame] - log(median)))
      columns[place + 4] = Float(min(max(10 * log10(r / (1 - r)), -20), 40))
    }
  }

  /// Of energy and the spectrum, the other static columns.
  private func writeShapes(_ shapes: [Float], to columns: UnsafeMutableBufferPointer<Float>) {
    let count = shapes.count / SpectralShape.width
    let sum = stride(from: 0, to: shapes.count, by: SpectralShape.width).reduce(0.0) { $0 + Double(shapes[$1]) }
    let mean = Float(sum / Double(max(count, 1)))
    for frame in 0..<count {
      let (place, row) = (frame * width, frame * SpectralShape.width)
      columns[place + 5] = log(shapes[row] + 1e-10)
      columns[place + 6] = max(10 * log10((shapes[row] + 1e-10) / (mean + 1e-10)), -80)
      for i in 1..<SpectralShape.width { columns[place + 6 + i] = shapes[row + i] }
    }
    // There is no frame before the first that it could differ from.
    if count > 0 { columns[Self.flux] = 0 }
  }

  private static let flux = staticColumns.firstIndex { $0.name == "spectral_flux" } ?? 0

  /// The regression slope of each static column but `voiced` over two frames on each side, per 10 ms.
  private func writeChanges(to columns: UnsafeMutableBufferPointer<Float>) {
    let (width, count) = (width, columns.count / width)
    let scale = Float(10 * hop / 0.01)
    for frame in 0..<count {
      func row(_ offset: Int) -> Int { min(max(frame + offset, 0), count - 1) * width }
      let (before, after, farBefore, farAfter) = (row(-1), row(1), row(-2), row(2))
      let target = frame * width + Self.staticColumns.count
      // All but the second, `voiced`.
      for column in 0..<(Self.staticColumns.count - 1) {
        let from = column == 0 ? 0 : column + 1
        let near = columns[after + from] - columns[before + from]
        let far = columns[farAfter + from] - columns[farBefore + from]
        columns[target + column] = (near + far * 2) / scale
      }
    }
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
}
