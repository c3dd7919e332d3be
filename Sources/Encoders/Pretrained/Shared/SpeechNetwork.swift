import NN
import Tensors

/// A pretrained network that turns samples into hidden states.
protocol SpeechNetwork: Module {
  /// How many layers it has; there is one hidden state more.
  var layerCount: Int { get }
  /// Numbers in a hidden state.
  var width: Int { get }
  /// Numbers in one of the hidden states.
  func width(of state: Int) -> Int
  /// Samples from one frame to the next.
  var hop: Int { get }
  /// How many samples one frame sees: clips must have as many.
  var receptiveField: Int { get }
  /// Samples from a frame's beginning to what it is about.
  var centre: Int { get }
  /// The most samples that it can take at once; nil where there is no limit.
  var longest: Int? { get }
  /// How many frames so many samples give.
  func frames(samples: Int) -> Int
  /// How many rows are computed for so many samples: their frames, and what the model wants to see padded.
  func rows(samples: Int) -> Int
  /// Computes hidden states of clips, none shorter than `receptiveField`, one after the other as rows. Each state goes to
  /// `take`, which says whether the next is wanted.
  func run(_ clips: [[Float]], _ take: (_ state: Int, _ rows: Tensor) throws -> Bool) throws
  /// The encoder's output, of the rows of the last hidden state: normalised where that state is not.
  func output(of rows: Tensor) throws -> Tensor
}

extension SpeechNetwork {
  func width(of state: Int) -> Int { width }
  func output(of rows: Tensor) throws -> Tensor { rows }
}
