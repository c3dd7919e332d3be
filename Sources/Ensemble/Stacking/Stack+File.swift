import Basics
import Emotion
public import Foundation
import Tensors

extension Stack {
  /// What the file says that it is.
  private static let kind = "affect-stack"

  /// Writes the stack as one safetensors file, aside, synced and renamed. Its metadata has `format`, and `config`, which
  /// is JSON; the tensors are the forests, see `RandomForest`.
  ///
  /// - Throws: `FileError` where the file can't be written
  public func write(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = String(decoding: try encoder.encode(configuration), as: UTF8.self)
    var tensors: [String: Tensor] = [:]
    for (i, forest) in forests.enumerated() {
      tensors.merge(try forest.tensors(Self.prefix(i))) { first, _ in first }
    }
    try SafeTensors.write(tensors, metadata: ["format": Self.kind, "config": json], to: url)
  }

  private static func prefix(_ forest: Int) -> String { "forest.\(forest)." }

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
      guard version == StackConfiguration.currentFormat else {
        throw fault(
          "has the format \(version) of stacks; this Affect reads \(StackConfiguration.currentFormat)")
      }
      configuration = try JSONDecoder().decode(StackConfiguration.self, from: Data(json.utf8))
    } catch let error as DecodingError {
      throw fault("has a configuration that can't be read: \(DecodingProblem(error).description)")
    }
    if let problem = configuration.fault { throw fault("has a configuration that can't be: \(problem)") }
    let known = Set((0..<configuration.forests).map(Self.prefix))
    if let foreign = file.names.first(where: { name in
      guard let end = name.lastIndex(of: ".") else { return true }
      return !known.contains(String(name[...end]))
    }) {
      throw fault("has the tensor '\(foreign)', which belongs to no forest of the stack")
    }
    let width = configuration.models.count * configuration.inputs.count
    let forests = try (0..<configuration.forests).map { i in
      try RandomForest(file, Self.prefix(i), columnCount: width, classCount: configuration.classes.count)
    }
    self.init(configuration: configuration, forests: forests)
  }
}

extension StackConfiguration {
  /// What can't be about a configuration from a file, as a sentence; nil for a sound one.
  var fault: String? {
    if classes.count < 2 || classes != Set(classes).sorted() { return "'classes' must rise, two at least" }
    if inputs.count < 2 || inputs != Set(inputs).sorted() { return "'inputs' must rise, two at least" }
    if !Set(inputs).isSubset(of: classes) { return "'inputs' must be among 'classes'" }
    if models.isEmpty { return "'models' is empty" }
    if Set(models.map(\.name)).count != models.count { return "'models' has a name twice" }
    let isForest = settings.method == .forest
    if !isForest && classes != inputs { return "'classes' and 'inputs' must agree where models vote" }
    // One forest for each fold; the bound keeps a forged number from being counted up to.
    if forests != (isForest ? settings.folds : 0) || forests < 0 || forests > 10_000 {
      return "'forests' is \(forests), which \(settings.folds) folds of method \(settings.method.rawValue) do not make"
    }
    return nil
  }
}
