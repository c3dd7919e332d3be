public import Audio
import Emotion
import Encoders
import Evaluation
public import Foundation
import Fusion
import NN
import Tensors

/// Applies a bundle to speech.
///
/// It is not Sendable: use one from one task at a time.
public final class Recognizer {
  /// What the bundle is.
  public let configuration: BundleConfiguration
  private let bundle: ModelBundle
  private let sources: [StreamSource]

  /// A recognizer of a bundle. Throws for an encoder that this Affect does not have, or other sizes than its frames.
  public init(_ bundle: ModelBundle) throws {
    self.bundle = bundle
    configuration = bundle.configuration
    sources = try bundle.configuration.streams.map(StreamSource.init)
    for (source, preparation) in zip(sources, bundle.preparations) where source.width != preparation.inputWidth {
      throw TensorError(
        operation: "loading a bundle",
        message:
          "its stream \(source.name) has \(preparation.inputWidth) numbers a frame, this Affect's \(source.width)")
    }
  }

  /// A recognizer of the bundle in a folder.
  public convenience init(bundle folder: URL) throws { try self.init(ModelBundle(contentsOf: folder)) }

  /// The emotions in one stretch of speech.
  ///
  /// - Parameters:
  ///   - samples: mono at 16 kHz, at least one
  ///   - start: where the stretch begins in its recording, in seconds
  public func recognize(_ samples: [Float], start: Double = 0) throws -> RecognizedSegment {
    try recognize([Stretch(samples: samples, start: start)])[0]
  }

  /// The emotions in stretches of speech, computed together; each is recognised as it would be alone.
  public func recognize(_ stretches: [Stretch]) throws -> [RecognizedSegment] {
    guard !stretches.isEmpty else { return [] }
    let streams = try sources.indices.map { i in
      // Rounded as the features that the model was trained on.
      let dtype = configuration.streams[i].dtype.flatMap(DType.init(rawValue:)) ?? .float32
      return try SequenceBatch(
        padding: stretches.map { try bundle.preparations[i](sources[i].features(of: $0.samples).converted(to: dtype)) })
    }
    return try withoutGradients {
      let scores = try bundle.model(streams)
      let probabilities = try scores.logits.converted(to: .float64).softmax(-1).array(of: Double.self)
      let attributes = try scores.attributes?.array(of: Double.self) ?? []
      return stretches.enumerated().map { row, stretch in
        segment(
          stretch, Self.row(row, of: probabilities, configuration.classes.count),
          Self.row(row, of: attributes, configuration.attributes.count))
      }
    }
  }

  private static func row(_ row: Int, of values: [Double], _ width: Int) -> [Double] {
    values.isEmpty ? [] : Array(values[(row * width)..<((row + 1) * width)])
  }

  private func segment(_ stretch: Stretch, _ raw: [Double], _ attributes: [Double]) -> RecognizedSegment {
    let probabilities = configuration.calibration.map { $0(raw) } ?? raw
    return RecognizedSegment(
      start: stretch.start, end: stretch.start + Double(stretch.samples.count) / Double(FrontEndAudio.sampleRate),
      probabilities: zip(configuration.classes, probabilities).map { .init($0, $1) },
      attributes: Dictionary(uniqueKeysWithValues: zip(configuration.attributes.map(\.rawValue), attributes)),
      speaker: stretch.speaker, text: stretch.text,
      candidates: configuration.calibration?.conformal.map { sets in
        sets(probabilities).map { configuration.classes[$0] }
      })
  }

  /// The emotions in a recording, stretch by stretch as it is decoded; memory holds the one that is being heard.
  ///
  /// - Parameters:
  ///   - plan: how the recording is cut; by default into utterances where it is longer than 30 s
  ///   - damaged: what to do with a damaged file
  ///   - body: is given each segment in turn
  /// - Returns: the recording's length in seconds.
  /// - Throws: `AudioError` that names the file, `WindowError` for a plan that can't be followed.
  @discardableResult public func recognize(
    file: URL, plan: SegmentationPlan = .utterances(), damaged: DamagePolicy = .reject,
    _ body: (RecognizedSegment) throws -> Void
  ) throws -> Double {
    if let fault = plan.fault { throw WindowError(message: fault) }
    let decoder = try AudioDecoder(path: file.path(percentEncoded: false), damaged: damaged)
    var cutter = plan.cutter()
    var samples = 0
    while let block = try decoder.next() {
      samples += block.count
      for stretch in cutter.add(block) { try body(recognize([stretch])[0]) }
    }
    for stretch in cutter.finish() { try body(recognize([stretch])[0]) }
    if let shortfall = cutter.shortfall { throw WindowError(message: shortfall) }
    return Double(samples) / Double(FrontEndAudio.sampleRate)
  }
}
