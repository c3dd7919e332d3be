import Foundation
import NN
import Tensors

extension MetaClassifier {
  /// The layers as tensors, each name behind `prefix`: `layers.N.weight` float32 (outputs, inputs) and `layers.N.bias`
  /// float32 (outputs), as `torch.nn.Linear` names them.
  func tensors(_ prefix: String) throws -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (i, layer) in layers.enumerated() {
      tensors["\(prefix)layers.\(i).weight"] = try Tensor(layer.weight, shape: [layer.outputs, layer.inputs])
      tensors["\(prefix)layers.\(i).bias"] = try Tensor(layer.bias)
    }
    return tensors
  }

  /// The classifier that a network's state is.
  init(_ state: [String: Tensor], classCount: Int, attributeCount: Int) throws {
    var layers: [Layer] = []
    while let weight = state["layers.\(layers.count).weight"], let bias = state["layers.\(layers.count).bias"] {
      layers.append(
        Layer(
          inputs: weight.size(1), outputs: weight.size(0), weight: try weight.array(), bias: try bias.array()))
    }
    guard !layers.isEmpty else { throw EnsembleError.arguments("a classifier's state has no layers") }
    self.init(layers: layers, classCount: classCount, attributeCount: attributeCount)
  }

  /// A classifier of the tensors of a file, which must be finite and of the widths that are asked for.
  ///
  /// - Parameter widths: of the features, the hidden layers, and the outputs
  /// - Throws: `EnsembleError.file`, which names the tensor
  init(_ file: SafeTensors, _ prefix: String, widths: [Int], classCount: Int, attributeCount: Int) throws {
    func elements(_ name: String, _ shape: [Int]) throws -> [Float] {
      func fault(_ problem: String) -> EnsembleError {
        .file(file.url.path, problem: "the tensor '\(prefix)\(name)' \(problem)")
      }
      guard let found = file.shape(of: prefix + name) else { throw fault("is missing") }
      guard file.dtype(of: prefix + name) == .float32, found == shape else {
        throw fault("is \(file.dtype(of: prefix + name)?.rawValue ?? "") \(found); float32 \(shape) is expected")
      }
      let values: [Float] = try file.tensor(prefix + name).array()
      guard let place = values.firstIndex(where: { !$0.isFinite }) else { return values }
      throw fault("is \(values[place]) at place \(place); finite numbers are expected")
    }
    let layers = try zip(widths, widths.dropFirst()).enumerated().map { i, pair in
      Layer(
        inputs: pair.0, outputs: pair.1, weight: try elements("layers.\(i).weight", [pair.1, pair.0]),
        bias: try elements("layers.\(i).bias", [pair.1]))
    }
    self.init(layers: layers, classCount: classCount, attributeCount: attributeCount)
  }

  /// The mean of the weights of several classifiers of one shape, of which there is at least one (Wortsman et al. 2022,
  /// the uniform soup): summed in float64, so that the mean of equal classifiers is the classifier.
  ///
  /// - Throws: `EnsembleError.arguments` without classifiers, `StateMismatch` for those of other shapes
  public static func soup(_ classifiers: [MetaClassifier]) throws -> MetaClassifier {
    guard let first = classifiers.first else { throw EnsembleError.arguments("a soup needs at least one classifier") }
    return try MetaClassifier(
      averaged(classifiers.map { try $0.tensors("") }), classCount: first.classCount,
      attributeCount: first.attributeCount)
  }
}
