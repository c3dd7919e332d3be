/// Why a pretrained encoder can't be used.
public enum EncoderError: Error, Equatable, CustomStringConvertible {
  /// There is no such hidden state.
  case noSuchLayer(selection: String, layers: Int)
  /// `config.json` describes something that is not supported.
  case unsupported(file: String, reason: String)
  /// `config.json` can't be read.
  case configuration(file: String, reason: String)
  /// The weights do not fit the configuration.
  case weights(file: String, reason: String)
  /// An input that the encoder can't take.
  case input(reason: String)

  /// One sentence, or a list of keys.
  public var description: String {
    switch self {
    case .noSuchLayer(let selection, let layers):
      "the layer '\(selection)' is not there: the encoder has \(layers) layers, whose states count from 0 to \(layers)"
    case .unsupported(let file, let reason), .configuration(let file, let reason), .weights(let file, let reason):
      "\(file): \(reason)"
    case .input(let reason): reason
    }
  }
}
