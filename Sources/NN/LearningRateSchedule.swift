import Foundation

/// How the learning rate changes over a training run, as a factor of its start.
public enum LearningRateSchedule: Equatable, Sendable {
  /// How the rate rises over the first steps.
  public enum Warmup: Equatable, Sendable {
    /// The first of n steps has 1 / (n + 1) of the rate, so that no step is without effect: `LinearLR` of PyTorch from
    /// that factor.
    case fromFirstStep
    /// The first step has rate 0, as in transformers' schedules.
    case fromZero
  }

  /// The same throughout.
  case constant
  /// Half a cosine from the start down to `floor`, itself a factor (Loshchilov and Hutter 2017).
  case cosine(floor: Double)
  /// A straight line from the start down to `floor`, itself a factor.
  case linear(floor: Double)

  /// The factor at a step, after a linear rise over the first `warmup` steps.
  public func factor(step: Int, of total: Int, warmup: Int = 0, rising: Warmup = .fromFirstStep) -> Double {
    if step < warmup {
      return rising == .fromZero ? Double(step) / Double(warmup) : Double(step + 1) / Double(warmup + 1)
    }
    let progress = min(Double(step - warmup) / Double(max(total - warmup, 1)), 1)
    return switch self {
    case .constant: 1
    case .cosine(let floor): floor + (1 - floor) * (1 + cos(.pi * progress)) / 2
    case .linear(let floor): floor + (1 - floor) * (1 - progress)
    }
  }
}
