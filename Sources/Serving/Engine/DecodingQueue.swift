import Audio
import Dispatch
import HTTPTypes
import Recognition

/// A recording that is decoded and cut away from the threads that serve connections.
///
/// Unchecked: the decoder and the cutter are touched on `queue` alone.
final class DecodingQueue: @unchecked Sendable {
  private let queue = DispatchQueue(label: "affect-decoding")
  private let path: String
  private let limit: Double
  private var cutter: any StretchCutter
  private var decoder: AudioDecoder?
  private var samples = 0
  private var hasEnded = false

  /// A recording of at most `limit` seconds; the file is opened with the first call of `next`.
  init(path: String, plan: SegmentationPlan, limit: Double) {
    (self.path, self.limit) = (path, limit)
    cutter = plan.cutter()
  }

  /// The next stretches, at least one, or nil at the end; and how many seconds were decoded so far. Throws a `Problem`.
  func next() async throws -> (stretches: [Stretch]?, seconds: Double) {
    try await withCheckedThrowingContinuation { continuation in
      queue.async {
        do throws(Problem) {
          let stretches = try self.advance()
          continuation.resume(returning: (stretches, Double(self.samples) / 16_000))
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
  }

  private func advance() throws(Problem) -> [Stretch]? {
    while !hasEnded {
      let stretches: [Stretch]
      if let block = try block() {
        if let bad = block.firstIndex(where: { !($0.magnitude <= LiveSession.largestSample) }) {
          hasEnded = true
          throw Problem(
            .unprocessableContent, "damaged-audio",
            "the recording: the sample at \(Double(samples + bad) / 16_000) s is far beyond full scale")
        }
        samples += block.count
        stretches = cutter.add(block)
      } else {
        hasEnded = true
        stretches = cutter.finish()
      }
      if Double(samples) / 16_000 > limit { throw tooLong }
      if !stretches.isEmpty { return stretches }
    }
    return nil
  }

  private func block() throws(Problem) -> [Float]? {
    do throws(AudioError) {
      if let decoder { return try decoder.next() }
      let made = try AudioDecoder(path: path)
      decoder = made
      // What a header promises is not worth decoding to the end of if it is too much.
      if made.metadata.duration ?? 0 <= limit { return try made.next() }
    } catch {
      hasEnded = true
      throw Problem(error, path: path)
    }
    throw tooLong
  }

  private var tooLong: Problem {
    Problem(
      .contentTooLarge, "too-long",
      "the recording is longer than the \(limit.words) s that are taken here")
  }
}
