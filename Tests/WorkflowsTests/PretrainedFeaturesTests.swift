import Audio
import Corpora
import Encoders
import Evaluation
import FeatureStore
import Foundation
import Recognition
import Tensors
import TestSupport
import Testing
import Tokenizers
import Training
import Workflows

@Suite(
  "Features of published models", .serialized,
  .enabled(if: SharedData.isAvailable, "needs the reference in ../shared"))
struct PretrainedFeaturesTests {
  let scratch: TemporaryFolder
  let corpus: ToneCorpus
  init() throws {
    scratch = try TemporaryFolder()
    corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    for (number, clip) in corpus.clips.enumerated() {
      let words = ["I can't believe you did that!", "well... it's fine, I guess", "a", "Two spaces"][number % 4]
      try scratch.write("\(words) \(number)", "corpus/Transcripts/\(clip.fileName.dropLast(4)).txt")
    }
  }

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

  private func extract(
    _ models: [String], to store: String = "store", _ change: (inout ExtractCommand.Options) -> Void = { _ in }
  ) throws -> CommandResult {
    var options = ExtractCommand.Options(
      corpus: corpus.folder, encoders: models.map { $0.contains("-") ? $0 : scratch($0).path }, output: scratch(store))
    options.dtype = "float32"
    options.precision = "float32"
    change(&options)
    return try ExtractCommand(options, environment: [:]) { _ in }.run()
  }

  private func sets(_ store: String = "store") throws -> [String: FeatureSet] {
    let store = FeatureStore(scratch(store))
    return try Dictionary(uniqueKeysWithValues: store.encoders().map { ($0.name, try store.set(of: $0)) })
  }

