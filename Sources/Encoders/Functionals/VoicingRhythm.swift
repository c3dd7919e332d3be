import Foundation

/// How voiced and unvoiced stretches follow each other, and how unsteady pitch and level are from one voiced frame to the next.
struct VoicingRhythm {
  static let names = [
    "log_duration", "voiced_share", "voiced_stretches_per_second", "voiced_mean_duration", "voiced_duration_deviation",
    "voiced_longest", "unvoiced_mean_duration", "unvoiced_duration_deviation", "unvoiced_longest", "sounding_share",
    "quiet_share", "f0_unsteadiness_mean", "f0_unsteadiness_median", "level_unsteadiness_mean",
  ]

  private static let secondsPerFrame = 0.01
  /// dB below the loudest frame.
  private static let quiet: Float = -20

  /// In the order of the names; durations in seconds.
  let values: [Double]

  /// - Parameters:
  ///   - isVoiced: of each frame, at least one
  ///   - logFrequency: ln Hz
  ///   - level: dB
  ///   - sounding: frames that are not silent
  init(isVoiced: [Bool], logFrequency: [Float], level: [Float], sounding: Int) {
    let duration = Double(isVoiced.count) * Self.secondsPerFrame
    let voiced = Self.durations(of: true, in: isVoiced)
    let unvoiced = Self.durations(of: false, in: isVoiced)
    let pairs = isVoiced.indices.dropFirst().filter { isVoiced[$0] && isVoiced[$0 - 1] }
    let pitch = pairs.map { Double(abs(logFrequency[$0] - logFrequency[$0 - 1])) }
    let steps = pairs.map { Double(abs(level[$0] - level[$0 - 1])) }
    let loudest = level.max() ?? 0
    values = [
      log(duration), Double(isVoiced.count { $0 }) / Double(isVoiced.count), Double(voiced.count) / duration,
      Self.mean(voiced), Self.deviation(voiced), voiced.max() ?? 0,
      Self.mean(unvoiced), Self.deviation(unvoiced), unvoiced.max() ?? 0,
      Double(sounding) / Double(isVoiced.count),
      Double(level.count { $0 < loudest + Self.quiet }) / Double(level.count),
      Self.mean(pitch), Self.median(pitch), Self.mean(steps),
    ]
  }

  /// Seconds of each stretch of frames that are, or are not, voiced.
  private static func durations(of kind: Bool, in isVoiced: [Bool]) -> [Double] {
    isVoiced.split { $0 != kind }.map { Double($0.count) * secondsPerFrame }
  }

  private static func mean(_ x: [Double]) -> Double { x.isEmpty ? 0 : x.reduce(0, +) / Double(x.count) }

  private static func deviation(_ x: [Double]) -> Double {
    let mean = mean(x)
    return Self.mean(x.map { ($0 - mean) * ($0 - mean) }).squareRoot()
  }

  private static func median(_ x: [Double]) -> Double {
    let order = x.sorted()
    return order.isEmpty ? 0 : (order[(order.count - 1) / 2] + order[order.count / 2]) / 2
  }
}
