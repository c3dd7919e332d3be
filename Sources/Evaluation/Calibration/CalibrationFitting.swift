import Foundation

extension Calibration.Method {
  /// The names of the methods.
  public static let names = ["temperature", "vector", "isotonic"]

  /// Fits a method by name on probabilities, (utterances, classes), and labels, indices into the classes.
  ///
  /// - Throws: `EvaluationError.arguments` for an unknown name, nothing to fit on, or a probability that is none.
  public static func fitting(
    _ name: String, probabilities: [[Double]], labels: [Int]
  ) throws(EvaluationError) -> Calibration.Method {
    guard probabilities.count == labels.count, let width = probabilities.first?.count, width > 1 else {
      throw .arguments(
        "a calibration needs labels and at least two classes; there are \(probabilities.count) predictions and "
          + "\(labels.count) labels")
    }
    for (row, values) in probabilities.enumerated() {
      guard values.count == width, values.allSatisfy({ (0...1).contains($0) }), (0..<width).contains(labels[row]) else {
        throw .arguments("row \(row): \(values) with label \(labels[row]) can't be calibrated on")
      }
    }
    switch name {
    case "temperature": return .temperature(temperature(probabilities, labels))
    case "vector":
      let (weights, offsets) = vector(probabilities, labels)
      return .vector(weights: weights, offsets: offsets)
    case "isotonic":
      return .isotonic(
        (0..<width).map { c in
          IsotonicFunction(fitting: probabilities.map { $0[c] }, to: labels.map { $0 == c ? 1 : 0 })
        })
    default: throw .arguments("there is no calibration '\(name)'; there are \(names.joined(separator: ", "))")
    }
  }

  private static func logarithms(_ probabilities: [[Double]]) -> [[Double]] {
    probabilities.map { $0.map { log(max($0, Calibration.least)) } }
  }

  /// The temperature of least log-loss. In 1/T the loss is convex: Newton's steps, kept between bounds by halving.
  private static func temperature(_ probabilities: [[Double]], _ labels: [Int]) -> Double {
    let logits = logarithms(probabilities)
    // The slope of the mean loss in the inverse temperature: E[z] under the softmax less the label's z.
    func slope(_ inverse: Double) -> Double {
      var sum = 0.0
      for (row, label) in zip(logits, labels) {
        let shares = Calibration.softmax(row.map { $0 * inverse })
        sum += zip(shares, row).reduce(0) { $0 + $1.0 * $1.1 } - row[label]
      }
      return sum
    }
    var (low, high) = (1e-3, 1e3)
    if slope(low) >= 0 { return 1 / low }
    if slope(high) <= 0 { return 1 / high }
    for _ in 0..<200 {
      let middle = (low * high).squareRoot()
      if slope(middle) < 0 { low = middle } else { high = middle }
      if high / low < 1 + 1e-14 { break }
    }
    return 1 / (low * high).squareRoot()
  }

  /// Weights and offsets of least log-loss with a slight pull (1e-4) towards 1 and 0, without which classes that a small
  /// set tells apart perfectly would get infinite ones. The loss is convex: Newton's method with halved steps.
  private static func vector(_ probabilities: [[Double]], _ labels: [Int]) -> ([Double], [Double]) {
    let logits = logarithms(probabilities)
    let width = logits[0].count
    let size = 2 * width
    let pull = 1e-4
    var values = [Double](repeating: 1, count: width) + [Double](repeating: 0, count: width)
    let start = values
    let count = Double(labels.count)
    func loss(_ v: [Double]) -> Double {
      var sum = 0.0
      for (row, label) in zip(logits, labels) {
        let scores = (0..<width).map { v[$0] * row[$0] + v[width + $0] }
        let greatest = scores.max() ?? 0
        sum += greatest + log(scores.reduce(0) { $0 + exp($1 - greatest) }) - scores[label]
      }
      return sum / count + pull / 2 * zip(v, start).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    var present = loss(values)
    for _ in 0..<60 {
      var gradient = zip(values, start).map { pull * ($0 - $1) }
      var curvature = [[Double]](repeating: [Double](repeating: 0, count: size), count: size)
      for (row, label) in zip(logits, labels) {
        let shares = Calibration.softmax((0..<width).map { values[$0] * row[$0] + values[width + $0] })
        for a in 0..<width {
          let error = shares[a] - (a == label ? 1 : 0)
          gradient[a] += error * row[a] / count
          gradient[width + a] += error / count
          for b in 0..<width {
            let h = shares[a] * ((a == b ? 1 : 0) - shares[b]) / count
            curvature[a][b] += h * row[a] * row[b]
            curvature[a][width + b] += h * row[a]
            curvature[width + a][b] += h * row[b]
            curvature[width + a][width + b] += h
          }
        }
      }
      for i in 0..<size { curvature[i][i] += pull }
      let step = solve(curvature, gradient)
      var scale = 1.0
      var moved = false
      while scale > 1e-10 {
        let trial = zip(values, step).map { $0 - scale * $1 }
        let found = loss(trial)
        if found < present {
          (values, present, moved) = (trial, found, true)
          break
        }
        scale /= 2
      }
      if !moved || gradient.allSatisfy({ abs($0) < 1e-12 }) { break }
    }
    return (Array(values[..<width]), Array(values[width...]))
  }

  /// Solves a positive definite system by Cholesky's decomposition.
  private static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    let size = right.count
    var lower = matrix
    for i in 0..<size {
      for j in 0...i {
        var sum = matrix[i][j]
        for k in 0..<j { sum -= lower[i][k] * lower[j][k] }
        lower[i][j] = i == j ? max(sum, 1e-300).squareRoot() : sum / lower[j][j]
      }
    }
    var y = right
    for i in 0..<size {
      for k in 0..<i { y[i] -= lower[i][k] * y[k] }
      y[i] /= lower[i][i]
    }
    for i in (0..<size).reversed() {
      for k in (i + 1)..<max(size, i + 1) { y[i] -= lower[k][i] * y[k] }
      y[i] /= lower[i][i]
    }
    return y
  }
}
