/// How descriptors run over frames that follow each other: a row for each frame.
struct Tracks {
  /// How many descriptors there are.
  let width: Int
  /// Numbers from one row to the next: `width`, and zeros up to whole lanes.
  let stride: Int
  /// How many frames there are.
  let count: Int
  /// (count, stride), row-major
  private(set) var values: [Float]

  /// - Parameter write: is given each frame's number and its row in turn
  init(width: Int, count: Int, _ write: (_ frame: Int, _ row: UnsafeMutableBufferPointer<Float>) -> Void) {
    self.width = width
    self.count = count
    let stride = (width + Lanes.scalarCount - 1) / Lanes.scalarCount * Lanes.scalarCount
    self.stride = stride
    values = [Float](repeating: 0, count: count * stride)
    values.withUnsafeMutableBufferPointer { values in
      for frame in 0..<count {
        write(frame, UnsafeMutableBufferPointer(rebasing: values[(frame * stride)..<(frame * stride + width)]))
      }
    }
  }

  /// Sixteen descriptors at a time, frame by frame.
  ///
  /// - Parameters:
  ///   - frames: the numbers of the frames that count
  ///   - body: is given the number of the first descriptor, and what it may change
  func forEachStrip(of frames: [Int], _ body: (_ first: Int, _ strip: UnsafeMutableBufferPointer<Lanes>) -> Void) {
    var strip = [Lanes](repeating: Lanes(), count: frames.count)
    values.withUnsafeBufferPointer { values in
      strip.withUnsafeMutableBufferPointer { strip in
        for first in Swift.stride(from: 0, to: stride, by: Lanes.scalarCount) {
          for (place, frame) in frames.enumerated() { strip[place] = values.lanes(at: frame * stride + first) }
          body(first, strip)
        }
      }
    }
  }
}
