/// The segments of a recording, which `Recognizer.segments(of:plan:channels:options:)` gives. It can be read by several tasks, and
/// several times; each reading decodes anew.
///
/// Reading throws `AudioError` that names the file, `WindowError` for a plan that can't be followed, what
/// `BatchRecognizer.recognize(_:options:)` throws, and `CancellationError` where the reading task is cancelled.
public struct RecognizedSegments: AsyncSequence, Sendable {
  /// A segment.
  public typealias Element = RecognizedSegment

  let recognizer: Recognizer
  let input: AudioInput
  let plan: SegmentationPlan
  let channels: ChannelPlan
  let options: RecognitionOptions

  /// Begins to read.
  public func makeAsyncIterator() -> Iterator { Iterator(self) }

  /// One reading. The recording is open from the first segment to the last, or until this is let go of.
  public struct Iterator: AsyncIteratorProtocol {
    private let segments: RecognizedSegments
    private let thread = WorkThread(name: "affect-decoder")
    private var reader: Confined<StretchReader>?
    private var waiting: ArraySlice<Stretch> = []
    private var hasEnded = false

    init(_ segments: RecognizedSegments) { self.segments = segments }

    /// The next segment; nil at the end, and after an error.
    public mutating func next() async throws -> RecognizedSegment? {
      guard !hasEnded else { return nil }
      do {
        while waiting.isEmpty {
          guard let stretches = try await decoded() else {
            hasEnded = true
            reader = nil
            return nil
          }
          waiting = stretches[...]
        }
        return try await segments.recognizer.recognize([waiting.removeFirst()], options: segments.options)[0]
      } catch {
        hasEnded = true
        (reader, waiting) = (nil, [])
        throw error
      }
    }

    private mutating func decoded() async throws -> [Stretch]? {
      let (segments, known) = (segments, reader)
      let (used, stretches) = try await thread.run { cancellation in
        // Of ?? before an initialiser that throws, Swift 6.3.1 makes code that loses the error.
        let reader: StretchReader
        if let known {
          reader = known.value
        } else {
          reader = try StretchReader(segments.input, segments.plan, segments.channels)
        }
        return (Confined(value: reader), try reader.next { cancellation.isCancelled })
      }
      reader = used
      return stretches
    }
  }
}
