/// The moments of predicted and rated values from which agreement is computed: population moments (divided by n).
public struct AttributeMoments: Equatable, Sendable {
  /// The number of pairs.
  public private(set) var count = 0.0
  /// Both means.
  public private(set) var meanX = 0.0, meanY = 0.0
  /// Both variances and the covariance.
  public private(set) var varianceX = 0.0, varianceY = 0.0, covariance = 0.0

  /// The moments of pairs of equal number.
  init(_ x: [Double], _ y: [Double]) {
    count = Double(min(x.count, y.count))
    guard count > 0 else { return }
    meanX = x.reduce(0, +) / count
    meanY = y.reduce(0, +) / count
    for (a, b) in zip(x, y) {
      varianceX += (a - meanX) * (a - meanX)
      varianceY += (b - meanY) * (b - meanY)
      covariance += (a - meanX) * (b - meanY)
    }
    varianceX /= count
    varianceY /= count
    covariance /= count
  }

  /// The moments from sums of values about `origin`, which is near the means so that little is lost in the differences.
  init(count: Double, x: Double, y: Double, xx: Double, yy: Double, xy: Double, origin: Double) {
    self.count = count
    guard count > 0 else { return }
    let (mx, my) = (x / count, y / count)
    (meanX, meanY) = (mx + origin, my + origin)
    varianceX = max(xx / count - mx * mx, 0)
    varianceY = max(yy / count - my * my, 0)
    covariance = xy / count - mx * my
  }

  /// Lin's concordance correlation coefficient (Lin 1989): 2 cov / (var x + var y + (mean x - mean y)²); nil where it is not
  /// defined.
  public var concordance: Double? {
    let denominator = varianceX + varianceY + (meanX - meanY) * (meanX - meanY)
    return count > 0 && denominator > 0 ? 2 * covariance / denominator : nil
  }

  /// Pearson's correlation; nil where one side is constant.
  public var pearson: Double? {
    let product = varianceX * varianceY
    return count > 0 && product > 0 ? min(1, max(-1, covariance / product.squareRoot())) : nil
  }

  /// The root of the mean squared difference; nil without pairs.
  public var rootMeanSquare: Double? {
    guard count > 0 else { return nil }
    let mean = varianceX + varianceY - 2 * covariance + (meanX - meanY) * (meanX - meanY)
    return max(mean, 0).squareRoot()
  }
}
