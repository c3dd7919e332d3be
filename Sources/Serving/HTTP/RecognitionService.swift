import Emotion
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Recognition

/// `POST /v1/recognize`: a recording comes, its timeline goes.
struct RecognitionService: Sendable {
  let options: ServerOptions
  let shelf: ModelShelf
  let admission: Admission
  let receiver: Receiver
  let metrics: ServerMetrics

  /// Stretches of one recording that are with the engine at a time.
  static let lookahead = 8

  func recognize(_ call: Call) async throws -> Response {
    try call.allow(RecognitionParameters.names)
    // What is wrong with the query is said before the body is read.
    _ = try shelf.entry(RecognitionParameters(call.query).model)
    let ticket = try admission.enter()
    let upload = try await receiver.receive(call.request)
    let parameters = try RecognitionParameters(call.query, fields: upload.fields)
    let entry = try shelf.entry(parameters.model)
    let place = try await timed(call) { try await admission.begin() }
    let stream = SegmentStream(
      DecodingQueue(path: upload.file.url.path, plan: parameters.cutting.plan, limit: options.maximumSeconds),
      engine: entry.engine, lookahead: Self.lookahead, explains: parameters.explains)
    let work = Work(call: call, upload: upload, entry: entry, stream: stream, held: [ticket, place])
    if call.request.headers[.accept]?.lowercased().contains("text/event-stream") == true {
      return try await events(work)
    }
    let timeline = try await timed(call) {
      var segments: [Timeline.Segment] = []
      while let segment = try await stream.next() { segments.append(Timeline.Segment(segment)) }
      return Timeline(model: entry.name, file: upload.name, duration: await stream.seconds, segments: segments)
    }
    count(timeline.duration, timeline.segments.count)
    return try Self.response(timeline, parameters.format, entry)
  }

  private struct Work: Sendable {
    let call: Call
    let upload: Upload
    let entry: ModelShelf.Entry
    let stream: SegmentStream
    /// Places that are given back when the answer ends.
    let held: [any AnyObject & Sendable]
  }

  /// A timeline in a format, to be saved under the recording's name.
  static func response(_ timeline: Timeline, _ format: TimelineExport, _ entry: ModelShelf.Entry) throws -> Response {
    let data = try format.data(
      timeline, classes: entry.configuration.classes.map(\.rawValue),
      attributes: entry.configuration.attributes.map(\.rawValue))
    var headers = HTTPFields()
    if format != .json {
      headers[.contentDisposition] = "attachment; filename=\"timeline.\(format.fileExtension)\""
    }
    return .bytes(data, type: format.mediaType, headers: headers)
  }

  /// Segments as they are ready. What is wrong from the beginning is still answered with its own status.
  private func events(_ work: Work) async throws -> Response {
    let first = try await timed(work.call) { try await work.stream.next() }
    var headers = HTTPFields()
    headers[.contentType] = "text/event-stream"
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        var (segment, number) = (first, 0)
        do {
          while let found = segment {
            try await writer.write(Self.event("segment", JSONText.string(Timeline.Segment(found))))
            number += 1
            segment = try await timed(work.call) { try await work.stream.next() }
          }
          let seconds = await work.stream.seconds
          count(seconds, number)
          let end = End(model: work.entry.name, file: work.upload.name, duration: seconds, segments: number)
          try await writer.write(Self.event("done", JSONText.string(end)))
        } catch let problem as Problem {
          try await writer.write(Self.event("error", JSONText.string(problem)))
        }
        try await writer.finish(nil)
      })
  }

  private struct End: Encodable {
    let model: String
    let file: String?
    let duration: Double
    let segments: Int
  }

  private static func event(_ name: String, _ data: String) -> ByteBuffer {
    ByteBuffer(string: "event: \(name)\ndata: \(data)\n\n")
  }

  private func count(_ seconds: Double, _ segments: Int) {
    metrics.add(seconds, to: "affect_audio_seconds_total")
    metrics.add(Double(segments), to: "affect_segments_total")
  }

  /// The body's result within the time that the request has left.
  private func timed<Output: Sendable>(
    _ call: Call, _ body: @escaping @Sendable () async throws -> Output
  ) async throws -> Output {
    let left = options.secondsPerRequest - (.now - call.since).inSeconds
    let problem = Problem(
      .contentTooLarge, "takes-too-long",
      "the recording could not be recognised within \(options.secondsPerRequest.words) s; "
        + "POST /v1/jobs takes long ones")
    return try await within(seconds: max(left, 0), on: call.context.channel.eventLoop, or: problem, body)
  }
}
