import Encoders
import Foundation
import Tensors
import TestSupport
import Testing

@Suite(
  "Published layouts of pretrained encoders",
  .enabled(if: SharedData.isAvailable, "needs the reference in ../shared"))
struct PretrainedLoadingTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  /// Whether the same weights in another layout give the same numbers, bit for bit.
  private func expectSame(_ oracle: Oracle, in folder: URL) throws {
    for (found, own) in zip(try oracle.hiddenStates(in: folder), try oracle.hiddenStates()) {
      #expect(try found.array(of: Float.self) == own.array(of: Float.self))
    }
  }

  @Test("Both spellings of weight norm", arguments: Oracle.of("wavlm", "hubert", "wav2vec2", first: true))
  func weightNorms(oracle: Oracle) throws {
    var weights = try oracle.weights()
    let conv = "encoder.pos_conv_embed.conv."
    let spellings = [
      ("parametrizations.weight.original0", "weight_g"), ("parametrizations.weight.original1", "weight_v"),
    ]
    var changed = 0
    for (new, old) in spellings {
      for (from, to) in [(new, old), (old, new)] {
        guard let tensor = weights.removeValue(forKey: conv + from) else { continue }
        weights[conv + to] = tensor
        changed += 1
        break
      }
    }
    #expect(changed == 2)
    try oracle.copy(to: scratch("other"), weights)
    try expectSame(oracle, in: scratch("other"))
    // Multiplied out, as some convert them.
    let magnitude = try #require(weights[conv + "weight_g"] ?? weights[conv + "parametrizations.weight.original0"])
    let direction = try #require(weights[conv + "weight_v"] ?? weights[conv + "parametrizations.weight.original1"])
    for key in weights.keys where key.hasPrefix(conv) && !key.hasSuffix("bias") { weights[key] = nil }
    weights[conv + "weight"] = try direction * (magnitude / direction.norms(exceptOver: 2))
    try oracle.copy(to: scratch("plain"), weights)
    for (found, own) in zip(try oracle.hiddenStates(in: scratch("plain")), try oracle.hiddenStates()) {
      #expect(try found.distance(from: own) < 1e-5)
    }
  }

  @Test("pytorch_model.bin alone", arguments: Oracle.all.filter { $0.arguments.contains("--bin") })
  func pickled(oracle: Oracle) throws {
    try FileManager.default.copyItem(at: oracle.folder, to: scratch("bin"))
    try FileManager.default.removeItem(at: scratch("bin/model.safetensors"))
    try expectSame(oracle, in: scratch("bin"))
  }

  @Test(
    "Prefixes and task heads",
    arguments: [
      ("wavlm", "wavlm.", ["classifier.weight", "projector.weight", "layer_weights"]),
      ("hubert", "hubert.", ["lm_head.weight", "lm_head.bias"]),
      ("wav2vec2", "wav2vec2.", ["quantizer.codevectors", "project_q.weight", "project_hid.bias"]),
      ("bert", "bert.", ["cls.predictions.bias", "bert.pooler.dense.weight", "bert.embeddings.position_ids"]),
      ("roberta", "roberta.", ["lm_head.dense.weight", "classifier.dense.weight"]),
      ("deberta-v2", "deberta.", ["lm_predictions.lm_head.dense.weight", "mask_predictions.dense.weight"]),
      ("modernbert", "model.", ["head.dense.weight", "decoder.bias"]),
    ])
  func heads(model: String, prefix: String, others: [String]) throws {
    let oracle = Oracle.of(model)[0]
    var weights = try oracle.weights()
    weights = Dictionary(uniqueKeysWithValues: weights.map { (prefix + $0, $1) })
    for other in others { weights[other] = try Tensor.zeros([3]) }
    try oracle.copy(to: scratch("head"), weights)
    try expectSame(oracle, in: scratch("head"))
  }

  @Test("Whisper's encoder without the decoder and the prefix")
  func whisperWithoutPrefix() throws {
    let oracle = Oracle.of("whisper")[0]
    var weights = try oracle.weights().filter { $0.key.hasPrefix("model.encoder.") }
    #expect(weights.count > 20)
    weights = Dictionary(uniqueKeysWithValues: weights.map { (String($0.dropFirst("model.".count)), $1) })
    try oracle.copy(to: scratch("encoder"), weights)
    try expectSame(oracle, in: scratch("encoder"))
  }

  @Test("Every key that does not fit is named")
  func misfits() throws {
    let oracle = Oracle.of("roberta")[0]
    var weights = try oracle.weights()
    weights["encoder.layer.1.output.dense.bias"] = nil
    weights["encoder.layer.0.attention.self.key.weight"] = try Tensor.zeros([2, 3])
    weights["encoder.layer.9.output.dense.bias"] = try Tensor.zeros([48])
    try oracle.copy(to: scratch("misfit"), weights)
    let error = #expect(throws: EncoderError.self) { try oracle.hiddenStates(in: scratch("misfit")) }
    let said = error?.description ?? ""
    #expect(said.contains("missing: encoder.layer.1.output.dense.bias"))
    #expect(said.contains("misshapen: encoder.layer.0.attention.self.key.weight is [2, 3], [48, 48] is expected"))
    #expect(said.contains("unexpected: encoder.layer.9.output.dense.bias"))
    #expect(said.components(separatedBy: "\n").count == 4, "\(said)")
  }

  @Test("A type that is not supported is named with those that are")
  func unsupported() throws {
    try scratch.write(#"{"model_type": "gpt2"}"#, "gpt2/config.json")
    let folder = scratch("gpt2")
    let speech = #expect(throws: EncoderError.self) { try SpeechEncoder(folder: folder) }
    #expect(
      speech?.description.hasSuffix(
        "config.json: model_type is 'gpt2'; the speech encoders supported are wav2vec2, hubert, wavlm, whisper") == true
    )
    let text = #expect(throws: EncoderError.self) { try TextEncoder(folder: folder) }
    #expect(text?.description.contains("bert, roberta, xlm-roberta, deberta-v2, modernbert") == true)
    #expect(throws: EncoderError.self) { try PretrainedModel.kind(of: folder) }
    #expect(throws: EncoderError.self) { try PretrainedModel.kind(of: scratch("nowhere")) }
    try scratch.write(#"{"model_type": "bert", "vocab_size": "many"}"#, "bad/config.json")
    let bad = #expect(throws: EncoderError.self) { try TextEncoder(folder: scratch("bad")) }
    #expect(bad?.description.contains("config.json: ") == true)
  }
}
