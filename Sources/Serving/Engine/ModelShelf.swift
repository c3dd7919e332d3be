import Emotion
import Foundation
import Recognition

/// The models of the server by name.
struct ModelShelf: Sendable {
  /// A model with what clients are told of it.
  struct Entry: Sendable {
    let name: String
    let configuration: BundleConfiguration
    let engine: RecognitionEngine
  }

  let entries: [Entry]

  /// Reads the configurations, and starts a thread for each model. Throws `FileError` for a folder that is no bundle.
  init(_ options: ServerOptions, metrics: ServerMetrics) throws {
    entries = try options.models.map { model in
      let configuration = try ModelBundle.configuration(in: model.bundle)
      let folder = model.bundle
      return Entry(
        name: model.name, configuration: configuration,
        engine: RecognitionEngine(batch: options.batch, latency: options.batchLatency, metrics: metrics) {
          try BundleRecognizer(folder)
        })
    }
  }

  /// The model of a name; nil names the first. Throws a problem that lists the names.
  func entry(_ name: String?) throws(Problem) -> Entry {
    guard let name else { return entries[0] }
    guard let found = entries.first(where: { $0.name == name }) else {
      throw .badRequest(
        "there is no model '\(name.prefix(100))'; there are \(entries.map(\.name).joined(separator: ", "))",
        parameter: "model")
    }
    return found
  }

  /// `GET /v1/models`
  struct Listing: Encodable {
    struct Model: Encodable {
      let name: String
      let classes: [String]
      let attributes: [String]
      let streams: [String]
      let calibrated: Bool
      let ready: Bool
      let notes: [String: String]
    }

    let models: [Model]
  }

  var listing: Listing {
    Listing(
      models: entries.map { entry in
        let configuration = entry.configuration
        return .init(
          name: entry.name, classes: configuration.classes.map(\.rawValue),
          attributes: configuration.attributes.map(\.rawValue),
          // The name of an encoder's folder, and not where it lies.
          streams: configuration.streams.map { URL(filePath: $0.encoder).lastPathComponent },
          calibrated: configuration.calibration != nil, ready: entry.engine.isReady, notes: configuration.notes)
      })
  }
}

/// A bundle's recognizer, as the engine's thread uses it.
struct BundleRecognizer: StretchRecognizer {
  private let recognizer: BatchRecognizer

  /// Throws for a bundle that can't do without texts, too: clients send sound alone.
  init(_ folder: URL) throws {
    recognizer = try BatchRecognizer(bundle: folder)
    let needed = recognizer.streamsThatNeedText
    guard needed.isEmpty else { throw RecognitionError.needsText(streams: needed) }
  }

  func recognize(_ stretches: [Stretch]) throws -> [RecognizedSegment] {
    try recognizer.recognize(stretches)
  }
}
