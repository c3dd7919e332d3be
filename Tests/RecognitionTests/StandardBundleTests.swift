import Emotion
import Evaluation
import Foundation
import NN
import Recognition
import Tensors
import TestSupport
import Testing

@Suite("The model that comes with Affect")
struct StandardBundleTests {
  @Test("It is whole, small, calibrated, and knows the classes that its card names")
  func contents() throws {
    let folder = try ModelBundle.standard
    let configuration = try ModelBundle.configuration(in: folder)
    #expect(configuration.classes == [.angry, .sad, .happy, .surprise, .fear, .disgust, .neutral])
    #expect(configuration.calibration?.method != nil)
    // Nothing but Affect itself is needed to hear with it.
    #expect(configuration.streams.allSatisfy { $0.pretrained == nil })
    let weights = folder.appending(path: "model.safetensors")
    let bytes = try #require(FileManager.default.attributesOfItem(atPath: weights.path)[.size] as? Int)
    #expect(bytes < 12_000_000)
    // As docs/model-card.md says.
    #expect(try ModelBundle(contentsOf: folder).model.parameterCount == 1_669_639)
  }

  @Test("It is what is taken where no bundle is named")
  func byDefault() async throws {
    let recognizer = try await Recognizer()
    #expect(try recognizer.configuration == ModelBundle.configuration(in: ModelBundle.standard))
  }

  @Test("It gives probabilities for sound of any length and level")
  func anySound() throws {
    let recognizer = try BatchRecognizer(bundle: ModelBundle.standard)
    let tone = (0..<48_000).map { Float(sin(Double($0) * 0.08)) }
    for samples in [[0], Array(tone.prefix(100)), tone, tone.map { $0 * 1e-4 }, [Float](repeating: 0, count: 16_000)] {
      let segment = try recognizer.recognize(samples)
      #expect(segment.probabilities.allSatisfy { (0...1).contains($0.probability) })
      #expect(abs(segment.probabilities.reduce(0) { $0 + $1.probability } - 1) < 1e-6)
    }
  }

  /// Acted speech of one of the corpora that it was trained on, speakers that it did not learn from included: far above
  /// chance, which is 1 in 7. The card has the figures of held-out speakers.
  @Test(
    "It hears emotions in human speech", .enabled(if: SharedData.isAvailable, Comment(rawValue: SharedData.comment)))
  func speech() throws {
    let recognizer = try BatchRecognizer(bundle: ModelBundle.standard)
    let letters: [Character: EmotionClass] = [
      "W": .angry, "E": .disgust, "A": .fear, "F": .happy, "T": .sad, "N": .neutral,
    ]
    let folder = SharedData.url("emodb/wav")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
    var (right, count) = (0, 0)
    for (number, file) in files.enumerated() where number.isMultiple(of: 6) {
      guard let label = letters[Array(file.lastPathComponent)[5]] else { continue }
      try recognizer.recognize(file: file) { if $0.emotion == label { right += 1 } }
      count += 1
    }
    #expect(count > 60 && Double(right) / Double(count) > 0.5, "\(right) of \(count)")
  }
}
