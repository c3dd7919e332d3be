import Foundation
import Tensors

/// Overlapping frames of a signal, handed out in blocks so that memory does not grow with the length of a recording.
struct Frames {
  /// The signal with what frames at its ends need before and after it.
  let padded: [Float]
  /// Samples in a frame.
  let size: Int
  /// Samples from one frame to the next.
  let hop: Int
  /// How many frames there are.
  let count: Int

  /// Frames in a block: at 10 ms, about 20 s.
  static let blockSize = 2048

  /// Frame `t` is centred on sample `(t + 1/2) hop`; zeros stand before and after the signal.
  init(centred samples: [Float], size: Int, hop: Int) {
    let count = FrontEndAudio.frames(of: samples.count, hop: hop)
    let before = size / 2 - hop / 2
    let total = count == 0 ? 0 : (count - 1) * hop + size
    var padded = [Float](repeating: 0, count: total)
    let first = max(0, -before)
    let last = min(samples.count, total - before)
    if first < last { padded.replaceSubrange((first + before)..<(last + before), with: samples[first..<last]) }
    self.init(padded: padded, size: size, hop: hop, count: count)
  }

  init(padded: [Float], size: Int, hop: Int, count: Int) {
    (self.padded, self.size, self.hop, self.count) = (padded, size, hop, count)
  }

  /// Applies `body` to each block (frames, size) in turn, with the number of its first frame.
  func forEachBlock(_ body: (_ first: Int, _ frames: Tensor) throws -> Void) throws {
    for first in stride(from: 0, to: count, by: Self.blockSize) {
      let last = min(first + Self.blockSize, count) - 1
      let samples = try Tensor(Array(padded[(first * hop)..<(last * hop + size)]))
      try body(first, samples.windows(size: size, step: hop))
    }
  }
}

extension Frames {
  /// Some frames times a window, zeros after each up to `length` samples: (frames, length).
  ///
  /// - Parameter offset: what is taken off a frame's samples before
  func windowed(
    _ range: Range<Int>, by window: [Float], length: Int, less offset: (UnsafeBufferPointer<Float>) -> Float
  ) throws -> Tensor {
    let frames = try Tensor.empty([range.count, length])
    try frames.withUnsafeMutableElements(of: Float.self) { rows in
      padded.withUnsafeBufferPointer { padded in
        window.withUnsafeBufferPointer { window in
          for (row, frame) in range.enumerated() {
            let samples = UnsafeBufferPointer(rebasing: padded[(frame * hop)..<(frame * hop + size)])
            let target = UnsafeMutableBufferPointer(rebasing: rows[(row * length)..<((row + 1) * length)])
            let less = offset(samples)
            for i in 0..<size { target[i] = (samples[i] - less) * window[i] }
            target[size...].update(repeating: 0)
          }
        }
      }
    }
    return frames
  }

  /// The numbers of frames in blocks of at most so many: their spectra stay in the processor's caches.
  func blocks(of most: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: most).map { $0..<min($0 + most, count) }
  }
}

/// Windows for spectral analysis.
enum Window {
  /// Hann: of period `count` (as Whisper and most toolkits use it).
  static func hann(periodic count: Int) -> [Float] {
    (0..<count).map { i in Float(0.5 - 0.5 * cos(2 * .pi * Double(i) / Double(count))) }
  }

  /// Hann, symmetric, with no sample at zero (as Praat uses it): 1/2 - 1/2 cos(2π (i + 1/2) / n).
  static func hann(symmetric count: Int) -> [Float] {
    (0..<count).map { i in Float(0.5 - 0.5 * cos(2 * .pi * (Double(i) + 0.5) / Double(count))) }
  }
}

extension Tensor {
  /// A view of some columns of a matrix.
  func columns(_ range: Range<Int>) throws -> Tensor { try narrowed(1, start: range.lowerBound, length: range.count) }
}
