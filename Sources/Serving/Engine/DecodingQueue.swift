import Audio
import Dispatch
import Foundation
import HTTPTypes
import Recognition

/// A recording that is decoded and cut away from the threads that serve connections, on those of Dispatch: as many at a time as
/// there are cores, however many recordings have come.
///
/// Unchecked: the reader is touched on `queue` alone.
final class DecodingQueue: @unchecked Sendable {
  private let queue = DispatchQueue(label: "affect-decoding")
  private let path: String
  private let plan: SegmentationPlan
  private let limit: Double
  private var reader: StretchReader?

  /// A recording of at most `limit` seconds; the file is opened with the first call of `next`.
  init(path: String, plan: SegmentationPlan, limit: Double) {
    (self.path, self.plan, self.limit) = (path, plan, limit)
  }

  /// The next stretches, at least one, or nil at the end; and how many seconds were decoded so far. Throws a `Problem`.
  func next() async throws -> (stretches: [Stretch]?, seconds: Double) {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try self.advance() }) }
    }
  }

  private func advance() throws -> (stretches: [Stretch]?, seconds: Double) {
    do {
      let reader = try opened()
      return (try reader.next(), reader.seconds)
    } catch let error as AudioError {
      throw Problem(error, path: path)
    } catch RecognitionError.tooLong(let longest) {
      throw Problem(
        .contentTooLarge, "too-long", "the recording is longer than the \(longest.words) s that are taken here")
    }
  }
  /// Not `try reader ?? StretchReader(...)`: of that Swift 6.3.1 makes code, in release builds, that goes on with a freed reader where a
  /// recording can't be opened.
  private func opened() throws -> StretchReader {
    if let reader { return reader }
    let made = try StretchReader(.file(URL(filePath: path)), plan, .mix, longest: limit)
    reader = made
    return made
  }
}
