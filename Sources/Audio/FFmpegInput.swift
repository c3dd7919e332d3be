import CFFmpeg

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// An open file, its best audio stream and that stream's decoder: the one place that holds FFmpeg's objects.
final class FFmpegInput {
  let path: String
  let metadata: AudioMetadata
  /// Seconds that the container declares, not estimates from a bit rate; nil where it declares none.
  let declared: Double?
  /// Samples of each channel in one packet; 0 where it varies.
  let packetLength: Int
  /// Seconds that all packets so far stand for, those samples included that the decoder drops as delay and padding.
  private(set) var packetSeconds = 0.0
  /// Where packets could not be read or decoded: seconds of audio before the latest such place.
  private(set) var damage: Double?

  private let io: IO
  private let format: Format
  private let codec: Codec
  private let stream: Int32
  private let tick: Double
  /// Whether the file is read to its end and only the decoder still holds something.
  private(set) var isDraining = false
  private var failures = 0

  init(path: String) throws(AudioError) {
    silenceFFmpeg()
    self.path = path
    io = try IO(path: path)
    format = try Format(io: io, path: path)
    let best = try format.bestAudioStream(path: path)
    stream = best.index
    codec = try Codec(stream: best.stream, format: format, path: path)

    let parameters = best.stream.pointee.codecpar.pointee
    let base = best.stream.pointee.time_base
    tick = base.den > 0 ? Double(base.num) / Double(base.den) : 0
    let duration = format.duration(of: best.stream)
    packetLength = Int(parameters.frame_size)
    declared = duration.isDeclared ? duration.seconds : nil
    metadata = AudioMetadata(
      format: format.name, codec: String(cString: avcodec_get_name(parameters.codec_id)),
      channels: Int(parameters.ch_layout.nb_channels), sampleRate: Int(parameters.sample_rate),
      duration: duration.seconds)
    guard Resampler.rates.contains(metadata.sampleRate) else {
      throw .badHeader(
        path: path, format: format.name, reason: "\(ResamplerError.rate(metadata.sampleRate))")
    }
  }

  /// The next decoded frame, valid until the next call; nil at the end. `position` is how many seconds were decoded before.
  func nextFrame(at position: Double) throws(AudioError) -> UnsafeMutablePointer<AVFrame>? {
    while failures < Self.maximumFailures {
      let status = avcodec_receive_frame(codec.context, codec.frame)
      if status >= 0 {
        failures = 0
        return codec.frame
      }
      if status == AFFECT_AVERROR_EOF { return nil }
      if status != AFFECT_AVERROR_EAGAIN {
        note(at: position)
      } else if isDraining {
        return nil
      } else {
        try feed(at: position)
      }
    }
    return nil
  }

  // A decoder that fails this often in a row finds nothing any more; without a bound a hostile file could hold us for hours.
  private static let maximumFailures = 10_000

  private func note(at position: Double) {
    failures += 1
    damage = position
  }

  private func feed(at position: Double) throws(AudioError) {
    let status = av_read_frame(format.context, codec.packet)
    guard status >= 0 else {
      if let error = io.error { throw .unreadable(path: path, reason: message(of: error)) }
      if status != AFFECT_AVERROR_EOF { note(at: position) }
      isDraining = true
      _ = avcodec_send_packet(codec.context, nil)
      return
    }
    defer { av_packet_unref(codec.packet) }
    guard codec.packet.pointee.stream_index == stream, codec.packet.pointee.size > 0 else { return }
    packetSeconds += Double(codec.packet.pointee.duration) * tick
    let sent = avcodec_send_packet(codec.context, codec.packet)
    if sent < 0, sent != AFFECT_AVERROR_EAGAIN { note(at: position) }
  }

  /// Whether an Ogg file stops before the page that ends its stream. For the end only: it moves the place in the file.
  func lacksOggEnd() -> Bool {
    guard metadata.format == "ogg", let size = io.size else { return false }
    return OggTail.isIncomplete(io.bytes(at: max(0, size - Int64(OggTail.length)), count: OggTail.length)) ?? false
  }

