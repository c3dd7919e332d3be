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
    let streams = try sources.indices.map { i in
      // Rounded as the features that the model was trained on.
      let dtype = configuration.streams[i].dtype.flatMap(DType.init(rawValue:)) ?? .float32
      return try SequenceBatch(
        padding: [bundle.preparations[i](sources[i].features(of: samples).converted(to: dtype))])
    }
    return try withoutGradients {
      let scores = try bundle.model(streams)
      let raw = try scores.logits.converted(to: .float64).softmax(-1).array(of: Double.self)
      let probabilities = configuration.calibration.map { $0(raw) } ?? raw
      let attributes = try scores.attributes?.array(of: Double.self) ?? []
      return RecognizedSegment(
        start: start, end: start + Double(samples.count) / Double(FrontEndAudio.sampleRate),
        probabilities: zip(configuration.classes, probabilities).map { .init(emotion: $0, probability: $1) },
        attributes: Dictionary(uniqueKeysWithValues: zip(configuration.attributes.map(\.rawValue), attributes)),
        candidates: configuration.calibration?.conformal.map { sets in
          sets(probabilities).map { configuration.classes[$0] }
        })
    }
  }

  /// The emotions in a recording, window by window as they are decoded; memory holds one window.
  ///
  /// - Parameters:
  ///   - windows: how the recording is cut
  ///   - damaged: what to do with a damaged file
  ///   - body: is given each segment in turn
  /// - Throws: `AudioError` that names the file, `WindowError` for windows that can't be.
  public func recognize(
    file: URL, windows: WindowPlan = WindowPlan(), damaged: DamagePolicy = .reject,
    _ body: (RecognizedSegment) throws -> Void
  ) throws {
    if let fault = windows.fault { throw WindowError(message: fault) }
    let decoder = try AudioDecoder(path: file.path(percentEncoded: false), damaged: damaged)
    var cutter = WindowCutter(windows)
    while let block = try decoder.next() {
      for window in cutter.add(block) { try body(recognize(window.samples, start: window.start)) }
    }
    for window in cutter.finish() { try body(recognize(window.samples, start: window.start)) }
  }
}
