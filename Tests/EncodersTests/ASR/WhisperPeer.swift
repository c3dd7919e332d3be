import Encoders
import Foundation
import Tensors
import TestSupport

/// A tiny Whisper with random weights, and what transformers' `generate` makes of it, all cases in one process.
final class WhisperPeer: Sendable {
  /// A call of `generate`.
  struct Case: Encodable, Sendable {
    var name: String
    /// Clips, or one recording, by name.
    var audio: [String]
    /// Which `generation_config.json`.
    var configuration = "multilingual"
    var isLong = false
    /// The arguments of `generate`, as JSON.
    var arguments = "{}"
    var prompt: String?
    var seed = 0
    /// The temperature of the answer, by which its scores are divided.
    var scale = 1.0
  }

  /// What came of a case.
  struct Answer: Decodable, Sendable {
    struct Segment: Decodable, Equatable, Sendable {
      let start: Double
      let end: Double
      let tokens: [Int]
      let logprobs: [Float]
    }
    /// For each clip.
    let segments: [[Segment]]
    let languages: [Int]
    /// For each decoded window and temperature, in order.
    let ratios: [Double]
    let averages: [Float]
    let noSpeech: [Float]
  }

  /// The folders by configuration.
  let folders: [String: URL]
  let audio: [String: [Float]]
  let answers: [String: Answer]
  /// Ids of the oracle's special tokens.
  let ids: [String: Int]
  private let scratch: TemporaryFolder

  init(_ cases: [Case], audio: [String: [Float]], oracle arguments: [String] = []) throws {
    let scratch = try TemporaryFolder()
    self.scratch = scratch
    let model = scratch("model")
    _ = try Peer.python(
      "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')",
      [SharedData.oracle.path, "whisper", "--out", model.path] + arguments)
    self.audio = audio
    for (name, samples) in audio {
      try samples.withUnsafeBytes { try Data($0).write(to: scratch("\(name).f32")) }
    }
    let tokenizer = try JSONSerialization.jsonObject(with: Data(contentsOf: model.appending(path: "tokenizer.json")))
    let added = (tokenizer as? [String: Any])?["added_tokens"] as? [[String: Any]] ?? []
    let ids = Dictionary(
      added.compactMap { token in
        (token["content"] as? String).flatMap { name in (token["id"] as? Int).map { (name, $0) } }
      },
      uniquingKeysWith: { first, _ in first })
    self.ids = ids
    var folders: [String: URL] = [:]
    for (name, text) in Self.configurations(ids) {
      let folder = scratch(name)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for file in try FileManager.default.contentsOfDirectory(atPath: model.path) where file != "generation_config.json"
      {
        try FileManager.default.createSymbolicLink(
          at: folder.appending(path: file), withDestinationURL: model.appending(path: file))
      }
      try Data(text.utf8).write(to: folder.appending(path: "generation_config.json"))
      folders[name] = folder
    }
    self.folders = folders
    let request = scratch("cases.json")
    try JSONEncoder().encode(cases).write(to: request)
    let output = try Peer.python(Self.script, [scratch.url.path, request.path])
    answers = try JSONDecoder().decode([String: Answer].self, from: Data(output.utf8))
  }

  /// Configurations with the fields of the published ones.
  private static func configurations(_ ids: [String: Int]) -> [String: String] {
    func id(_ name: String) -> Int { ids["<|\(name)|>"] ?? -1 }
    let common = """
      "decoder_start_token_id": \(id("startoftranscript")), "eos_token_id": \(id("endoftext")),
      "pad_token_id": \(id("endoftext")), "bos_token_id": \(id("endoftext")), "max_length": 448,
      "no_timestamps_token_id": \(id("notimestamps")), "prev_sot_token_id": \(id("startofprev")),
      "return_timestamps": false
      """
    let suppressed = """
      "begin_suppress_tokens": [33, \(id("endoftext"))],
      "suppress_tokens": [1, 2, 7, 60, 300, 301, \(id("startoftranscript")), \(id("en")), \(id("fr")), \(id("de")),
        \(id("translate")), \(id("transcribe")), \(id("startoflm")), \(id("startofprev")), \(id("nospeech"))]
      """
    let multilingual = """
      "is_multilingual": true, "lang_to_id": {"<|en|>": \(id("en")), "<|fr|>": \(id("fr")), "<|de|>": \(id("de"))},
      "task_to_id": {"transcribe": \(id("transcribe")), "translate": \(id("translate"))},
      "max_initial_timestamp_index": 50
      """
    return [
      "multilingual":
        "{\(common), \(suppressed), \(multilingual), \"forced_decoder_ids\": [[1, null], [2, \(id("transcribe"))]]}",
      // No timestamps either, so that every clip is one window.
      "words":
        "{\(common), \(multilingual), \"suppress_tokens\": \(Array((ids["<|endoftext|>"] ?? 0)...(ids.values.max() ?? 0)))}",
      "unsuppressed": "{\(common), \(multilingual)}",
      "english":
        "{\(common), \(suppressed), \"is_multilingual\": false, \"forced_decoder_ids\": [[1, \(id("notimestamps"))]]}",
    ]
  }

