import CFFmpeg

/// Speech as it comes through a line of the internet: coded by Opus (RFC 6716) and decoded again, in memory.
enum Opus {
  /// Bits a second of the narrowest line that still carries wideband speech, and of the widest that is heard.
  static let bitRates = 6_000...64_000

  private static let rate: Int32 = 16_000
  /// 20 ms, as calls have it.
  private static let frameLength = 320

  /// Whether the FFmpeg that is loaded codes Opus.
  static let isAvailable: Bool = {
    silenceFFmpeg()
    return avcodec_find_encoder_by_name("libopus") != nil && avcodec_find_decoder(AV_CODEC_ID_OPUS) != nil
  }()

  /// The clip at the other end, as long as it was and not shifted; nil where the codec is missing or refuses.
  ///
  /// - Parameters:
  ///   - x: mono at 16 kHz
  ///   - bitRate: bits a second, in `bitRates`
  static func heard(_ x: [Float], bitRate: Int) -> [Float]? {
    guard isAvailable, !x.isEmpty, let encoder = encoder(bitRate) else { return nil }
    var (sender, packet, frame) = (
      Optional(encoder), av_packet_alloc(), av_frame_alloc()
    )
    var receiver: UnsafeMutablePointer<AVCodecContext>?
    defer {
      avcodec_free_context(&sender)
      avcodec_free_context(&receiver)
      av_packet_free(&packet)
      av_frame_free(&frame)
    }
    guard let packet, let frame, let decoder = decoder(of: encoder) else { return nil }
    receiver = decoder
    guard let resampler = try? Resampler(from: Int(decoder.pointee.sample_rate), to: Int(rate)) else { return nil }
    var decoded: [Float] = []
    /// Everything that the encoder has ready goes through the decoder.
    func pass() -> Bool {
      while true {
        let status = avcodec_receive_packet(encoder, packet)
        if status == AFFECT_AVERROR_EAGAIN || status == AFFECT_AVERROR_EOF { return true }
        guard status >= 0, avcodec_send_packet(decoder, packet) >= 0 else { return false }
        av_packet_unref(packet)
        while avcodec_receive_frame(decoder, frame) >= 0 {
          guard frame.pointee.appendMono(to: &decoded) else { return false }
        }
      }
    }
    // The end is padded: the codec's delay must not take the last word.
    let delay = Int(encoder.pointee.initial_padding)
    let padded = x + [Float](repeating: 0, count: delay + frameLength - (x.count + delay) % frameLength)
    for start in stride(from: 0, to: padded.count, by: frameLength) {
      guard send(padded[start..<(start + frameLength)], to: encoder, in: frame, at: start), pass() else { return nil }
    }
    guard avcodec_send_frame(encoder, nil) >= 0, pass() else { return nil }
    var y: [Float] = []
    guard (try? resampler.process(decoded, into: &y)) != nil, (try? resampler.finish(into: &y)) != nil else {
      return nil
    }
    // What was decoded before the first sample of the clip.
    return Array(y.dropFirst(delay).prefix(x.count)) + [Float](repeating: 0, count: max(x.count + delay - y.count, 0))
  }

  private static func send(
    _ samples: ArraySlice<Float>, to encoder: UnsafeMutablePointer<AVCodecContext>,
    in frame: UnsafeMutablePointer<AVFrame>, at position: Int
  ) -> Bool {
    av_frame_unref(frame)
    frame.pointee.format = AV_SAMPLE_FMT_FLT.rawValue
    frame.pointee.nb_samples = Int32(samples.count)
    frame.pointee.sample_rate = rate
    frame.pointee.pts = Int64(position)
    av_channel_layout_default(&frame.pointee.ch_layout, 1)
    guard av_frame_get_buffer(frame, 0) >= 0, let plane = frame.pointee.data.0 else { return false }
    plane.withMemoryRebound(to: Float.self, capacity: samples.count) { target in
      for (i, sample) in samples.enumerated() { target[i] = sample }
    }
    defer { av_frame_unref(frame) }
    return avcodec_send_frame(encoder, frame) >= 0
  }

  private static func encoder(_ bitRate: Int) -> UnsafeMutablePointer<AVCodecContext>? {
    guard let codec = avcodec_find_encoder_by_name("libopus"), let context = avcodec_alloc_context3(codec) else {
      return nil
    }
    context.pointee.sample_rate = rate
    context.pointee.sample_fmt = AV_SAMPLE_FMT_FLT
    context.pointee.bit_rate = Int64(bitRate)
    context.pointee.time_base = AVRational(num: 1, den: rate)
    context.pointee.thread_count = 1
    av_channel_layout_default(&context.pointee.ch_layout, 1)
    av_opt_set(context.pointee.priv_data, "application", "voip", 0)
    guard avcodec_open2(context, codec, nil) >= 0, Int(context.pointee.frame_size) == frameLength else {
      var context: UnsafeMutablePointer<AVCodecContext>? = context
      avcodec_free_context(&context)
      return nil
    }
    return context
  }

  private static func decoder(of encoder: UnsafeMutablePointer<AVCodecContext>) -> UnsafeMutablePointer<AVCodecContext>?
  {
    guard let codec = avcodec_find_decoder(AV_CODEC_ID_OPUS), let context = avcodec_alloc_context3(codec) else {
      return nil
    }
    // Without the encoder's header the decoder drops nothing at the start.
    av_channel_layout_default(&context.pointee.ch_layout, 1)
    context.pointee.sample_rate = 48_000
    context.pointee.thread_count = 1
    guard avcodec_open2(context, codec, nil) >= 0 else {
      var context: UnsafeMutablePointer<AVCodecContext>? = context
      avcodec_free_context(&context)
      return nil
    }
    return context
  }
}
