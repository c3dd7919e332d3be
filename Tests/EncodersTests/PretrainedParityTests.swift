import Encoders
import Foundation
import TestSupport
import Tensors
import Testing

/// Pretrained encoders against the reference implementation, on folders with seeded weights in published layouts: hidden
/// states of every layer, whole.
@Suite(.enabled(if: SharedData.isAvailable, "needs the reference in ../shared"))
struct PretrainedParityTests {
  /// A model folder made by the reference, with what the reference computes from it.
  struct Oracle {
    let folder: URL
    let expected: [String: Tensor]
    private let scratch: TemporaryFolder

    init(_ model: String, _ configuration: String, arguments: [String] = []) throws {
      scratch = try TemporaryFolder()
      folder = scratch.url.appending(path: "model")
      let script = SharedData.oracle.path
      _ = try Peer.python(
        "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')",
        [script, model, "--out", folder.path, "--config", configuration] + arguments)
      expected = try SafeTensors(folder.appending(path: "case.safetensors")).tensors()
    }

    func cases(_ prefix: String) -> [String] {
      expected.keys.filter { $0.hasPrefix(prefix + ".") }.map { String($0.dropFirst(prefix.count + 1)) }.sorted()
    }

    /// Holds all hidden states, and the encoder's output, against the reference's.
    func expect(_ states: [Tensor], _ outputs: [Tensor], _ names: [String]) throws {
      for (output, name) in zip(outputs, names) {
        guard let peer = expected["last.\(name)"] else { continue }
        #expect(try output.distance(from: peer) < 1e-4, "last.\(name) of \(peer.shape)")
      }
      for (state, name) in zip(states, names) {
        let peer = try #require(expected["hidden.\(name)"])
        let part = state.size(1) < peer.size(1) ? try peer.narrowed(1, start: 0, length: state.size(1)) : peer
        #expect(try state.distance(from: part) < 1e-4, "hidden.\(name) of \(peer.shape)")
      }
    }
  }

  @Test(arguments: [
    ("bert", "{}", []), ("bert", #"{"hidden_act": "gelu_new", "num_attention_heads": 3}"#, ["--bin", "--seed", "3"]),
    ("bert", #"{"type_vocab_size": 1, "hidden_act": "relu"}"#, ["--seed", "4"]),
    ("roberta", "{}", []), ("roberta", #"{"num_attention_heads": 8, "layer_norm_eps": 1e-5}"#, ["--bin", "--seed", "5"]),
    ("roberta", #"{"num_hidden_layers": 1, "intermediate_size": 40}"#, ["--seed", "6"]),
    ("deberta-v2", "{}", []),
    ("deberta-v2", #"{"share_att_key": false, "conv_kernel_size": 0, "pos_att_type": ["c2p"]}"#, ["--seed", "7"]),
    ("deberta-v2", #"{"share_att_key": false, "type_vocab_size": 2, "position_biased_input": true}"#, ["--bin", "--seed", "8"]),
    ("deberta-v2", #"{"position_buckets": -1, "max_relative_positions": 20, "norm_rel_ebd": "none", "conv_act": "tanh"}"#, ["--seed", "9"]),
    ("modernbert", "{}", []),
    ("modernbert", #"{"local_attention": 4, "norm_bias": true, "attention_bias": true, "mlp_bias": true}"#, ["--bin", "--seed", "10"]),
    ("modernbert", #"{"global_attn_every_n_layers": 2, "global_rope_theta": 5000.0, "local_rope_theta": 300.0}"#, ["--seed", "11"]),
  ])
  func textEncodersAreTheReference(model: String, configuration: String, arguments: [String]) throws {
    let oracle = try Oracle(model, configuration, arguments: arguments)
    let encoder = try TextEncoder(folder: oracle.folder)
    let names = oracle.cases("ids")
    let tokens = try names.map { try #require(oracle.expected["ids.\($0)"]).array(of: Int.self) }
    #expect(names.count == 5)
    try oracle.expect(
      encoder.hiddenStates(of: tokens, layers: .all), encoder.hiddenStates(of: tokens), names)
  }

  @Test(arguments: [
    ("wavlm", "{}", []), ("wavlm", #"{"do_stable_layer_norm": false, "feat_extract_norm": "group", "conv_bias": false}"#, ["--bin", "--seed", "3"]),
    ("wavlm", #"{"num_buckets": 32, "max_bucket_distance": 60, "do_normalize": false}"#, ["--seed", "4"]),
    ("hubert", "{}", []), ("hubert", #"{"do_stable_layer_norm": false, "feat_extract_norm": "group", "conv_bias": false}"#, ["--seed", "5"]),
    ("hubert", #"{"feat_proj_layer_norm": false, "num_conv_pos_embeddings": 7}"#, ["--bin", "--seed", "6"]),
    ("wav2vec2", "{}", []), ("wav2vec2", #"{"do_stable_layer_norm": false, "feat_extract_norm": "group", "conv_bias": false}"#, ["--seed", "7"]),
    ("wav2vec2", #"{"num_hidden_layers": 1, "hidden_act": "relu"}"#, ["--bin", "--seed", "8"]),
    ("whisper", "{}", []), ("whisper", #"{"num_mel_bins": 128, "encoder_layers": 3}"#, ["--seed", "9"]),
    ("whisper", #"{"encoder_attention_heads": 6}"#, ["--bin", "--seed", "10"]),
  ])
  func speechEncodersAreTheReference(model: String, configuration: String, arguments: [String]) throws {
    let oracle = try Oracle(model, configuration, arguments: arguments)
    let encoder = try SpeechEncoder(folder: oracle.folder)
    let names = oracle.cases("wave")
    let clips = try names.map { try #require(oracle.expected["wave.\($0)"]).array(of: Float.self) }
    #expect(names.count == (model == "whisper" ? 2 : 3))
    try oracle.expect(encoder.hiddenStates(of: clips, layers: .all), encoder.hiddenStates(of: clips), names)
  }
}

extension Tensor {
  /// The largest difference from a peer's tensor, as a share of the peer's largest magnitude; infinite where a shape
  /// differs or a number is missing.
  fileprivate func distance(from peer: Tensor) throws -> Double {
    guard shape == peer.shape else { return .infinity }
    let (a, b) = (try converted(to: .float64), try peer.converted(to: .float64))
    let distance = try (a - b).abs().max().item(of: Double.self) / b.abs().max().item(of: Double.self)
    return distance.isNaN ? .infinity : distance
  }
}
