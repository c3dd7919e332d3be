import Emotion
import Foundation
import Recognition

/// The timeline of a recording, as JSON has it.
struct Timeline: Codable, Sendable {
  /// A stretch with what was recognised.
  struct Segment: Codable, Sendable {
    let start: Double
    let end: Double
    /// The most probable class.
    let emotion: String
    /// By class; they add up to 1.
    let probabilities: [String: Double]
    /// By name, 1...7.
    let attributes: [String: Double]
    /// Of the probabilities, in nats.
    let entropy: Double
    /// The classes that hold the true one with the coverage of the bundle's calibration.
    let candidates: [String]?
    /// Whether the model is too unsure to answer; nil where no threshold is in force.
    let abstains: Bool?
    /// What speaks against relying on the segment; nil for nothing.
    let notes: [RecognizedSegment.Note]?
    /// What carried the decision, where that was asked for.
    let explanation: Explanation?

    init(_ segment: RecognizedSegment) {
      (start, end) = (segment.start, segment.end)
      emotion = segment.emotion?.rawValue ?? ""
      probabilities = Dictionary(
        segment.probabilities.map { ($0.emotion.rawValue, $0.probability) }, uniquingKeysWith: { $1 })
      attributes = segment.attributes
      entropy = segment.entropy
      candidates = segment.candidates?.map(\.rawValue)
      abstains = segment.abstains
      notes = segment.notes.isEmpty ? nil : segment.notes
      explanation = segment.explanation
    }

    /// What was recognised, with the classes in the model's order.
    func recognized(_ classes: [String]) -> RecognizedSegment {
      RecognizedSegment(
        start: start, end: end,
        probabilities: classes.compactMap { name in
          EmotionClass(rawValue: name).map { .init($0, probabilities[name] ?? 0) }
        }, attributes: attributes, candidates: candidates?.compactMap(EmotionClass.init), abstains: abstains,
        notes: notes ?? [], explanation: explanation)
    }
  }

  /// The model's name.
  let model: String
  /// What the client calls the recording.
  let file: String?
  /// The recording's length in seconds.
  let duration: Double
  let segments: [Segment]
}
