import Emotion
import Foundation
import Recognition

/// The code of the articles in `Recognition.docc`, between the marks, as the tests run it.
enum DocumentationExamples {
  static func recording(_ bundle: URL, _ recording: URL) async throws {
    // example
    let recognizer = try await Recognizer(bundle: bundle)
    for try await segment in recognizer.segments(of: .file(recording)) {
      print(segment.start, segment.end, segment.emotion?.rawValue ?? "-", segment.confidence)
    }
    // end
  }

  static func turns(_ recognizer: Recognizer, _ recording: URL, _ turns: URL) async throws -> String {
    // example
    let plan = SegmentationPlan.given(try SegmentFile.read(turns))
    var timeline = Timeline(file: recording.lastPathComponent, segments: [])
    for try await segment in recognizer.segments(of: .file(recording), plan: plan) {
      timeline.segments.append(segment)
    }
    let grid = try TimelineFormat.textgrid.text(of: [timeline])
    // end
    return grid
  }

  static func tasks(_ recognizer: Recognizer, _ recordings: [URL]) async throws -> [URL: RecognizedSegment] {
    // example
    let found = try await withThrowingTaskGroup(of: (URL, RecognizedSegment?).self) { group in
      for recording in recordings {
        group.addTask {
          for try await segment in recognizer.segments(of: .file(recording)) { return (recording, segment) }
          return (recording, nil)
        }
      }
      return try await group.reduce(into: [URL: RecognizedSegment]()) { $0[$1.0] = $1.1 }
    }
    // end
    return found
  }

  static func careful(_ recognizer: Recognizer, _ recording: URL) async throws {
    // example
    let careful = RecognitionOptions(abstainBelow: 0.6)
    for try await segment in recognizer.segments(of: .file(recording), options: careful) {
      if segment.abstains == true { continue }
      print(segment.start, segment.emotion?.rawValue ?? "-")
    }
    // end
  }

  static func live(_ recognizer: Recognizer, _ microphone: AsyncStream<[Float]>) async throws -> LiveRecognition {
    // example
    let live = try recognizer.live(sampleRate: 48_000)
    for await buffer in microphone {
      for segment in try await live.push(buffer) {
        print(segment.isPartial ? "…" : "", segment.start, segment.emotion?.rawValue ?? "-")
      }
    }
    for segment in try await live.finish() {
      print(segment.start, segment.emotion?.rawValue ?? "-")
    }
    // end
    return live
  }

  static func explanation(_ recognizer: Recognizer, _ samples: [Float]) async throws -> Explanation? {
    // example
    let segment = try await recognizer.recognize(samples, options: RecognitionOptions(explains: true))
    if let explanation = segment.explanation {
      let stream = explanation.streams.max { $0.weight < $1.weight }
      let second = explanation.seconds.max { $0.weight < $1.weight }
      print(explanation.emotion.rawValue, stream?.name ?? "-", second?.start ?? 0)
    }
    // end
    return segment.explanation
  }
}
