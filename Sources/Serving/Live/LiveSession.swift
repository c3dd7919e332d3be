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
  private let live: LiveRecognition
  private let parameters: LiveParameters
  private let limit: Double
  /// Bytes of a sample that has not come whole.
  private var rest: [UInt8] = []
  private var samples = 0

  /// A session of at most `limit` seconds.
  init(_ entry: ModelShelf.Entry, _ parameters: LiveParameters, limit: Double) throws {
    (self.parameters, self.limit) = (parameters, limit)
    let engine = entry.engine
    live = try LiveRecognition(
      sampleRate: parameters.rate, cutter: parameters.cutting.liveCutter, partialEvery: parameters.partial
    ) { try await engine.recognize($0) }
  }

  /// Seconds of audio so far.
  var seconds: Double { Double(samples) / Double(parameters.rate) }

  /// Takes bytes of samples, cut anywhere. Throws a problem for a sample that is no number, and for too long a stream.
  func push(_ bytes: [UInt8]) async throws -> [LiveEvent] {
    let mono = try decoded(bytes)
    samples += mono.count
    guard seconds <= limit else {
      throw Problem(
        .contentTooLarge, "too-long",
        "the stream is longer than the \(limit.words) s that are taken here")
    }
    return try await live.push(mono).map(Self.event)
  }

  /// The end of the audio: what is left becomes the last segment.
  func finish() async throws -> [LiveEvent] {
    guard rest.isEmpty else {
      throw Problem.badRequest(
        "the stream ends within a sample: \(rest.count) of the \(parameters.encoding.width) bytes of \(parameters.encoding.rawValue)"
      )
    }
    return try await live.finish().map(Self.event) + [.done(duration: seconds)]
  }

  private static func event(_ segment: RecognizedSegment) -> LiveEvent {
    segment.isPartial ? .partial(Timeline.Segment(segment)) : .segment(Timeline.Segment(segment))
  }

  private func decoded(_ bytes: [UInt8]) throws(Problem) -> [Float] {
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
    if let bad = result.firstIndex(where: { !($0.magnitude <= AudioFile.largestSample) }) {
      let second = seconds + Double(bad) / Double(parameters.rate)
      throw Problem(.unprocessableContent, "damaged-audio", "the sample at \(second) s is no number of sound")
    }
    return result
  }
}
