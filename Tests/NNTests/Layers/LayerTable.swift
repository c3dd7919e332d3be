import Foundation
import NN
import Tensors

extension LayerCase {
  /// Every layer of NN. One that is missing here is not tested.
  static var all: [LayerCase] { plain + convolutions + attentions + recurrent(both: false) + recurrent(both: true) }

  private static var plain: [LayerCase] {
    [
      .frames("linear", "nn.Linear(12, 5)") {
        try Linear(12, 5, $0)
      } run: {
        $0.callAsFunction
      },
      .frames("linear without bias", "nn.Linear(12, 5, bias=False)") {
        try Linear(12, 5, bias: false, $0)
      } run: {
        $0.callAsFunction
      },
      .frames("layer norm", "nn.LayerNorm(12, eps=1e-3)") {
        try LayerNorm(12, epsilon: 1e-3, $0)
      } run: {
        $0.callAsFunction
      },
      .frames("RMS norm", "nn.RMSNorm(12)") {
        try RMSNorm(12, $0)
      } run: {
        $0.callAsFunction
      },
      .frames("RMS norm with epsilon", "nn.RMSNorm(12, eps=1e-2)") {
        try RMSNorm(12, epsilon: 1e-2, $0)
      } run: {
        $0.callAsFunction
      },
      .frames("layer mixing", "Mixing(3, 2)") {
        try LayerMixing(.init(states: 3, width: 2), $0)
      } run: {
        $0.callAsFunction
      },
      .frames("dropout", "nn.Dropout(0.4)", isRandom: true) {
        Dropout(0.4, $0)
      } run: {
        $0.callAsFunction
      },
      .sequences("group norm", "nn.GroupNorm(3, 12, eps=1e-3)", "each(lambda r: layer(r.mT).mT, x, lengths)") {
        try GroupNorm(groups: 3, channels: 12, epsilon: 1e-3, $0)
      } run: {
        $0.callAsFunction
      },
      .sequences("channel norm", "nn.GroupNorm(12, 12)", "each(lambda r: layer(r.mT).mT, x, lengths)") {
        try GroupNorm(groups: 12, channels: 12, $0)
      } run: {
        $0.callAsFunction
      },
      LayerCase("embedding", "nn.Embedding(9, 12)", "layer(x)", inputs: [.ids(9)]) {
        try Embedding(9, 12, $0)
      } run: {
        .sequences(try SequenceBatch($0($1[0].values), lengths: $1[0].lengths))
      },
      LayerCase(
        "embedding with padding", "nn.Embedding(4, 12, padding_idx=1)", "layer(x)", inputs: [.ids(4)],
        hasTrueGradient: false
      ) {
        try Embedding(4, 12, paddingIndex: 1, $0)
      } run: {
        .sequences(try SequenceBatch($0($1[0].values), lengths: $1[0].lengths))
      },
    ]
  }

  private static var convolutions: [LayerCase] {
    func convolution(
      _ name: String, _ constructor: String, padding: String = "(0, 0)",
      make: @escaping (Initializer) throws -> Conv1d
    ) -> LayerCase {
      .sequences(
        "convolution, \(name)", constructor, "each(lambda r: layer(F.pad(r.mT, \(padding))).mT, x, lengths)",
        make: make, run: { $0.callAsFunction })
    }
    return [
      convolution("plain", "nn.Conv1d(12, 8, 3)") { try Conv1d(12, 8, kernel: 3, $0) },
      convolution("strided", "nn.Conv1d(12, 8, 3, stride=2, padding=1, bias=False)") {
        try Conv1d(12, 8, kernel: 3, stride: 2, padding: 1, bias: false, $0)
      },
      convolution("dilated in groups", "nn.Conv1d(12, 6, 3, padding=2, dilation=2, groups=3)") {
        try Conv1d(12, 6, kernel: 3, padding: 2, dilation: 2, groups: 3, $0)
      },
      convolution("one-sided", "nn.Conv1d(12, 8, 4, stride=2)", padding: "(3, 0)") {
        try Conv1d(12, 8, kernel: 4, stride: 2, padding: .init(before: 3, after: 0), $0)
      },
      convolution("normalised outputs", "nn.utils.parametrizations.weight_norm(nn.Conv1d(12, 8, 3))") {
        try Conv1d(12, 8, kernel: 3, weightNorm: 0, $0)
      },
      convolution(
        "normalised frames", "nn.utils.parametrizations.weight_norm(nn.Conv1d(12, 12, 4, groups=4), dim=2)",
        padding: "(2, 1)"
      ) {
        try Conv1d(12, 12, kernel: 4, padding: .init(before: 2, after: 1), groups: 4, weightNorm: 2, $0)
      },
    ]
  }

