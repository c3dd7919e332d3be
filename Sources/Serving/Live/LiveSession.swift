import Audio
import Foundation
import HTTPTypes
import Recognition

/// What a live stream's client is told.
enum LiveEvent: Encodable, Sendable {
  /// The server listens.
  case ready(model: String, classes: [String])
  /// An estimate of the segment that is still open; it may change.
  case partial(Timeline.Segment)
  /// A segment that stands.
  case segment(Timeline.Segment)
  /// The stream has ended, so many seconds long.
  case done(duration: Double)
  /// The stream is ended by the server.
  case error(Problem)

  private enum Keys: String, CodingKey { case type, model, classes, segment, duration, problem }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Keys.self)
    switch self {
    case .ready(let model, let classes):
      try values.encode("ready", forKey: .type)
      try values.encode(model, forKey: .model)
      try values.encode(classes, forKey: .classes)
    case .partial(let segment):
      try values.encode("partial", forKey: .type)
      try values.encode(segment, forKey: .segment)
    case .segment(let segment):
      try values.encode("segment", forKey: .type)
      try values.encode(segment, forKey: .segment)
    case .done(let duration):
      try values.encode("done", forKey: .type)
      try values.encode(duration, forKey: .duration)
    case .error(let problem):
      try values.encode("error", forKey: .type)
      try values.encode(problem, forKey: .problem)
    }
  }
}

/// Live audio that is pushed in, and the timeline that comes of it. Whoever pushes waits for what the audio completes, so
/// that audio does not pile up.
actor LiveSession {
  /// A number far beyond full scale is no sound, and its square is infinite.
  static let largestSample: Float = 1e6

  private let engine: RecognitionEngine
  private let parameters: LiveParameters
  private let limit: Double
  private let resampler: Resampler?
  private var rest: [UInt8] = []
  private var cutter: LiveCutter
  /// Samples heard when the open segment was last estimated.
  private var estimated = 0

  /// A session of at most `limit` seconds.
  init(_ entry: ModelShelf.Entry, _ parameters: LiveParameters, limit: Double) throws {
    (engine, self.parameters, self.limit) = (entry.engine, parameters, limit)
    cutter = LiveCutter(parameters.cutting)
    resampler = parameters.rate == 16_000 ? nil : try Resampler(from: parameters.rate, to: 16_000)
  }

  /// Seconds of audio so far.
  var seconds: Double { Double(cutter.heard) / 16_000 }

  /// Takes bytes of samples, cut anywhere. Throws a problem for a sample that is no number, and for too long a stream.
  func push(_ bytes: [UInt8]) async throws -> [LiveEvent] {
    var mono = try samples(bytes)
    if let resampler {
      var output: [Float] = []
      try resampler.process(mono, into: &output)
      mono = output
    }
    let ended = cutter.add(mono)
    guard seconds <= limit else {
      throw Problem(
        .contentTooLarge, "too-long",
        "the stream is longer than the \(limit.words) s that are taken here")
    }
    var events: [LiveEvent] = []
    for stretch in ended { events.append(.segment(try await recognized(stretch))) }
    if !ended.isEmpty { estimated = cutter.heard }
    if cutter.heard - estimated >= Int(parameters.partial * 16_000), let open = cutter.open {
      estimated = cutter.heard
      events.append(.partial(try await recognized(open)))
    }
    return events
  }

  /// The end of the audio: what is left becomes the last segment.
  func finish() async throws -> [LiveEvent] {
    guard rest.isEmpty else {
      throw Problem.badRequest(
        "the stream ends within a sample: \(rest.count) of the \(parameters.encoding.width) bytes of \(parameters.encoding.rawValue)"
      )
    }
    var last: [Float] = []
    if let resampler { try resampler.finish(into: &last) }
    var events: [LiveEvent] = []
    for stretch in cutter.add(last) + cutter.finish() { events.append(.segment(try await recognized(stretch))) }
    events.append(.done(duration: seconds))
    return events
  }

  private func recognized(_ stretch: Stretch) async throws -> Timeline.Segment {
    Timeline.Segment(try await engine.recognize(stretch))
  }

  private func samples(_ bytes: [UInt8]) throws(Problem) -> [Float] {
    rest += bytes
    let width = parameters.encoding.width
    let count = rest.count / width
    var result: [Float] = []
    result.reserveCapacity(count)
    rest.withUnsafeBytes { raw in
      for i in 0..<count {
        switch parameters.encoding {
        case .s16le:
          result.append(Float(Int16(littleEndian: raw.loadUnaligned(fromByteOffset: i * 2, as: Int16.self))) / 32_768)
        case .f32le:
          let bits = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: i * 4, as: UInt32.self))
          result.append(Float(bitPattern: bits))
        }
      }
    }
    rest.removeFirst(count * width)
    if let bad = result.firstIndex(where: { !($0.magnitude <= Self.largestSample) }) {
      let second = seconds + Double(bad) / Double(parameters.rate)
      throw Problem(.unprocessableContent, "damaged-audio", "the sample at \(second) s is no number of sound")
    }
    return result
  }
}