  @Test("Speech, text and a front end side by side, each clip as it is by itself")
  func features() throws {
    try oracle("wavlm", "roberta")
    let silent = corpus.clips[3].fileName
    try FileManager.default.removeItem(at: scratch("corpus/Transcripts/\(silent.dropLast(4)).txt"))
    let result = try extract(["wavlm", "log-mel-80", "roberta"])
    #expect(!result.succeeded && result.text.contains("1 of 27 clips have no features:"))
    #expect(result.text.contains("\(silent) has no transcript; Transcripts/\(silent.dropLast(4)).txt is expected"))
    let sets = try sets()
    #expect(Set(sets.keys) == ["wavlm", "log-mel-80", "roberta"])
    let (wavlm, roberta) = (try #require(sets["wavlm"]), try #require(sets["roberta"]))
    #expect(wavlm.count == 27 && roberta.count == 26)
    #expect(wavlm.encoder.settings["precision"] == "float32" && wavlm.encoder.settings["layer"] == "last")
    let speech = try SpeechEncoder(folder: scratch("wavlm"), options: EncoderOptions(dtype: .float32))
    let text = try TextEncoder(folder: scratch("roberta"), options: EncoderOptions(dtype: .float32))
    let tokenizer = try Tokenizer(contentsOf: scratch("roberta"))
    for (number, clip) in corpus.clips.enumerated() where number % 5 == 0 {
      let samples = try Data(contentsOf: corpus.audio(clip)).dropFirst(44).withUnsafeBytes {
        $0.bindMemory(to: Int16.self).map { Float($0) / 32_768 }
      }
      let alone = try speech.hiddenStates(of: [samples])[0]
      #expect(try distance(wavlm.features(of: clip.fileName), alone) < 1e-4)
      let words = try scratch.text("corpus/Transcripts/\(clip.fileName.dropLast(4)).txt")
      let tokens = try text.features(of: [words], tokenizer: tokenizer)[0]
      #expect(try distance(roberta.features(of: clip.fileName), tokens.states) < 1e-4)
    }
    // What is there is kept; a transcript that changes is read again, and the sound is not.
    try scratch.write("something else entirely", "corpus/Transcripts/\(corpus.clips[0].fileName.dropLast(4)).txt")
    let again = try extract(["wavlm", "roberta"])
    #expect(!again.succeeded)
    let changed = try #require(try self.sets()["roberta"])
    #expect(changed.frames(of: corpus.clips[0].fileName) != roberta.frames(of: corpus.clips[0].fileName))
  }

  @Test("Another layer, precision or choice of tokens is another set; other weights too")
  func digests() throws {
    try oracle("wavlm", "bert")
    func folders() throws -> Set<String> {
      Set(try FileManager.default.contentsOfDirectory(atPath: scratch("store").path))
    }
    _ = try extract(["wavlm", "bert"])
    #expect(try folders().count == 2)
    _ = try extract(["wavlm", "bert"])
    #expect(try folders().count == 2)
    _ = try extract(["wavlm"]) { $0.layer = "mean:1-2" }
    _ = try extract(["wavlm"]) { $0.precision = "bfloat16" }
    _ = try extract(["bert"]) { $0.specialTokens = false }
    #expect(try folders().count == 5)
    // Another file of the same name and size.
    let file = scratch("bert/model.safetensors")
    var bytes = try Data(contentsOf: file)
    bytes[bytes.count - 5] ^= 1
    try bytes.write(to: file, options: .atomic)
    _ = try extract(["bert"])
    #expect(try folders().count == 6)
    let sets = try FeatureStore(scratch("store")).encoders().filter { $0.name == "bert" }
      .map { try FeatureStore(scratch("store")).set(of: $0) }
    let name = corpus.clips[0].fileName
    let counts = Set(sets.compactMap { $0.frames(of: name) })
    #expect(counts.count == 2 && (counts.max() ?? 0) - (counts.min() ?? 0) == 2, "without [CLS] and [SEP]")
  }

  @Test("A recipe trains on the folders of published models")
  func recipe() throws {
    try oracle("wavlm", "roberta")
    let recipe = try Recipe(
      yaml: """
        model: {kind: deepser, width: 16, layers: 1, heads: 2, feed_forward: 32}
        streams:
          - {encoder: "\(scratch("wavlm").path)", layer: mean:1-3, dtype: float32}
          - {encoder: "\(scratch("roberta").path)", special_tokens: false, dtype: float32}
          - {encoder: "\(scratch("wavlm").path)", layer: 1, precision: float32}
        training:
          stages: [{epochs: 2, batch_size: 8, learning_rate: 0.003}]
        """)
    let corpus = try Corpus(contentsOf: corpus.folder)
    let outcome = try TrainingRun(recipe, corpus: corpus, output: scratch("run")).run()
    #expect(outcome.history.count == 2 && outcome.failures.isEmpty)
    let written = try scratch.text("run/recipe.yaml")
    #expect(written.contains("layer: mean:1-3") && written.contains("special_tokens: false"))
    let sets = try FileManager.default.contentsOfDirectory(atPath: corpus.folder.appending(path: "Features").path)
    #expect(sets.count == 3)
    // The bundle knows what its streams are, and says that it can't do without words.
    let bundle = try ModelBundle(contentsOf: scratch("run/bundle"))
    #expect(bundle.configuration.streams.map(\.pretrained?.layer) == ["mean:1-3", "last", "1"])
    let recognizer = try BatchRecognizer(bundle)
    #expect(recognizer.streamsThatNeedText == ["roberta"])
    let silence = [Float](repeating: 0, count: 16_000)
    #expect(throws: RecognitionError.noText(stream: "roberta", start: 2)) {
      try recognizer.recognize(silence, start: 2)
    }
  }

