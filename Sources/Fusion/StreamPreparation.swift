import Foundation
public import Tensors

/// What happens to a stream's frames between its encoder and a fusion model: each number is standardised, then
/// neighbouring frames are put side by side.
public struct StreamPreparation {
  /// How frames are made comparable between clips.
  public enum Normalisation: String, Codable, CaseIterable, Sendable {
    /// Not at all: numbers as the encoder gives them, as both published systems take them.
    case asIs = "none"
    /// By the training set's mean and deviation alone.
    case corpus
    /// First the clip's own mean is taken off each number, which takes off the microphone and much of the speaker.
    case clipMean = "clip-mean"
    /// First each number is brought to mean 0 and deviation 1 within the clip.
    case clip
  }

  /// The choices that a recipe makes.
  public struct Settings: Codable, Equatable, Sendable {
    /// How frames are made comparable.
    public var normalisation: Normalisation
    /// How many neighbouring frames become one.
    public var stack: Int

    /// Makes settings.
    public init(normalisation: Normalisation = .corpus, stack: Int = 1) {
      self.normalisation = normalisation
      self.stack = stack
    }
  }

  /// The choices.
  public let settings: Settings
  /// (width): of the training set's frames, after what `normalisation` does within a clip
  public let mean: Tensor
  /// (width)
  public let deviation: Tensor

  /// A preparation whose statistics are known.
  public init(_ settings: Settings, mean: Tensor, deviation: Tensor) {
    self.settings = settings
    self.mean = mean
    self.deviation = deviation
  }

  /// A preparation that leaves numbers as they are.
  public init(stack: Int = 1, leaving width: Int) throws {
    self.init(
      Settings(normalisation: .asIs, stack: stack), mean: try Tensor.zeros([width]),
      deviation: try Tensor.ones([width]))
  }

  /// Takes the statistics from training clips, each (frames, width).
  public init(_ settings: Settings, clips: some Sequence<() throws -> Tensor>) throws {
    var (count, sum, squares): (Int, Tensor?, Tensor?) = (0, nil, nil)
    for clip in clips {
      let frames = try Self.normalised(clip(), settings.normalisation).converted(to: .float64)
      count += frames.size(0)
      sum = try sum.map { try $0 + frames.sum(0) } ?? frames.sum(0)
      squares = try squares.map { try $0 + (frames * frames).sum(0) } ?? (frames * frames).sum(0)
    }
    guard let sum, let squares, count > 0 else {
      throw TensorError(operation: "standardising a stream", message: "there is no training clip")
    }
    let mean = try sum / Double(count)
    let variance = try (squares / Double(count) - mean * mean).clamped(min: 0)
    self.init(
      settings, mean: try mean.converted(to: .float32),
      // A number that never changes stays 0 instead of becoming noise.
      deviation: try variance.sqrt().clamped(min: 1e-5).converted(to: .float32))
  }

  /// Numbers in a frame that went in.
  public var inputWidth: Int { mean.count }
  /// Numbers in a frame that comes out.
  public var outputWidth: Int { mean.count * settings.stack }

  /// How many frames come out of so many.
  public func outputFrames(of frames: Int) -> Int { (frames + settings.stack - 1) / settings.stack }

  /// (frames, width) to (frames / stack rounded up, width * stack).
  ///
  /// - Parameter augment: changes the standardised frames before they are put together.
  public func callAsFunction(_ x: Tensor, augment: (Tensor) throws -> Tensor = { $0 }) throws -> Tensor {
    guard x.rank == 2, x.size(1) == inputWidth, x.size(0) > 0 else {
      throw TensorError(
        operation: "preparing a stream", arguments: [x.description],
        message: "at least one frame of width \(inputWidth) is expected")
    }
    let numbers = try x.converted(to: .float32)
    let normal =
      settings.normalisation == .asIs
      ? numbers : try (Self.normalised(numbers, settings.normalisation) - mean) / deviation
    let frames = try augment(normal)
    guard settings.stack > 1 else { return frames }
    let missing = outputFrames(of: x.size(0)) * settings.stack - x.size(0)
    // The last frame is repeated where frames do not come out even: zeros would be a sound of their own.
    let whole =
      missing == 0
      ? frames : try Tensor.concatenated([frames, frames[-1, .newAxis].expanded([missing, inputWidth])])
    return try whole.reshaped([outputFrames(of: x.size(0)), outputWidth])
  }

  private static func normalised(_ x: Tensor, _ normalisation: Normalisation) throws -> Tensor {
    switch normalisation {
    case .asIs, .corpus: return x
    case .clipMean: return try x - x.mean(0, keepDimensions: true)
    case .clip:
      let centred = try x - x.mean(0, keepDimensions: true)
      return try centred / (centred * centred).mean(0, keepDimensions: true).sqrt().clamped(min: 1e-3)
    }
  }
}
