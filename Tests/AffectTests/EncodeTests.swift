import Foundation
import Tensors
import TestSupport
import Testing

@Suite("affect encode", .enabled(if: SharedData.isAvailable, "needs the reference in ../shared"))
struct EncodeTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  /// Makes model folders by the reference.
  private func oracle(_ models: String...) throws {
    _ = try Peer.python(
      """
      import runpy, sys
      script, folder, *models = sys.argv[1:]
      for model in models:
          sys.argv[1:] = [model, "--out", folder + "/" + model]
          runpy.run_path(script, run_name="__main__")
      """, [SharedData.oracle.path, scratch.url.path] + models)
  }

  private func distance(_ a: Tensor, _ b: Tensor) throws -> Double {
    guard a.shape == b.shape else { return .infinity }
    return try (a - b).abs().max().item(of: Double.self) / b.abs().max().item(of: Double.self)
  }

  @Test("Speech and text are written as the reference computes them, with times, ids and spans")
  func files() throws {
    try oracle("wavlm", "roberta")
    let speech = try SafeTensors(scratch("wavlm/case.safetensors"))
    // Samples of 32 bits: what the reference was given.
    try Self.wav(speech.tensor("wave.1").array(of: Float.self)).write(to: scratch("clip.wav"))
    let result = try Command.run(
      "encode", "--model", "wavlm", "--audio", "clip.wav", "--output", "out/clip.safetensors", "--all-layers",
      "--dtype", "float32", "--json", in: scratch.url)
    #expect(result.status == 0, "\(result.errors)")
    let file = try SafeTensors(scratch("out/clip.safetensors"))
    #expect(file.names == ["hidden", "last", "times"] && file.metadata["dtype"] == "float32")
    #expect(file.metadata["layer"] == "last" && file.metadata["model_type"] == "wavlm")
    for name in ["hidden", "last"] {
      #expect(try distance(file.tensor(name), speech.tensor("\(name).1")) < 1e-4, "\(name)")
    }
    #expect(try file.tensor("times").array(of: Double.self).prefix(2) == [0.0125, 0.0325])
    let summary = try #require(result.json as? [String: Any])
    #expect(summary["dtype"] as? String == "float32" && (summary["tensors"] as? [String: [Int]])?["last"]?.last == 48)

    let sentences = try JSONDecoder().decode([String].self, from: Data(contentsOf: scratch("roberta/sentences.json")))
    let text = try Command.run(
      "encode", "--model", "roberta", "--text", sentences[4], "--output", "text.safetensors", "--dtype", "float32",
      in: scratch.url)
    #expect(text.status == 0 && text.output.contains("text.safetensors: ids (") && text.output.contains("in float32"))
    let written = try SafeTensors(scratch("text.safetensors"))
    let peer = try SafeTensors(scratch("roberta/case.safetensors"))
    #expect(written.names == ["ids", "last", "spans"])
    #expect(try written.tensor("ids").array(of: Int.self) == peer.tensor("ids.4").array(of: Int.self))
    #expect(try distance(written.tensor("last"), peer.tensor("last.4")) < 1e-4)
    // The special tokens left out, and another layer.
    let bare = try Command.run(
      "encode", "--model", "roberta", "--text", sentences[4], "--output", "text.safetensors", "--dtype", "float32",
      "--layer", "1", "--no-special-tokens", in: scratch.url)
    #expect(bare.status == 0)
    let layer = try peer.tensor("hidden.4")[1]
    let inner = try layer.narrowed(0, start: 1, length: layer.size(0) - 2)
    #expect(try distance(SafeTensors(scratch("text.safetensors")).tensor("last"), inner) < 1e-4)
  }

  @Test("What can't be is said, with the exit status of its kind")
  func errors() throws {
    try oracle("roberta")
    let cases: [([String], Int32, String)] = [
      (
        ["--model", "nowhere", "--text", "a"], 1,
        "there is no folder 'nowhere', and taken as a model's id: nowhere is not complete in the cache"
      ),
      (["--model", "./nowhere", "--text", "a"], 1, "'./nowhere' is no folder, and no model's id either"),
      (["--model", "roberta", "--audio", "a.wav"], 1, "roberta is a text model; give it --text STRING"),
      (["--model", "roberta", "--text", "a", "--layer", "x"], 2, "--layer x is no layer"),
      (["--model", "roberta", "--text", "a", "--layer", "9"], 1, "the layer '9' is not there"),
      (["--model", "roberta", "--text", "a", "--dtype", "int8"], 2, "encoders can't compute in int8"),
      (["--model", "roberta", "--text", "a", "--device", "tpu"], 2, "there is no device 'tpu'"),
      (["--model", "roberta"], 2, "either --audio FILE or --text STRING is expected"),
      (["--model", "roberta", "--text", String(repeating: "no ", count: 200)], 1, "the model takes at most 128"),
    ]
    for (arguments, status, message) in cases {
      let process = Command.process(["encode", "--output", "x.safetensors"] + arguments, in: scratch.url)
      process.environment?["HF_HUB_OFFLINE"] = "1"
      let result = try Command.run(process)
      #expect(result.status == status && result.errors.contains(message), "\(arguments): \(result.errors)")
    }
    #expect(scratch.files("").allSatisfy { !$0.contains("x.safetensors") })
  }

  @Test("A model of N bytes takes no more than 1.1 N and its largest tensor")
  func memory() throws {
    try Self.writeWav2Vec2(scratch("large"), width: 768, layers: 9)
    try Self.writeWav2Vec2(scratch("small"), width: 32, layers: 1)
    try Self.wav((0..<8000).map { Float(sin(Double($0) * 0.05)) }).write(to: scratch("clip.wav"))
    _ = try Peer.python(
      """
      import os, sys, torch
      from safetensors.torch import load_file
      folder = sys.argv[1]
      torch.save(load_file(folder + "/large/model.safetensors"), folder + "/pytorch_model.bin")
      """, [scratch.url.path])
    func peak(_ model: String, _ dtype: String) throws -> Int {
      let result = try Command.run(
        "encode", "--model", model, "--audio", "clip.wav", "--output", "out.safetensors", "--dtype", dtype, "--json",
        in: scratch.url)
      return try #require((result.json as? [String: Any])?["peakMemory"] as? Int, "\(result.errors)")
    }
    let weights = try SafeTensors(scratch("large/model.safetensors"))
    let sizes = weights.names.map { weights.shape(of: $0)?.reduce(1, *) ?? 0 }
    let base = ["float32": try peak("small", "float32"), "bfloat16": try peak("small", "bfloat16")]
    func expect(_ model: String, _ dtype: String, bytes: Int) throws {
      let taken = try peak(model, dtype) - (base[dtype] ?? 0)
      let model = sizes.reduce(0, +) * bytes
      let bound = Double(model) * 1.1 + Double((sizes.max() ?? 0) * 4)
      #expect(Double(taken) <= bound, "\(dtype): \(taken >> 20) MB for \(model >> 20) MB")
      #expect(taken > model / 2, "\(dtype): \(taken >> 20) MB can't be what was loaded")
    }
    try expect("large", "bfloat16", bytes: 2)
    try expect("large", "float32", bytes: 4)
    try FileManager.default.removeItem(at: scratch("large/model.safetensors"))
    try FileManager.default.moveItem(at: scratch("pytorch_model.bin"), to: scratch("large/pytorch_model.bin"))
    try expect("large", "bfloat16", bytes: 2)
  }

  /// A wav2vec 2.0 of random weights, without the reference, whose copy would take its time.
  private static func writeWav2Vec2(_ folder: URL, width: Int, layers: Int) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let inner = 4 * width
    let configuration: [String: Any] = [
      "model_type": "wav2vec2", "hidden_size": width, "num_hidden_layers": layers, "num_attention_heads": 8,
      "intermediate_size": inner, "hidden_act": "gelu", "layer_norm_eps": 1e-5, "do_stable_layer_norm": true,
      "conv_dim": [32, 32, 32], "conv_kernel": [10, 3, 2], "conv_stride": [5, 8, 8], "conv_bias": true,
      "feat_extract_norm": "layer", "feat_extract_activation": "gelu", "num_conv_pos_embeddings": 16,
      "num_conv_pos_embedding_groups": 16,
    ]
    try JSONSerialization.data(withJSONObject: configuration).write(to: folder.appending(path: "config.json"))
    let generator = try Generator(seed: 4)
    var weights: [String: Tensor] = [:]
    func add(_ name: String, _ shape: [Int]) throws {
      weights[name] = try Tensor.randn(shape, generator: generator) * 0.05
    }
    func linear(_ name: String, _ input: Int, _ output: Int) throws {
      try add(name + ".weight", [output, input])
      try add(name + ".bias", [output])
    }
    func norm(_ name: String, _ width: Int) throws {
      weights[name + ".weight"] = try Tensor.full([width], 1)
      try add(name + ".bias", [width])
    }
    for (number, (input, taps)) in [(1, 10), (32, 3), (32, 2)].enumerated() {
      try add("feature_extractor.conv_layers.\(number).conv.weight", [32, input, taps])
      try add("feature_extractor.conv_layers.\(number).conv.bias", [32])
      try norm("feature_extractor.conv_layers.\(number).layer_norm", 32)
    }
    try norm("feature_projection.layer_norm", 32)
    try linear("feature_projection.projection", 32, width)
    try add("encoder.pos_conv_embed.conv.weight_g", [1, 1, 16])
    try add("encoder.pos_conv_embed.conv.weight_v", [width, width / 16, 16])
    try add("encoder.pos_conv_embed.conv.bias", [width])
    try norm("encoder.layer_norm", width)
    for layer in 0..<layers {
      let name = "encoder.layers.\(layer)."
      for part in ["q_proj", "k_proj", "v_proj", "out_proj"] { try linear(name + "attention.\(part)", width, width) }
      try norm(name + "layer_norm", width)
      try linear(name + "feed_forward.intermediate_dense", width, inner)
      try linear(name + "feed_forward.output_dense", inner, width)
      try norm(name + "final_layer_norm", width)
    }
    try SafeTensors.write(weights, to: folder.appending(path: "model.safetensors"))
  }

  /// A RIFF WAVE file of float32, mono, 16 kHz.
  private static func wav(_ samples: [Float]) -> Data {
    var data = Data()
    func append(_ value: UInt32, bytes: Int) { for i in 0..<bytes { data.append(UInt8(value >> (8 * i) & 255)) } }
    data.append(contentsOf: "RIFF".utf8)
    append(UInt32(36 + samples.count * 4), bytes: 4)
    data.append(contentsOf: "WAVEfmt ".utf8)
    for (value, bytes) in [(16, 4), (3, 2), (1, 2), (16_000, 4), (64_000, 4), (4, 2), (32, 2)] {
      append(UInt32(value), bytes: bytes)
    }
    data.append(contentsOf: "data".utf8)
    append(UInt32(samples.count * 4), bytes: 4)
    for sample in samples { append(sample.bitPattern, bytes: 4) }
    return data
  }
}