  @Test("A bundle that was trained with clips whose words were left out works without words")
  func dropout() throws {
    try oracle("roberta")
    let recipe = try Recipe(
      yaml: """
        model: {kind: baseline, width: 16}
        streams:
          - {encoder: log-mel-80, dtype: float32}
          - {encoder: "\(scratch("roberta").path)", precision: float32, dtype: float32, dropout: 0.5}
        training:
          stages: [{epochs: 3, batch_size: 8, learning_rate: 0.003}]
        """)
    let corpus = try Corpus(contentsOf: corpus.folder)
    let outcome = try TrainingRun(recipe, corpus: corpus, output: scratch("run")).run()
    #expect(try scratch.text("run/recipe.yaml").contains("dropout: 0.5"))
    let recognizer = try BatchRecognizer(bundle: scratch("run/bundle"))
    #expect(recognizer.configuration.streams.map(\.mayBeMissing) == [nil, true])
    #expect(recognizer.readingStreams == ["roberta"] && recognizer.streamsThatNeedText.isEmpty)
    let rows = try Predictions(contentsOf: outcome.predictions).rows
    for row in rows.prefix(3) {
      let utterance = try #require(corpus.utterances.first { $0.fileName == row.fileName })
      let samples = try AudioFile.decode(utterance.audio).samples
      // With its words a clip scores as it was evaluated, without them otherwise.
      let found = try recognizer.recognize([
        Stretch(samples: samples, text: utterance.transcript), Stretch(samples: samples),
      ])
      #expect(zip(found[0].probabilities, row.probabilities).allSatisfy { abs($0.probability - $1) < 1e-4 })
      #expect(found[1].notes.contains(.noTranscript) && !found[0].notes.contains(.noTranscript))
      #expect(found[0].probabilities != found[1].probabilities)
    }
    // Left out in training for real: other weights than with all words.
    var whole = recipe
    whole.streams[1].dropout = 0
    let other = try TrainingRun(whole, corpus: corpus, output: scratch("whole")).run()
    #expect(other.history.last?.trainLoss != outcome.history.last?.trainLoss)
    for (yaml, message) in [
      ("[{encoder: log-mel-80, dropout: 0.5}]", "the only stream can't be left out"),
      ("[{encoder: log-mel-80, dropout: 1}, {encoder: log-mel-80}]", "a probability in 0..<1 is expected"),
    ] {
      let error = #expect(throws: RecipeError.self) {
        try Recipe(yaml: "streams: \(yaml)\ntraining: {stages: [{epochs: 1}]}")
      }
      #expect(error?.description.contains(message) == true)
    }
  }

  @Test("A bundle of a published speech model recognises recordings as it was evaluated")
  func recognition() throws {
    try oracle("wavlm")
    let recipe = try Recipe(
      yaml: """
        model: {kind: deepser, width: 16, layers: 1, heads: 2, feed_forward: 32}
        streams: [{encoder: "\(scratch("wavlm").path)", precision: float32, dtype: float32}]
        training:
          stages: [{epochs: 1, batch_size: 8, learning_rate: 0.003}]
        """)
    let corpus = try Corpus(contentsOf: corpus.folder)
    let outcome = try TrainingRun(recipe, corpus: corpus, output: scratch("run")).run()
    let recognizer = try BatchRecognizer(bundle: scratch("run/bundle"))
    let rows = try Predictions(contentsOf: outcome.predictions).rows
    #expect(rows.count == 9)
    for row in rows {
      let utterance = try #require(corpus.utterances.first { $0.fileName == row.fileName })
      var found: [RecognizedSegment] = []
      try recognizer.recognize(file: utterance.audio) { found.append($0) }
      let probabilities = found[0].probabilities.map(\.probability)
      #expect(zip(probabilities, row.probabilities).allSatisfy { abs($0 - $1) < 1e-4 })
    }
  }

  @Test("What a stream or an option can't be is said")
  func refusals() throws {
    for (setting, problem) in [
      ("layer: first", "streams.0.layer: 'first' is none of last"),
      ("precision: int8", "streams.0.precision: 'int8' is none of auto, float32, bfloat16"),
      ("context: all", "streams.0.context: 'all' is neither window nor clip"),
    ] {
      let error = #expect(throws: RecipeError.self) {
        try Recipe(yaml: "streams: [{encoder: x, \(setting)}]\ntraining: {stages: [{epochs: 1}]}")
      }
      #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
    }
    let nowhere = #expect(throws: (any Error).self) { try extract(["nowhere"]) }
    #expect(nowhere.map { "\($0)" }?.contains("nowhere' is no folder, and no model's id either") == true)
    try FileManager.default.createDirectory(at: scratch("empty"), withIntermediateDirectories: true)
    let empty = #expect(throws: EncoderError.self) { try extract(["empty"]) }
    #expect(empty?.description.contains("empty/config.json: the file of a published model is missing") == true)
    #expect(throws: ExtractError.self) { try extract(["log-mel-80"]) { $0.layer = "all" } }
  }

  private func distance(_ a: Tensor, _ b: Tensor) throws -> Double {
    guard a.shape == b.shape else { return .infinity }
    return try (a - b).abs().max().item(of: Double.self) / b.abs().max().item(of: Double.self)
  }
}
