import Basics
import Encoders
import FeatureStore
import Fusion
import NN
import Tensors

/// The hidden states that a network mixes by learned weights.
extension TrainingRun {
  /// How much each hidden state of each mixed stream counts after training, in words such as `0 12.5 %, 1 87.5 %, times 1.02`:
  /// states by their numbers in the encoder, then gamma. The name is the stream's number and its features'.
  func layerShares(_ model: any EmotionModel, _ sets: [FeatureSet]) throws -> [(stream: String, shares: String)] {
    guard let mixings = (model as? LayerMixed)?.mixings else { return [] }
    return try zip(mixings, sets).enumerated().compactMap { number, stream in
      guard let mixing = stream.0, let states = stream.1.encoder.stackedStates else { return nil }
      let shares = try zip(states, mixing.shares().array(of: Double.self)).map { "\($0) \(decimals(100 * $1, 1)) %" }
      let scale = decimals(try mixing.scale.item(of: Double.self), 2)
      return ("\(number), \(stream.1.encoder.name)", shares.joined(separator: ", ") + ", times \(scale)")
    }
  }
}

extension EncoderIdentity {
  /// The hidden states that stand side by side in a frame; nil where there is one.
  var stackedStates: ClosedRange<Int>? {
    guard case .each(let states)? = settings["layer"].flatMap(LayerSelection.init) else { return nil }
    return states
  }
}
