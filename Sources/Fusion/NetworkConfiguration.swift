public import NN

/// The sizes and options of a kind of network: all that it takes to make one, but the random numbers.
public protocol NetworkConfiguration: Codable, Equatable, Sendable {
  /// What recipes and bundles call the kind.
  static var kind: String { get }
  /// Numbers in a frame of each stream.
  var inputs: [Int] { get }
  /// How many classes are told apart.
  var classes: Int { get }
  /// How many attributes are estimated.
  var attributes: Int { get }
  /// What is wrong with the sizes, as a sentence; nil when a network can be made of them.
  var fault: String? { get }
  /// A network with new parameters. Throws `TensorError` for sizes that make none.
  func make(_ initializer: Initializer) throws -> any EmotionModel
}