  /// The part of the file that reaches beyond its end. For the end only: it moves the place in the file.
  func shortfall() -> ContainerParts.Shortfall? {
    ContainerParts.shortfall(of: io, format: metadata.format)
  }
}

/// What FFmpeg or the operating system says of an error code.
func message(of error: Int32) -> String {
  var text = [CChar](repeating: 0, count: 256)
  guard av_strerror(error, &text, text.count) >= 0 else { return "error \(error)" }
  return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A file opened for reading. The prefix `file:` keeps any path from being taken as an address or an option.
private final class IO: RandomAccess {
  private(set) var context: UnsafeMutablePointer<AVIOContext>?

  init(path: String) throws(AudioError) {
    guard !path.utf8.contains(0) else { throw .missing(path: path) }
    let status = avio_open2(&context, "file:" + path, AVIO_FLAG_READ, nil, nil)
    guard status >= 0 else { throw Self.error(status, path: path) }
    var byte: UInt8 = 0
    let count = avio_read(context, &byte, 1)
    guard count == 1 else {
      let status = error ?? (count < 0 && count != AFFECT_AVERROR_EOF ? count : nil)
      avio_closep(&context)
      if let status { throw Self.error(status, path: path) }
      throw .empty(path: path)
    }
    avio_seek(context, 0, SEEK_SET)
  }

  deinit { avio_closep(&context) }

  var error: Int32? {
    guard let code = context?.pointee.error, code < 0, code != AFFECT_AVERROR_EOF else { return nil }
    return code
  }

  var size: Int64? {
    let size = avio_size(context)
    return size > 0 && context?.pointee.seekable != 0 ? size : nil
  }

  func bytes(at offset: Int64, count: Int) -> [UInt8] {
    guard avio_seek(context, offset, SEEK_SET) >= 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    let found = avio_read(context, &bytes, Int32(count))
    return Array(bytes.prefix(max(0, Int(found))))
  }

  private static func error(_ status: Int32, path: String) -> AudioError {
    switch -status {
    case ENOENT, ENOTDIR: .missing(path: path)
    case EISDIR: .isFolder(path: path)
    case EACCES, EPERM: .notPermitted(path: path)
    default: .unreadable(path: path, reason: message(of: status))
    }
  }
}

/// A demuxer with its header read.
private final class Format {
  private(set) var context: UnsafeMutablePointer<AVFormatContext>?
  let name: String
  // Held so that the file outlives the demuxer that reads it.
  private let io: IO

  init(io: IO, path: String) throws(AudioError) {
    self.io = io
    var demuxer: UnsafePointer<AVInputFormat>?
    guard av_probe_input_buffer2(io.context, &demuxer, "file:" + path, nil, 0, 0) >= 0, let demuxer else {
      throw .notAudio(path: path)
    }
    name = String(cString: demuxer.pointee.name)
    context = avformat_alloc_context()
    guard let opening = context else { throw .unreadable(path: path, reason: message(of: -ENOMEM)) }
    opening.pointee.pb = io.context
    affect_refuse_other_files(opening)
    // FFmpeg looks for AC-3 and DTS in the first megabytes of any PCM, which costs more than to decode a short clip.
    if name == "wav" || name == "w64" { opening.pointee.max_probe_packets = 1 }
    // Those that open files by themselves (concat) look at this list instead.
    var options: OpaquePointer?
    av_dict_set(&options, "protocol_whitelist", "none", 0)
    defer { av_dict_free(&options) }
    // On failure FFmpeg frees the context and sets it to nil.
    var status = avformat_open_input(&context, "file:" + path, demuxer, &options)
    if status >= 0 {
      status = avformat_find_stream_info(context, nil)
    }
    guard status >= 0 else {
      avformat_close_input(&context)
      if status == AFFECT_AVERROR_EOF || ContainerParts.shortfall(of: io, format: name) != nil {
        throw .truncated(path: path, promised: nil, found: 0)
      }
      throw .badHeader(path: path, format: name, reason: message(of: status))
    }
  }

  deinit { avformat_close_input(&context) }

  func bestAudioStream(path: String) throws(AudioError) -> (index: Int32, stream: UnsafeMutablePointer<AVStream>) {
    guard let context else { throw .notAudio(path: path) }
    let streams = (0..<Int(context.pointee.nb_streams)).compactMap { context.pointee.streams[$0] }
    let best = av_find_best_stream(context, AVMEDIA_TYPE_AUDIO, -1, -1, nil, 0)
    guard best >= 0, Int(best) < streams.count else {
      // FFmpeg passes over a stream of audio without channels or without a rate.
      guard !streams.contains(where: { $0.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_AUDIO }) else {
        throw .badHeader(path: path, format: name, reason: "it gives no number of channels or no sample rate")
      }
      let kinds = streams.map { stream in
        let parameters = stream.pointee.codecpar.pointee
        let kind = av_get_media_type_string(parameters.codec_type).map { String(cString: $0) } ?? "data"
        return "\(kind) (\(String(cString: avcodec_get_name(parameters.codec_id))))"
      }
      guard !kinds.isEmpty else {
        throw .badHeader(path: path, format: name, reason: "it announces no stream")
      }
      throw .noAudioStream(path: path, holds: kinds.joined(separator: ", "))
    }
    for (index, stream) in streams.enumerated() where index != Int(best) {
      stream.pointee.discard = AVDISCARD_ALL
    }
    return (best, streams[Int(best)])
  }

  func duration(of stream: UnsafeMutablePointer<AVStream>) -> (seconds: Double?, isDeclared: Bool) {
    guard let context else { return (nil, false) }
    let isDeclared = context.pointee.duration_estimation_method == AVFMT_DURATION_FROM_STREAM
    let ticks = stream.pointee.duration
    let base = stream.pointee.time_base
    if ticks != AFFECT_AV_NOPTS_VALUE, ticks > 0, base.den > 0 {
      return (Double(ticks) * Double(base.num) / Double(base.den), isDeclared)
    }
    let whole = context.pointee.duration
    guard whole != AFFECT_AV_NOPTS_VALUE, whole > 0 else { return (nil, false) }
    return (Double(whole) / Double(AV_TIME_BASE), isDeclared)
  }
}

/// A decoder, and the packet and frame that all of its work goes through.
private final class Codec {
  private(set) var context: UnsafeMutablePointer<AVCodecContext>?
  private(set) var packet: UnsafeMutablePointer<AVPacket>
  private(set) var frame: UnsafeMutablePointer<AVFrame>

  init(stream: UnsafeMutablePointer<AVStream>, format: Format, path: String) throws(AudioError) {
    let outOfMemory = AudioError.unreadable(path: path, reason: message(of: -ENOMEM))
    guard let packet = av_packet_alloc() else { throw outOfMemory }
    self.packet = packet
    guard let frame = av_frame_alloc() else {
      var packet: UnsafeMutablePointer<AVPacket>? = packet
      av_packet_free(&packet)
      throw outOfMemory
    }
    self.frame = frame
    let parameters = stream.pointee.codecpar
    let id = parameters?.pointee.codec_id ?? AV_CODEC_ID_NONE
    guard let decoder = avcodec_find_decoder(id) else {
      throw .unsupportedCodec(path: path, codec: String(cString: avcodec_get_name(id)))
    }
    context = avcodec_alloc_context3(decoder)
    var status = avcodec_parameters_to_context(context, parameters)
    context?.pointee.pkt_timebase = stream.pointee.time_base
    if status >= 0 { status = avcodec_open2(context, decoder, nil) }
    guard status >= 0 else {
      throw .badHeader(path: path, format: format.name, reason: message(of: status))
    }
  }

  deinit {
    avcodec_free_context(&context)
    var packet: UnsafeMutablePointer<AVPacket>? = packet
    av_packet_free(&packet)
    var frame: UnsafeMutablePointer<AVFrame>? = frame
    av_frame_free(&frame)
  }
}
