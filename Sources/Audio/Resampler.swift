import CFFmpeg

/// Changes the sample rate of a mono signal that arrives in blocks.
///
/// libswresample does the work: by the soxr engine at a precision of 28 bits where FFmpeg was built with it, else by its
/// own engine with a Kaiser filter of 128 taps and a rejection of some 100 dB. `n` samples become `round(n * to / from)`, whatever the
/// blocks, and neither engine shifts the signal in time.
public final class Resampler {
  package enum Engine: Sendable { case soxr, swr }

  /// Rates (Hz) that can be resampled from and to. The bounds keep a wrong header from asking for gigabytes.
  public static let rates = 1_000...3_000_000

  /// Samples per second of what goes in.
  public let from: Int
  /// Samples per second of what comes out.
  public let to: Int
  package let engine: Engine

  private let context: OpaquePointer?
  private var taken = 0
  private var given = 0

  /// Makes a resampler from one rate to another, both in `rates`; throws `ResamplerError` otherwise.
  public convenience init(from: Int, to: Int) throws(ResamplerError) {
    if from == to || Self.isAvailable(.soxr) {
      try self.init(from: from, to: to, engine: .soxr)
    } else {
      try self.init(from: from, to: to, engine: .swr)
    }
  }

  package init(from: Int, to: Int, engine: Engine) throws(ResamplerError) {
    guard Self.rates.contains(from) else { throw .rate(from) }
    guard Self.rates.contains(to) else { throw .rate(to) }
    self.from = from
    self.to = to
    self.engine = engine
    guard from != to else {
      context = nil
      return
    }
    context = Self.makeContext(from: from, to: to, engine: engine)
    guard context != nil else { throw .unavailable(from: from, to: to) }
  }

  deinit {
    var context = context
    swr_free(&context)
  }

  /// Resamples the next block and appends what is ready to `output`.
  public func process(_ input: [Float], into output: inout [Float]) throws(ResamplerError) {
    guard !input.isEmpty else { return }
    taken += input.count
    guard context != nil else {
      output += input
      return
    }
    for start in stride(from: 0, to: input.count, by: Self.blockSize) {
      try convert(input[start..<min(start + Self.blockSize, input.count)], into: &output)
    }
  }

  /// Ends the signal: appends all that is still inside, cut or padded with zeros to the exact length.
  public func finish(into output: inout [Float]) throws(ResamplerError) {
    defer { (taken, given) = (0, 0) }
    guard context != nil, taken > 0 else { return }
    let start = output.count
    while true {
      let before = output.count
      try convert(nil, into: &output)
      if output.count == before { break }
    }
    let wanted = Self.length(of: taken, from: from, to: to)
    if given > wanted {
      output.removeLast(min(given - wanted, output.count - start))
    } else if given < wanted {
      output.append(contentsOf: repeatElement(0, count: wanted - given))
    }
    guard swr_init(context) >= 0 else { throw .failed(from: from, to: to) }
  }

  /// How many samples `count` samples become: `round(count * to / from)`.
  public static func length(of count: Int, from: Int, to: Int) -> Int {
    let (whole, rest) = count.quotientAndRemainder(dividingBy: from)
    return whole * to + (rest * to + from / 2) / from
  }

  private static let blockSize = 1 << 18

  private func convert(_ input: ArraySlice<Float>?, into output: inout [Float]) throws(ResamplerError) {
    let count = input?.count ?? 0
    let room = Int(swr_get_out_samples(context, Int32(clamping: count))) + 64
    let before = output.count
    output.append(contentsOf: repeatElement(0, count: room))
    let written = output.withUnsafeMutableBytes { bytes in
      let base = bytes.baseAddress?.advanced(by: before * MemoryLayout<Float>.stride)
      var target = base?.assumingMemoryBound(to: UInt8.self)
      guard let input else { return swr_convert(context, &target, Int32(clamping: room), nil, 0) }
      return input.withUnsafeBytes { source in
        // libswresample declares its input `const uint8_t **` up to FFmpeg 6 and reads it alone.
        var plane = source.baseAddress?.assumingMemoryBound(to: UInt8.self)
        return swr_convert(context, &target, Int32(clamping: room), &plane, Int32(clamping: count))
      }
    }
    guard written >= 0 else {
      output.removeLast(room)
      throw .failed(from: from, to: to)
    }
    output.removeLast(room - Int(written))
    given += Int(written)
  }

  package static func isAvailable(_ engine: Engine) -> Bool {
    engine == .swr || soxrIsAvailable
  }

  private static let soxrIsAvailable: Bool = {
    silenceFFmpeg()
    var context = makeContext(from: 44_100, to: 16_000, engine: .soxr)
    defer { swr_free(&context) }
    return context != nil
  }()

  private static func makeContext(from: Int, to: Int, engine: Engine) -> OpaquePointer? {
    silenceFFmpeg()
    var context: OpaquePointer?
    var input = AVChannelLayout()
    var output = AVChannelLayout()
    av_channel_layout_default(&input, 1)
    av_channel_layout_default(&output, 1)
    guard
      swr_alloc_set_opts2(
        &context, &output, AV_SAMPLE_FMT_FLT, Int32(to), &input, AV_SAMPLE_FMT_FLT, Int32(from), 0, nil) >= 0,
      let made = context
    else { return nil }
    let object = UnsafeMutableRawPointer(made)
    switch engine {
    case .soxr:
      av_opt_set_int(object, "resampler", Int64(SWR_ENGINE_SOXR.rawValue), 0)
      av_opt_set_double(object, "precision", 28, 0)
    case .swr:
      // Kaiser's formula: 128 taps and beta 10 (100 dB) have a transition of a tenth of the band, centred on the cutoff.
      av_opt_set_int(object, "resampler", Int64(SWR_ENGINE_SWR.rawValue), 0)
      av_opt_set_int(object, "filter_size", 128, 0)
      av_opt_set_int(object, "filter_type", Int64(SWR_FILTER_TYPE_KAISER.rawValue), 0)
      av_opt_set_double(object, "kaiser_beta", 10, 0)
      av_opt_set_double(object, "cutoff", 0.94, 0)
      av_opt_set_sample_fmt(object, "internal_sample_fmt", AV_SAMPLE_FMT_DBLP, 0)
    }
    guard swr_init(made) >= 0 else {
      swr_free(&context)
      return nil
    }
    return made
  }
}

/// Why a signal could not be resampled.
public enum ResamplerError: Error, Equatable, CustomStringConvertible {
  /// The rate is outside `Resampler.rates`.
  case rate(Int)
  /// libswresample can't be set up for the two rates.
  case unavailable(from: Int, to: Int)
  /// libswresample gave up.
  case failed(from: Int, to: Int)

  /// One sentence.
  public var description: String {
    switch self {
    case .rate(let rate):
      "a sample rate of \(rate) Hz can't be resampled; \(Resampler.rates.lowerBound) to \(Resampler.rates.upperBound) Hz can"
    case .unavailable(let from, let to): "libswresample can't be set up from \(from) to \(to) Hz"
    case .failed(let from, let to): "libswresample failed from \(from) to \(to) Hz"
    }
  }
}
