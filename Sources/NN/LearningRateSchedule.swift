import Foundation

/// How the learning rate changes over a training run, as a factor of its start.
public enum LearningRateSchedule: Equatable, Sendable {
  /// The same throughout.
  case constant
  /// Half a cosine from the start down to `floor`, itself a factor (Loshchilov and Hutter 2017).
  case cosine(floor: Double)

  /// The factor at a step, after a linear rise over the first `warmup` steps.
  public func factor(step: Int, of total: Int, warmup: Int = 0) -> Double {
    if step < warmup { return Double(step + 1) / Double(warmup + 1) }
    switch self {
    case .constant: return 1
    case .cosine(let floor):
      let progress = Double(step - warmup) / Double(max(total - warmup, 1))
      return floor + (1 - floor) * (1 + cos(.pi * min(progress, 1))) / 2
    }
  }
}
