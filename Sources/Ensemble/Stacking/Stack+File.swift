import Basics
import Emotion
public import Foundation
import Tensors

extension Stack {
  /// What the file says that it is.
  private static let kind = "affect-stack"

  /// Writes the stack as one safetensors file, aside, synced and renamed. Its metadata has `format`, and `config`, which
  /// is JSON; the tensors are the forests (`forest.N.`, see `RandomForest`) or the classifiers (`classifier.N.layers.M.`).
  ///
  /// - Throws: `FileError` where the file can't be written
  public func write(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = String(decoding: try encoder.encode(configuration), as: UTF8.self)
    var tensors: [String: Tensor] = [:]
    for (i, forest) in forests.enumerated() {
      tensors.merge(try forest.tensors(Self.prefix("forest", i))) { first, _ in first }
    }
    for (i, classifier) in classifiers.enumerated() {
      tensors.merge(try classifier.tensors(Self.prefix("classifier", i))) { first, _ in first }
    }
    try SafeTensors.write(tensors, metadata: ["format": Self.kind, "config": json], to: url)
  }

  private static func prefix(_ part: String, _ index: Int) -> String { "\(part).\(index)." }

  /// Reads a stack, and checks everything in the file.
  ///
  /// - Throws: `FileError` or `EnsembleError.file`, which name the file and what is wrong with it
  public init(contentsOf url: URL) throws {
    let file = try SafeTensors(url)
    func fault(_ problem: String) -> EnsembleError { .file(url.path, problem: problem) }
    guard file.metadata["format"] == Self.kind, let json = file.metadata["config"] else {
      throw fault("is no stack; a file that 'affect stack fit' wrote is expected")
    }
    struct Version: Decodable { let format: Int }
    let configuration: StackConfiguration
    do {
      let version = try JSONDecoder().decode(Version.self, from: Data(json.utf8)).format
      guard (StackConfiguration.firstFormat...StackConfiguration.currentFormat).contains(version) else {
        throw fault(
          "has the format \(version) of stacks; this Affect reads \(StackConfiguration.firstFormat) to "
            + "\(StackConfiguration.currentFormat)")
      }
      configuration = try JSONDecoder().decode(StackConfiguration.self, from: Data(json.utf8))
    } catch let error as DecodingError {
      throw fault("has a configuration that can't be read: \(DecodingProblem(error).description)")
    }
    if let problem = configuration.fault { throw fault("has a configuration that can't be: \(problem)") }
    let part = configuration.settings.method == .forest ? "forest" : "classifier"
    let prefixes = (0..<configuration.parts).map { Self.prefix(part, $0) }
    let known = Set(prefixes.map { Array($0.split(separator: ".")) })
    if let foreign = file.names.first(where: { !known.contains(Array($0.split(separator: ".").prefix(2))) }) {
      throw fault("has the tensor '\(foreign)', which belongs to no \(part) of the stack")
    }
    let classCount = configuration.classes.count
    if part == "forest" {
      self.init(
        configuration: configuration,
        forests: try prefixes.map {
          try RandomForest(file, $0, columnCount: configuration.width, classCount: classCount)
        })
    } else {
      let attributeCount = configuration.attributes.count
      let widths = MetaTraining.widths(
        configuration.settings.meta, features: configuration.width, outputs: classCount + attributeCount)
      self.init(
        configuration: configuration,
        classifiers: try prefixes.map {
          try MetaClassifier(file, $0, widths: widths, classCount: classCount, attributeCount: attributeCount)
        })
    }
  }
}

extension StackConfiguration {
  /// What can't be about a configuration from a file, as a sentence; nil for a sound one.
  var fault: String? {
    if classes.count < 2 || classes != Set(classes).sorted() { return "'classes' must rise, two at least" }
    if inputs.count < 2 || inputs != Set(inputs).sorted() { return "'inputs' must rise, two at least" }
    if !Set(inputs).isSubset(of: classes) { return "'inputs' must be among 'classes'" }
    if models.isEmpty { return "'models' is empty" }
    if Set(models.map(\.name) + passedOver).count != models.count + passedOver.count {
      return "'models' has a name twice"
    }
    let method = settings.method
    if method.isVote && classes != inputs { return "'classes' and 'inputs' must agree where models vote" }
    let all = models.map(\.attributes) + [attributes]
    if !all.allSatisfy({ Set($0).count == $0.count }) { return "'attributes' has one twice" }
    if !method.isMeta && !all.allSatisfy(\.isEmpty) { return "'attributes' are a meta-classifier's alone" }
    do { try settings.check() } catch { return error.description }
    if (factors != nil) != (settings.decision == .macroF1) || (factors != nil) != (format == Self.currentFormat) {
      return "'factors' are there where classes are decided on by them, and nowhere else"
    }
    if let factors, factors.count != classes.count || !factors.allSatisfy({ $0 > 0 && $0.isFinite }) {
      return "'factors' must be a positive number for each class"
    }
    // One for each fold; the bound that settings have keeps a forged number from being counted up to.
    if parts != (method.isVote ? 0 : settings.folds) {
      return "'parts' is \(parts), which \(settings.folds) folds of method \(method.rawValue) do not make"
    }
    return nil
  }
}
