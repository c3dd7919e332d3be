import NN
import Tensors

/// What a clip's frames come to as a whole, without a network before: for each number of a front end's frame its mean,
/// deviation and percentiles over the clip, its trend, and means and deviations over the frames that two learned
/// weightings choose, voiced ones say. These are the functionals of openSMILE's sets (Eyben et al. 2016) in the place where a
/// network learns what to make of them: of little data it learns more than from frames alone.
///
/// Frames are expected to be standardised; what comes out is brought to like ranges by fixed factors and bounded.
final class ClipStatistics: Module {
  private static let heads = 2
  /// Percentiles as shares, each with its value for normal frames.
  private static let percentiles = [(0.05, -1.645), (0.25, -0.674), (0.5, 0), (0.75, 0.674), (0.95, 1.645)]
  private static let limit = 6.0
  private static let leastVariance = 1e-5

  private let attention: Linear
  private let dropout: Dropout
  private let inputs: [Int]
  private let stack: Int

  /// - Parameters:
  ///   - inputs: numbers in a frame of each stream
  ///   - stack: how many of the front end's frames are put side by side in one
  init(_ inputs: [Int], stack: Int, dropout: Double, _ initializer: Initializer) throws {
    (self.inputs, self.stack) = (inputs.map { $0 / stack }, stack)
    attention = try Linear(self.inputs.reduce(0, +), Self.heads, bias: false, initializer)
    self.dropout = Dropout(dropout, initializer)
  }

  var members: Members { ["attention": .module(attention), "dropout": .module(dropout)] }

  /// How many numbers come out.
  var width: Int { inputs.reduce(0, +) * (3 + Self.percentiles.count + 2 * Self.heads) }

  /// Streams of equal lengths, each (batch, frames, width), to (batch, `width`).
  func callAsFunction(_ streams: [SequenceBatch]) throws -> Tensor {
    let x = try Tensor.concatenated(streams.map(unstacked), dimension: -1)
    guard let lengths = streams.first?.lengths.map({ $0 * stack }) else { return x }
    let frames = x.size(1)
    let counts = try Tensor(lengths.map(Float.init), shape: [lengths.count, 1])
    let places = try Tensor.arange(0, frames).unsqueezed(0)
    let padding = try places.logicalNotLess(than: lengths).unsqueezed(2)
    let mean = try x.sum(1) / counts
    let spread = try (x - mean.unsqueezed(1)).masked(where: padding, with: 0)
    let deviation = try ((spread * spread).sum(1) / counts).clamped(min: Self.leastVariance).sqrt()
    var parts = try [mean * 2, (deviation - 1) * 4]
    let sorted = try x.masked(where: padding, with: .infinity).sorted(1).values
    for (share, normal) in Self.percentiles {
      let rows = lengths.map { Int((share * Double($0 - 1)).rounded()) }
      let index = try Tensor(rows, shape: [rows.count, 1, 1]).expanded([rows.count, 1, x.size(2)])
      parts.append(try (sorted.gathered(1, index).squeezed(1) - normal) * 2)
    }
    let shares = try attention(x).masked(where: padding, with: -.infinity).softmax(1)
    for head in 0..<Self.heads {
      let share = try shares.narrowed(2, start: head, length: 1)
      let centre = try (share * x).sum(1)
      let off = try x - centre.unsqueezed(1)
      parts.append(try centre * 2)
      parts.append(try ((share * off * off).sum(1).clamped(min: Self.leastVariance).sqrt() - 1) * 2)
    }
    // From -1 at the beginning to 1 at the end.
    let time = try places.converted(to: .float32) / counts * 2 - 1
    parts.append(try (x * time.unsqueezed(2)).sum(1) / counts * 4)
    return try dropout(Tensor.concatenated(parts, dimension: -1).clamped(min: -Self.limit, max: Self.limit))
  }

  /// (batch, frames, stack * width) to (batch, frames * stack, width), 0 in the padding.
  private func unstacked(_ stream: SequenceBatch) throws -> Tensor {
    let values = try stream.cleared()
    return try values.reshaped([values.size(0), values.size(1) * stack, values.size(2) / stack])
  }
}

extension Tensor {
  /// For places (1, frames) and one length a row: bool (rows, frames), true from the length on.
  fileprivate func logicalNotLess(than lengths: [Int]) throws -> Tensor {
    try (self .< Tensor(lengths, shape: [lengths.count, 1])).logicalNot()
  }
}
