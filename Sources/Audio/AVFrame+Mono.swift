import CFFmpeg

extension AVFrame {
  /// Appends the average of the frame's channels, or one of them, full scale as -1...1. Returns false where the sample format
  /// is unknown.
  ///
  /// - Parameter channel: from 0; a frame that lacks it is silent. nil averages all.
  func appendMono(to output: inout [Float], channel: Int? = nil) -> Bool {
    let format = AVSampleFormat(rawValue: numericCast(self.format))
    let channels = Int(ch_layout.nb_channels)
    guard nb_samples > 0, channels > 0, let extended_data else { return nb_samples == 0 }
    if let channel, !(0..<channels).contains(channel) {
      output.append(contentsOf: repeatElement(0, count: Int(nb_samples)))
      return true
    }
    let source = Planes(
      data: extended_data, channels: channels, only: channel, count: Int(nb_samples),
      isPlanar: channels > 1 && av_sample_fmt_is_planar(format) != 0)
    switch av_get_packed_sample_fmt(format) {
    case AV_SAMPLE_FMT_U8: source.mix(of: UInt8.self, fullScale: 128, into: &output) { Double($0) - 128 }
    case AV_SAMPLE_FMT_S16: source.mix(of: Int16.self, fullScale: 0x1p15, into: &output) { Double($0) }
    case AV_SAMPLE_FMT_S32: source.mix(of: Int32.self, fullScale: 0x1p31, into: &output) { Double($0) }
    case AV_SAMPLE_FMT_S64: source.mix(of: Int64.self, fullScale: 0x1p63, into: &output) { Double($0) }
    case AV_SAMPLE_FMT_FLT: source.mix(of: Float.self, fullScale: 1, into: &output) { Double($0) }
    case AV_SAMPLE_FMT_DBL: source.mix(of: Double.self, fullScale: 1, into: &output) { $0 }
    default: return false
    }
    return true
  }
}

/// The samples of a frame: one plane for each channel, or one plane in which the channels alternate.
private struct Planes {
  let data: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>
  let channels: Int
  /// The one channel that is wanted; nil for the average.
  let only: Int?
  let count: Int
  let isPlanar: Bool

  @inline(__always) func mix<Sample>(
    of type: Sample.Type, fullScale: Double, into output: inout [Float], _ value: (Sample) -> Double
  ) {
    let wanted = only.map { $0..<($0 + 1) } ?? 0..<channels
    let scale = 1 / (fullScale * Double(wanted.count))
    let step = isPlanar ? 1 : channels
    var starts: [UnsafePointer<Sample>] = []
    for channel in wanted {
      guard let plane = data[isPlanar ? channel : 0] else { return }
      let samples = UnsafeRawPointer(plane).assumingMemoryBound(to: Sample.self)
      starts.append(isPlanar ? samples : samples + channel)
    }
    let known = output.count
    output.append(contentsOf: repeatElement(0, count: count))
    output.withUnsafeMutableBufferPointer { output in
      // Most recordings have one channel or two.
      if starts.count == 1 {
        for i in 0..<count { output[known + i] = Float(value(starts[0][i * step]) * scale) }
      } else if starts.count == 2 {
        let (left, right) = (starts[0], starts[1])
        for i in 0..<count { output[known + i] = Float((value(left[i * step]) + value(right[i * step])) * scale) }
      } else {
        for i in 0..<count {
          var sum = 0.0
          for start in starts { sum += value(start[i * step]) }
          output[known + i] = Float(sum * scale)
        }
      }
    }
  }
}