  private static var attentions: [LayerCase] {
    let crossed = "layer(x, x2, x2, key_padding_mask=pad(x2, lengths2))[0]"
    let shares = "torch.stack([((layer(r) * scale).softmax(0) * r).sum(0) for r in rows(x, lengths)])"
    return [
      .sequences(
        "attention", "nn.MultiheadAttention(12, 3, dropout=0.3, batch_first=True)",
        "layer(x, x, x, key_padding_mask=pad(x, lengths))[0]", isRandom: true
      ) {
        try MultiheadAttention(12, heads: 3, dropout: 0.3, $0)
      } run: {
        $0.callAsFunction
      },
      .sequences(
        "attention of one head", "nn.MultiheadAttention(12, 1, dropout=0.3, batch_first=True)",
        "layer(x, x, x, key_padding_mask=pad(x, lengths))[0]", isRandom: true
      ) {
        try MultiheadAttention(12, heads: 1, dropout: 0.3, $0)
      } run: {
        $0.callAsFunction
      },
      LayerCase(
        "cross-attention", "nn.MultiheadAttention(12, 1, dropout=0.3, batch_first=True)", crossed,
        inputs: [.frames(12), .frames(12)], isRandom: true
      ) {
        try CrossAttention(12, dropout: 0.3, $0)
      } run: {
        .sequences(try $0($1[0].batch(), on: $1[1].batch()))
      },
      .sequences(
        "normalised after", "nn.TransformerEncoderLayer(12, 2, 20, 0.3, batch_first=True)",
        "layer(x, src_key_padding_mask=pad(x, lengths))", isRandom: true
      ) {
        try TransformerEncoderLayer(12, heads: 2, feedForward: 20, dropout: 0.3, $0)
      } run: {
        $0.callAsFunction
      },
      .sequences(
        "normalised before", "nn.TransformerEncoderLayer(12, 4, 20, 0.3, batch_first=True, norm_first=True)",
        "layer(x, src_key_padding_mask=pad(x, lengths))", isRandom: true
      ) {
        try TransformerEncoderLayer(12, heads: 4, feedForward: 20, dropout: 0.3, normalisesFirst: true, $0)
      } run: {
        $0.callAsFunction
      },
      .vectors(
        "attention pooling", "nn.Linear(12, 1, bias=False)", shares.replacing("scale", with: "12 ** -0.5")
      ) {
        try AttentionPooling(12, $0)
      } run: {
        $0.callAsFunction
      },
      // A number added to all scores changes no softmax.
      .vectors(
        "attention pooling, linear", "nn.Linear(12, 1)", shares.replacing("scale", with: "1"), idle: ["bias"]
      ) {
        try AttentionPooling(12, score: .linear, $0)
      } run: {
        $0.callAsFunction
      },
      .vectors("mean pooling", "nn.Identity()", "torch.stack([r.mean(0) for r in rows(x, lengths)])") { _ in
        MeanPooling()
      } run: {
        $0.callAsFunction
      },
    ]
  }

  private static func recurrent(both: Bool) -> [LayerCase] {
    let name = both ? "both directions" : "forwards"
    let arguments = "12, 5, batch_first=True, bidirectional=\(both ? "True" : "False")"
    return [
      .sequences("GRU, \(name)", "nn.GRU(\(arguments))", "packed(layer, x, lengths)") {
        try GRU(12, 5, isBidirectional: both, $0)
      } run: { gru in
        { try gru($0) }
      },
      .sequences("LSTM, \(name)", "nn.LSTM(\(arguments))", "packed(layer, x, lengths)") {
        try LSTM(12, 5, isBidirectional: both, $0)
      } run: {
        $0.callAsFunction
      },
    ]
  }
}

/// The mean of a sequence's real frames as a layer.
private final class MeanPooling: Module {
  var members: Members { [:] }
  func callAsFunction(_ x: SequenceBatch) throws -> Tensor { try x.mean() }
}
