import Foundation
import Recognition

/// The segments of a recording in order, as they are ready. A few stretches are with the engine at a time, so that one
/// recording alone fills batches too, and no more is decoded than is waited for.
actor SegmentStream {
  private let source: DecodingQueue
  private let engine: RecognitionEngine
  private let lookahead: Int
  private let explains: Bool
  private var tasks: [Task<RecognizedSegment, any Error>] = []
  private var waiting: [Stretch] = []
  private var hasEnded = false
  /// Seconds decoded so far.
  private(set) var seconds = 0.0

  init(_ source: DecodingQueue, engine: RecognitionEngine, lookahead: Int, explains: Bool) {
    (self.source, self.engine, self.lookahead, self.explains) = (source, engine, lookahead, explains)
  }

  deinit { for task in tasks { task.cancel() } }

  /// The next segment, or nil at the end. Throws a `Problem` for a recording's fault.
  func next() async throws -> RecognizedSegment? {
    while tasks.count < lookahead {
      if waiting.isEmpty {
        if hasEnded { break }
        let (stretches, decoded) = try await source.next()
        seconds = decoded
        guard let stretches else {
          hasEnded = true
          break
        }
        waiting = stretches
      }
      var next = waiting.removeFirst()
      next.explains = explains
      let (stretch, engine) = (next, engine)
      tasks.append(Task { try await engine.recognize(stretch) })
    }
    guard !tasks.isEmpty else { return nil }
    let first = tasks.removeFirst()
    return try await withTaskCancellationHandler {
      try await first.value
    } onCancel: {
      first.cancel()
    }
  }
}
