import Basics
public import Foundation
public import Fusion
public import NN
import Tensors

/// A trained system with all that recognition needs: `config.json` and `model.safetensors` in one folder.
public struct ModelBundle {
  /// All but the weights.
  public let configuration: BundleConfiguration
  /// The network, set to use.
  public let model: any EmotionModel
  /// What happens to the frames of each stream.
  public let preparations: [StreamPreparation]

  /// A bundle of its parts.
  public init(
    configuration: BundleConfiguration, model: any EmotionModel, preparations: [StreamPreparation]
  ) {
    self.configuration = configuration
    self.model = model
    self.preparations = preparations
    model.setTraining(false)
  }

  /// Reads a bundle's folder. Throws `FileError` that names the file.
  public init(contentsOf folder: URL) throws {
    let configuration = try Self.configuration(in: folder)
    let file = try SafeTensors(folder.appending(path: "model.safetensors"))
    var tensors = try file.tensors()
    func statistic(_ stream: Int, _ name: String) throws -> Tensor {
      let key = "streams.\(stream).\(name)"
      let settings = configuration.streams[stream].preparation
      guard let tensor = tensors.removeValue(forKey: key) else {
        throw FileError(url: file.url, message: "the tensor '\(key)' is missing")
      }
      let expected = configuration.model.inputs[stream] / settings.stack
      guard tensor.shape == [expected], expected * settings.stack == configuration.model.inputs[stream] else {
        throw FileError(
          url: file.url,
          message: "the tensor '\(key)' is \(tensor.shape), which \(settings.stack) stacked frames do not make "
            + "\(configuration.model.inputs[stream]) numbers of")
      }
      return tensor
    }
    let preparations = try configuration.streams.enumerated().map { i, stream in
      try StreamPreparation(stream.preparation, mean: statistic(i, "mean"), deviation: statistic(i, "deviation"))
    }
    let model = try configuration.model.make(.unset())
    if let foreign = tensors.keys.filter({ !$0.hasPrefix(Self.prefix) }).min() {
      throw FileError(url: file.url, message: "the tensor '\(foreign)' belongs to no bundle")
    }
    do {
      try model.load(
        Dictionary(uniqueKeysWithValues: tensors.map { (String($0.dropFirst(Self.prefix.count)), $1) }))
    } catch let mismatch as StateMismatch {
      throw FileError(url: file.url, message: mismatch.description)
    }
    self.init(configuration: configuration, model: model, preparations: preparations)
  }

  /// What the keys of the network's tensors begin with.
  private static let prefix = "model."

  /// Writes the bundle into a folder, which is made if it is missing. The configuration comes last: a folder that has one
  /// is a whole bundle.
  public func write(to folder: URL) throws {
    var tensors: [String: Tensor] = [:]
    for (key, tensor) in model.state() { tensors[Self.prefix + key] = tensor }
    for (i, preparation) in preparations.enumerated() {
      tensors["streams.\(i).mean"] = preparation.mean
      tensors["streams.\(i).deviation"] = preparation.deviation
    }
    try SafeTensors.write(
      tensors, metadata: ["format": "affect-bundle"], to: folder.appending(path: "model.safetensors"))
    try Self.write(configuration, to: folder)
  }

  /// Writes a bundle's configuration alone, beside weights that are there already.
  public static func write(_ configuration: BundleConfiguration, to folder: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(configuration), to: folder.appending(path: "config.json"))
  }

  /// Reads a bundle's configuration alone. Throws `FileError` that names the file.
  public static func configuration(in folder: URL) throws -> BundleConfiguration {
    let url = folder.appending(path: "config.json")
    guard let data = try? Data(contentsOf: url) else {
      throw FileError(
        url: folder, message: "holds no config.json: the bundle/ folder of a training run is expected")
    }
    struct Version: Decodable { let format: Int }
    if let version = try? JSONDecoder().decode(Version.self, from: data),
      version.format > BundleConfiguration.currentFormat
    {
      throw FileError(
        url: url,
        message: "has the format \(version.format), of a newer Affect; this one reads up to format "
          + "\(BundleConfiguration.currentFormat)")
    }
    let configuration: BundleConfiguration
    do {
      configuration = try JSONDecoder().decode(BundleConfiguration.self, from: data)
    } catch {
      throw FileError(url: url, message: "is not the configuration of a bundle: \(DecodingProblem(error).description)")
    }
    if let fault = configuration.fault { throw FileError(url: url, message: fault) }
    return configuration
  }
}