  private static let script = #"""
    import json, sys, numpy as np, torch, transformers as tf
    import transformers.generation.logits_process as processors
    from transformers.models.whisper.generation_whisper import WhisperGenerationMixin as Mixin
    tf.logging.set_verbosity_error(); torch.set_num_threads(1)
    root, cases = sys.argv[1], json.load(open(sys.argv[2]))
    seen = {}
    def recording(name, function):
        def call(*a, **k):
            value = function(*a, **k); seen[name].append(float(value)); return value
        return staticmethod(call)
    Mixin._retrieve_compression_ratio = recording("ratios", Mixin._retrieve_compression_ratio)
    Mixin._retrieve_avg_logprobs = recording("averages", Mixin._retrieve_avg_logprobs)
    detection = processors.WhisperNoSpeechDetection
    original = detection.__call__
    def detect(self, ids, scores):
        out = original(self, ids, scores)
        if ids.shape[1] == self.begin_index: seen["noSpeech"] += [float(p) for p in self.no_speech_prob]
        return out
    detection.__call__ = detect
    find = Mixin.detect_language
    def language(self, *a, **k):
        found = find(self, *a, **k); seen["languages"] += found.tolist(); return found
    Mixin.detect_language = language
    models, answers = {}, {}
    for case in cases:
        folder = f"{root}/{case['configuration']}"
        if folder not in models:
            m = tf.WhisperForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
            models[folder] = (m, tf.WhisperFeatureExtractor.from_pretrained(folder), tf.PreTrainedTokenizerFast(tokenizer_file=folder + "/tokenizer.json"))
        model, extract, tokenizer = models[folder]
        waves = [np.fromfile(f"{root}/{a}.f32", np.float32) for a in case["audio"]]
        how = dict(truncation=False, padding="longest") if case["isLong"] else {}
        inputs = extract(waves, sampling_rate=16000, return_tensors="pt", return_attention_mask=True, **how)
        k = json.loads(case["arguments"])
        if isinstance(k.get("temperature"), list): k["temperature"] = tuple(k["temperature"])
        if case.get("prompt") is not None:
            k["prompt_ids"] = torch.tensor([model.generation_config.prev_sot_token_id] + tokenizer(" " + case["prompt"], add_special_tokens=False).input_ids)
        seen.update(languages=[], ratios=[], averages=[], noSpeech=[])
        torch.manual_seed(case["seed"])
        with torch.no_grad():
            out = model.generate(inputs.input_features, attention_mask=inputs.attention_mask, return_segments=True, **k)
        clips = []
        for segments in out["segments"]:
            clip, begin = [], {}
            for s in segments:
                begin.setdefault(id(s["result"]), s["idxs"][0])
                first = begin[id(s["result"])]
                logprobs = []
                for place in range(*s["idxs"]):
                    scores = s["result"]["scores"][place - first].float()
                    logprobs.append(float(torch.log_softmax(scores * case["scale"], -1)[s["result"]["sequences"][place]]))
                clip.append(dict(start=float(s["start"]), end=float(s["end"]), tokens=s["tokens"].tolist(), logprobs=logprobs))
            clips.append(clip)
        answers[case["name"]] = dict(segments=clips, **{n: list(v) for n, v in seen.items()})
    print(json.dumps(answers))
    """#
}
