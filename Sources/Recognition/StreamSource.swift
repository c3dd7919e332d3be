import Encoders
import Foundation
import Tensors

/// What makes a stream of a recording: a front end, or a published model that hears.
enum StreamSource {
  case frontEnd(any FrontEnd)
  case speech(SpeechEncoder, LayerSelection, width: Int, name: String)

  /// Throws for an encoder that this Affect does not have, and for a model of texts: recognition has the sound alone.
  init(_ stream: BundleConfiguration.Stream) throws {
    guard let pretrained = stream.pretrained else {
      self = .frontEnd(try FrontEnds.named(stream.encoder))
      return
    }
    let folder = URL(filePath: stream.encoder)
    guard try PretrainedModel.kind(of: folder) == .speech else {
      throw EncoderError.input(reason: "\(stream.encoder) reads transcripts, and a recording comes without one")
    }
    guard let layer = LayerSelection(pretrained.layer),
      let context = SpeechEncoder.Context(rawValue: pretrained.context),
      let dtype = EncoderPrecision.dtype(pretrained.precision, on: .cpu)
    else {
      throw EncoderError.input(
        reason: "the bundle's stream \(stream.encoder) has a layer, precision or context that this Affect does not know"
      )
    }
    var options = EncoderOptions(dtype: dtype)
    options.context = context
    let encoder = try SpeechEncoder(folder: folder, options: options)
    self = .speech(encoder, layer, width: try encoder.width(of: layer), name: folder.lastPathComponent)
  }

  var name: String {
    switch self {
    case .frontEnd(let frontEnd): frontEnd.name
    case .speech(_, _, _, let name): name
    }
  }

  var width: Int {
    switch self {
    case .frontEnd(let frontEnd): frontEnd.width
    case .speech(_, _, let width, _): width
    }
  }

  /// The features of samples at 16 kHz, (frames, width).
  func features(of samples: [Float]) throws -> Tensor {
    switch self {
    case .frontEnd(let frontEnd): return try frontEnd.features(of: samples)
    case .speech(let encoder, let layer, _, _):
      // The rest of a recording may be shorter than one frame.
      let silence = [Float](repeating: 0, count: max(encoder.shortest - samples.count, 0))
      return try encoder.hiddenStates(of: [samples + silence], layers: layer)[0]
    }
  }
}
