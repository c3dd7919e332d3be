import NN
import Tensors

/// The snake function x + sin²(αx) / β with α and β of each channel (Ziyin et al. 2020), computed at twice the rate so that
/// the overtones that it makes do not fold back (Karras et al. 2021).
///
/// Frames between the frames are kept beside them as two phases, which short convolutions make and join again. That is the
/// same as filling up with zeros, filtering and dropping every other frame, without computing with the zeros.
final class FACodecActivation: FACodecLayer {
  private static let taps = 12

  private let logAlpha: Tensor
  private let logBeta: Tensor
  private let upFilter: Tensor
  private let downFilter: Tensor
  private var prepared: Prepared?

  private struct Prepared {
    /// (channels, 1, 1)
    let alpha: Tensor
    /// 1 / β, (channels, 1, 1)
    let scale: Tensor
    /// (2, 1, 7): from a frame and three on each side to the two phases
    let up: Tensor
    /// (1, 2, 7): back
    let down: Tensor
  }

  init(_ channels: Int, dtype: DType) throws {
    logAlpha = try Tensor.empty([channels], dtype: dtype)
    logBeta = try Tensor.empty([channels], dtype: dtype)
    upFilter = try Tensor.empty([1, 1, Self.taps])
    downFilter = try Tensor.empty([1, 1, Self.taps])
  }

  var members: Members {
    [
      // Published as `beta`, which loading takes for the older name of a bias.
      "act": .module(Parts(["alpha": .parameter(logAlpha), "bias": .parameter(logBeta)])),
      "upsample": .module(Parts(["filter": .buffer(upFilter)])),
      "downsample": .module(Parts(["lowpass": .module(Parts(["filter": .buffer(downFilter)]))])),
    ]
  }

  var dtype: DType { logAlpha.dtype }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let prepared = try self.prepared ?? prepare()
    self.prepared = prepared
    let (channels, frames) = (x.size(1), x.size(2))
    let phases = try x.reshaped([channels, 1, frames]).padded(before: 3, after: 3, with: .replicate)
      .convolved(prepared.up)
    let sine = try (phases * prepared.alpha).sin()
    let snake = try phases + sine * sine * prepared.scale
    // Beyond the ends stand the first frame, which is of the first phase, and the last, which is of the second.
    let first = try snake.narrowed(1, start: 0, length: 1).narrowed(2, start: 0, length: 1)
    let last = try snake.narrowed(1, start: 1, length: 1).narrowed(2, start: frames - 1, length: 1)
    let border = [channels, 2, 3]
    return try Tensor.concatenated([first.expanded(border), snake, last.expanded(border)], dimension: 2)
      .convolved(prepared.down).reshaped([1, channels, frames])
  }

  /// Sorts the filters' taps by phase. Of a tap i of the filter over doubled frames, i odd meets a frame itself and i even
  /// the one after it; filling up with zeros halves the signal, which the 2 makes good.
  private func prepare() throws -> Prepared {
    let up = try upFilter.reshaped([Self.taps]).array(of: Float.self)
    let down = try downFilter.reshaped([Self.taps]).array(of: Float.self)
    let ascending = Array(stride(from: 0, to: Self.taps, by: 2))
    var (upper, lower): ([Float], [Float]) = ([], [0])
    for tap in ascending.reversed() { upper.append(2 * up[tap + 1]) }
    upper += [0, 0]
    for tap in ascending.reversed() { upper.append(2 * up[tap]) }
    for tap in ascending { lower.append(down[tap + 1]) }
    for tap in ascending { lower.append(down[tap]) }
    lower.append(0)
    let channels = logAlpha.size(0)
    return try Prepared(
      alpha: logAlpha.exp().reshaped([channels, 1, 1]),
      scale: (logBeta.exp() + 1e-9).pow(-1).reshaped([channels, 1, 1]),
      up: Tensor(upper, shape: [2, 1, 7]).converted(to: dtype),
      down: Tensor(lower, shape: [1, 2, 7]).converted(to: dtype))
  }
}
