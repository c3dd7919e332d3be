import NN
import Tensors

/// A pretrained network that turns token ids into hidden states.
protocol TextNetwork: Module {
  /// How many layers it has; there is one hidden state more.
  var layerCount: Int { get }
  /// Numbers in a hidden state.
  var width: Int { get }
  /// How many token ids there are.
  var vocabularySize: Int { get }
  /// The longest sequence of tokens; nil where there is no limit.
  var longest: Int? { get }
  /// Computes hidden states of sequences, none of them empty, one after the other as rows. Each state goes to `take`, which
  /// says whether the next is wanted.
  func run(_ tokens: [[Int]], _ take: (_ state: Int, _ rows: Tensor) throws -> Bool) throws
}
