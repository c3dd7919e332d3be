import Foundation

/// One linear layer from the scores of all models to classes, and to attributes if it has any (System B, stage 3); with
/// hidden layers where it was asked for, ReLU behind each.
///
/// What it says of an utterance depends neither on the utterances beside it nor on the number of threads: sums are made
/// in float64 in one order.
public struct MetaClassifier: Equatable, Sendable {
  /// y = W x + b.
  struct Layer: Equatable, Sendable {
    let inputs: Int
    let outputs: Int
    /// (outputs, inputs)
    let weight: [Float]
    /// (outputs)
    let bias: [Float]
  }

  let layers: [Layer]
  /// The number of classes, which are the first outputs.
  public let classCount: Int
  /// The number of attributes, which are the outputs after the classes.
  public let attributeCount: Int

  /// The number of features of an utterance.
  public var columnCount: Int { layers[0].inputs }

  /// What is said of some utterances.
  struct Outputs: Equatable, Sendable {
    /// (utterances, classes)
    var probabilities: [Double] = []
    /// (utterances, attributes), from 1 to 7
    var attributes: [Double] = []
  }

  /// The probability of each class for each row: (rows, classes).
  ///
  /// - Parameter threads: how many threads work; nil takes all cores. The result does not depend on it.
  /// - Throws: `EnsembleError.arguments` for rows of another width than the classifier's
  public func probabilities(of features: FeatureMatrix, threads: Int? = nil) throws(EnsembleError) -> [Double] {
    try outputs(of: features, threads: threads).probabilities
  }

  /// The probabilities of the classes, and the attributes mapped to their scale by 1 + 6 / (1 + e^-x).
  func outputs(of features: FeatureMatrix, threads: Int?) throws(EnsembleError) -> Outputs {
    guard features.columnCount == columnCount else {
      throw .arguments("rows have \(features.columnCount) features, but the classifier takes \(columnCount)")
    }
    let columns = layers.map(\.byInput)
    let blockRows = 512
    let rows = features.rowCount
    let blocks = inParallel(
      (rows + blockRows - 1) / blockRows, threads: threads ?? allCores, scratch: { Scratch(layers) }
    ) { scratch, block in
      var outputs = Outputs()
      for row in block * blockRows..<min((block + 1) * blockRows, rows) {
        scratch.values[0] = features.values[row * columnCount..<(row + 1) * columnCount].map(Double.init)
        for (i, layer) in layers.enumerated() {
          layer.apply(columns[i], scratch.values[i], &scratch.values[i + 1])
          guard i + 1 < layers.count else { continue }
          for o in scratch.values[i + 1].indices { scratch.values[i + 1][o] = max(scratch.values[i + 1][o], 0) }
        }
        let last = scratch.values[layers.count]
        let top = last.prefix(classCount).max() ?? 0
        let exponentials = last.prefix(classCount).map { exp($0 - top) }
        let sum = exponentials.reduce(0, +)
        outputs.probabilities += exponentials.map { $0 / sum }
        outputs.attributes += last.dropFirst(classCount).map { 1 + 6 / (1 + exp(-$0)) }
      }
      return outputs
    }
    var all = Outputs()
    all.probabilities.reserveCapacity(rows * classCount)
    for block in blocks {
      all.probabilities += block.probabilities
      all.attributes += block.attributes
    }
    return all
  }

  /// A row at each layer: the features, then what each layer makes of them.
  private struct Scratch {
    var values: [[Double]]
    init(_ layers: [Layer]) { values = [[]] + layers.map { [Double](repeating: 0, count: $0.outputs) } }
  }
}

extension MetaClassifier.Layer {
  /// The weights by input: (inputs, outputs), which a processor takes several of at a time without changing the order of
  /// any sum.
  fileprivate var byInput: [Double] {
    var columns = [Double](repeating: 0, count: weight.count)
    for o in 0..<outputs {
      for i in 0..<inputs { columns[i * outputs + o] = Double(weight[o * inputs + i]) }
    }
    return columns
  }

  fileprivate func apply(_ columns: [Double], _ x: [Double], _ y: inout [Double]) {
    for o in 0..<outputs { y[o] = Double(bias[o]) }
    columns.withUnsafeBufferPointer { columns in
      y.withUnsafeMutableBufferPointer { y in
        for i in 0..<inputs {
          let value = x[i]
          for o in 0..<outputs { y[o] += columns[i &* outputs &+ o] * value }
        }
      }
    }
  }
}
