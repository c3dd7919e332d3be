import Encoders
import Foundation
import Tensors
import TestSupport
import Testing

/// A model folder with seeded random weights in the published layout, made by the reference implementation, with what it
/// computes from them.
struct Oracle: Sendable, CustomTestStringConvertible {
  let number: Int
  let model: String
  let configuration: String
  let arguments: [String]

  var testDescription: String { "\(model) \(configuration) \(arguments.joined(separator: " "))" }
  var isText: Bool { TextEncoder.supported.contains(model) }

  /// At least three of each architecture: both layer arrangements, both norms of the convolutions, old spellings, `.bin`.
  static let all = list.enumerated().map { Oracle(number: $0, model: $1.0, configuration: $1.1, arguments: $1.2) }

  private static let list: [(String, String, [String])] = [
    ("bert", "{}", []),
    ("bert", #"{"hidden_act": "gelu_new", "num_attention_heads": 3}"#, ["--bin", "--seed", "3"]),
    ("bert", #"{"type_vocab_size": 1, "hidden_act": "relu"}"#, ["--seed", "4"]),
    ("roberta", "{}", []),
    ("roberta", #"{"num_attention_heads": 8, "layer_norm_eps": 1e-5}"#, ["--bin", "--seed", "5"]),
    ("roberta", #"{"num_hidden_layers": 1, "intermediate_size": 40}"#, ["--seed", "6"]),
    ("deberta-v2", "{}", []),
    ("deberta-v2", #"{"share_att_key": false, "conv_kernel_size": 0, "pos_att_type": ["c2p"]}"#, ["--seed", "7"]),
    (
      "deberta-v2", #"{"share_att_key": false, "type_vocab_size": 2, "position_biased_input": true}"#,
      ["--bin", "--seed", "8"]
    ),
    (
      "deberta-v2",
      #"{"position_buckets": -1, "max_relative_positions": 20, "norm_rel_ebd": "none", "conv_act": "tanh"}"#,
      ["--seed", "9"]
    ),
    ("modernbert", "{}", []),
    (
      "modernbert", #"{"local_attention": 4, "norm_bias": true, "attention_bias": true, "mlp_bias": true}"#,
      ["--bin", "--seed", "10"]
    ),
    (
      "modernbert", #"{"global_attn_every_n_layers": 2, "global_rope_theta": 5000.0, "local_rope_theta": 300.0}"#,
      ["--seed", "11"]
    ),
    ("wavlm", "{}", []),
    (
      "wavlm", #"{"do_stable_layer_norm": false, "feat_extract_norm": "group", "conv_bias": false}"#,
      ["--bin", "--seed", "3"]
    ),
    ("wavlm", #"{"num_buckets": 32, "max_bucket_distance": 60, "do_normalize": false}"#, ["--seed", "4"]),
    ("hubert", "{}", []),
    (
      "hubert", #"{"do_stable_layer_norm": false, "feat_extract_norm": "group", "conv_bias": false}"#, ["--seed", "5"]
    ),
    ("hubert", #"{"feat_proj_layer_norm": false, "num_conv_pos_embeddings": 7}"#, ["--bin", "--seed", "6"]),
    ("wav2vec2", "{}", []),
    (
      "wav2vec2", #"{"do_stable_layer_norm": false, "feat_extract_norm": "group", "conv_bias": false}"#,
      ["--seed", "7"]
    ),
    ("wav2vec2", #"{"num_hidden_layers": 1, "hidden_act": "relu"}"#, ["--bin", "--seed", "8"]),
    ("whisper", "{}", []), ("whisper", #"{"num_mel_bins": 128, "encoder_layers": 3}"#, ["--seed", "9"]),
    ("whisper", #"{"encoder_attention_heads": 6}"#, ["--bin", "--seed", "10"]),
  ]

  /// Those of some architectures; of each the first alone, if `first`.
  static func of(_ models: String..., first: Bool = false) -> [Oracle] {
    let chosen = all.filter { models.contains($0.model) }
    return first
      ? chosen.filter { oracle in chosen.first { $0.model == oracle.model }?.number == oracle.number } : chosen
  }

  /// All folders, made by one process: importing the reference takes longer than the models.
  private static let made: Result<TemporaryFolder, any Error> = Result {
    let scratch = try TemporaryFolder()
    let lines = all.map { oracle in
      [oracle.model, "--out", scratch("\(oracle.number)").path, "--config", oracle.configuration] + oracle.arguments
    }
    let work = try String(decoding: JSONEncoder().encode(lines), as: UTF8.self)
    _ = try Peer.python(
      """
      import json, runpy, sys
      script, lines = sys.argv[1:]
      for line in json.loads(lines):
          sys.argv[1:] = line
          runpy.run_path(script, run_name="__main__")
      """, [SharedData.oracle.path, work])
    return scratch
  }

  /// The model's folder.
  var folder: URL { get throws { try Self.made.get()("\(number)") } }

  /// What the reference has been given and has computed.
  var expected: [String: Tensor] {
    get throws { try SafeTensors(folder.appending(path: "case.safetensors")).tensors() }
  }

  /// The clips of a speech model, in the order of their names.
  func clips() throws -> [[Float]] { try inputs("wave").map { try $0.array(of: Float.self) } }

  /// The token ids of a text model, in the order of their names.
  func tokens() throws -> [[Int]] { try inputs("ids").map { try $0.array(of: Int.self) } }

  private func inputs(_ prefix: String) throws -> [Tensor] {
    let expected = try expected
    return try names.map { try #require(expected["\(prefix).\($0)"]) }
  }

  /// The names of the cases.
  var names: [String] {
    get throws {
      let prefix = isText ? "ids." : "wave."
      return try expected.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }
  }

  /// Hidden states of all cases from the model in a folder, the oracle's own unless told otherwise.
  func hiddenStates(
    in other: URL? = nil, _ layers: LayerSelection = .last, dtype: DType = .float32,
    _ change: (inout EncoderOptions) -> Void = { _ in }
  ) throws -> [Tensor] {
    var options = EncoderOptions(dtype: dtype)
    change(&options)
    let folder = try other ?? folder
    return isText
      ? try TextEncoder(folder: folder, options: options).hiddenStates(of: tokens(), layers: layers)
      : try SpeechEncoder(folder: folder, options: options).hiddenStates(of: clips(), layers: layers)
  }

  /// A copy of the folder's small files, with weights that are written by the test.
  func copy(to folder: URL, _ weights: [String: Tensor]) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["config.json", "preprocessor_config.json"] {
      let source = try self.folder.appending(path: name)
      guard FileManager.default.fileExists(atPath: source.path) else { continue }
      try FileManager.default.copyItem(at: source, to: folder.appending(path: name))
    }
    try SafeTensors.write(weights, to: folder.appending(path: "model.safetensors"))
  }

  /// The published weights.
  func weights() throws -> [String: Tensor] {
    try SafeTensors(folder.appending(path: "model.safetensors")).tensors()
  }
}

extension Tensor {
  /// The largest difference from a peer's tensor, as a share of the peer's largest magnitude; infinite where a shape
  /// differs or a number is missing.
  func distance(from peer: Tensor) throws -> Double {
    guard shape == peer.shape else { return .infinity }
    let (a, b) = (try converted(to: .float64), try peer.converted(to: .float64))
    let distance = try (a - b).abs().max().item(of: Double.self) / b.abs().max().item(of: Double.self)
    return distance.isNaN ? .infinity : distance
  }

  /// The cosine of each row of the last dimension with a peer's.
  func cosines(with peer: Tensor) throws -> [Double] {
    let (a, b) = (try converted(to: .float64), try peer.converted(to: .float64))
    let norms = try ((a * a).sum(-1) * (b * b).sum(-1)).sqrt()
    return try ((a * b).sum(-1) / norms).array(of: Double.self)
  }
}
