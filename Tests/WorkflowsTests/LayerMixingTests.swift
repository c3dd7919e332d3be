import Audio
import Corpora
import Evaluation
import FeatureStore
import Foundation
import Fusion
import Recognition
import Tensors
import TestSupport
import Testing
import Training
import Workflows

/// `layer: all` from the store to the bundle.
@Suite(
  "Learned weights of layers", .serialized,
  .enabled(if: SharedData.isAvailable, "needs the reference in ../shared"))
struct LayerMixingTests {
  let scratch: TemporaryFolder
  let tones: ToneCorpus

  init() throws {
    scratch = try TemporaryFolder()
    tones = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    for (number, clip) in tones.clips.enumerated() {
      let words = ["I can't believe you did that!", "well... it's fine, I guess", "a", "Two spaces"][number % 4]
      try scratch.write("\(words) \(number)", "corpus/Transcripts/\(clip.fileName.dropLast(4)).txt")
    }
    _ = try Peer.python(
      """
      import runpy, sys
      script, folder, *models = sys.argv[1:]
      for model in models:
          sys.argv[1:] = [model, "--out", folder + "/" + model]
          runpy.run_path(script, run_name="__main__")
      """, [SharedData.oracle.path, scratch.url.path, "wavlm", "roberta"])
  }

  /// The states of speech, three of them in pairs of frames and by the corpus, and all of text.
  func recipe(_ settings: String...) throws -> Recipe {
    try Recipe(
      yaml: """
        model: {kind: crossmodal, width: 16}
        streams:
          - {encoder: "\(scratch("wavlm").path)", layer: "all:1-3", precision: float32, stack: 2,
             masking: {time_masks: 1, time_share: 0.2, band_masks: 1, band_share: 0.3}}
          - {encoder: "\(scratch("roberta").path)", layer: all, precision: float32, normalisation: none, special_tokens: false}
        training:
          layer_rate: 10
          stages: [{epochs: 3, batch_size: 8, learning_rate: 0.003, patience: 3}]
        """, settings: settings)
  }

  @Test("A recipe trains, goes on after a kill to the same bytes, and its bundle says what its predictions say")
  func wholeStory() throws {
    let corpus = try Corpus(contentsOf: tones.folder)
    var messages: [String] = []
    var epochs = 0
    let files = FileManager.default
    let outcome = try TrainingRun(recipe(), corpus: corpus, output: scratch("run")) { event in
      switch event {
      case .message(let text): messages.append(text)
      case .training(.epoch):
        epochs += 1
        // What a kill leaves in the second epoch: its best weights, and the checkpoint of the first.
        if epochs == 2 { try? files.copyItem(at: scratch("run"), to: scratch("killed")) }
      default: break
      }
    }.run()
    #expect(epochs == 3)

    // The store keeps all states of a frame, each as the encoder gives it, and its identity says which.
    let store = FeatureStore(tones.folder.appending(path: "Features"))
    let sets = try Dictionary(uniqueKeysWithValues: store.encoders().map { ($0.name, try store.set(of: $0)) })
    let (speech, text) = try (#require(sets["wavlm"]), #require(sets["roberta"]))
    #expect(speech.encoder.settings["layer"] == "all:1-3" && text.encoder.settings["layer"] == "all:0-3")
    var single = ExtractCommand.Options(
      corpus: tones.folder, encoders: [scratch("wavlm").path, "log-mel-80"], output: scratch("single"))
    (single.layer, single.precision) = ("2", "float32")
    _ = try ExtractCommand(single, environment: [:]) { _ in }.run()
    let other = FeatureStore(scratch("single"))
    let second = try other.set(of: #require(try other.encoders().first { $0.name == "wavlm" }))
    for clip in tones.clips.prefix(3) {
      let (all, one) = try (speech.features(of: clip.fileName), second.features(of: clip.fileName))
      #expect(all.shape == [one.size(0), 3 * one.size(1)])
      #expect(try all.narrowed(1, start: one.size(1), length: one.size(1)).equals(one))
    }

    // A killed run ends with the same bytes.
    _ = try TrainingRun(recipe(), corpus: corpus, output: scratch("killed")).run(resume: true)
    for file in ["bundle/model.safetensors", "bundle/config.json", "predictions/Test1.csv"] {
      #expect(try Data(contentsOf: scratch("killed/\(file)")) == Data(contentsOf: scratch("run/\(file)")), "\(file)")
    }

    // The weights were learned, are told, and are in the bundle.
    let tensors = try SafeTensors(scratch("run/bundle/model.safetensors")).tensors()
    for (stream, count) in [(0, 3), (1, 4)] {
      let weights = try #require(tensors["model.layer_mixing.\(stream).weights"])
      #expect(weights.shape == [count])
      #expect(try weights.abs().max().item(of: Double.self) > 1e-3)
    }
    let told = messages.filter { $0.hasPrefix("layers of stream ") }
    #expect(told.count == 2 && told[0].hasPrefix("layers of stream 0, wavlm: 1 ") && told[0].contains(" %, times "))
    #expect(told[1].hasPrefix("layers of stream 1, roberta: 0 "))
    let bundle = try ModelBundle(contentsOf: scratch("run/bundle"))
    let notes = bundle.configuration.notes
    #expect(told.allSatisfy { text in notes.contains { "\($0.key): \($0.value)" == text } })
    #expect(bundle.configuration.streams.map(\.pretrained?.layer) == ["all:1-3", "all"])

    let recognizer = try BatchRecognizer(bundle)
    let rows = try Predictions(contentsOf: outcome.predictions).rows
    #expect(rows.count == 9)
    for row in rows {
      let utterance = try #require(corpus.utterances.first { $0.fileName == row.fileName })
      let samples = try AudioFile.decode(utterance.audio).samples
      let found = try recognizer.recognize([Stretch(samples: samples, text: utterance.transcript)])[0]
      #expect(zip(found.probabilities, row.probabilities).allSatisfy { abs($0.probability - $1) < 1e-4 })
    }
  }

  @Test("Where there are no layers, or others, it is said what would be right")
  func refusals() throws {
    func error(_ stream: String) -> String? {
      let found = #expect(throws: RecipeError.self) {
        try Recipe(yaml: "streams: [{\(stream)}]\ntraining: {stages: [{epochs: 1}]}")
      }
      return found?.description
    }
    #expect(
      error("encoder: log-mel-80, layer: all")
        == "the recipe's streams.0.layer: 'all' keeps the layers of a published model, and log-mel-80 has none; leave layer out"
    )
    #expect(error("encoder: x, layer: 'all:2'")?.contains("is none of last, a number, mean:FIRST-LAST") == true)
    let rate = #expect(throws: RecipeError.self) { try recipe("training.layer_rate=-1") }
    #expect(rate?.description.contains("training.layer_rate: 0 or more is expected") == true)

    let corpus = try Corpus(contentsOf: tones.folder)
    let beyond = #expect(throws: (any Error).self) {
      try TrainingRun(recipe("streams.0.layer=all:1-9"), corpus: corpus, output: scratch("beyond")).run()
    }
    #expect(
      beyond.map { "\($0)" }
        == "the layer 'all:1-9' is not there: the encoder has 3 layers, whose states count from 0 to 3")
    // Features that were made elsewhere are one vector to a frame.
    try FileManager.default.createDirectory(at: scratch("made"), withIntermediateDirectories: true)
    _ = try Peer.python(
      "import numpy, sys\nfor name in sys.argv[2:]: numpy.save(f'{sys.argv[1]}/{name[:-4]}.npy', numpy.ones((3, 4), 'f'))",
      [scratch("made").path] + tones.clips.map(\.fileName))
    _ = try FeaturesCommands.importFeatures(
      scratch("made"), corpus: tones.folder, encoder: "mine", dtype: "float32",
      output: tones.folder.appending(path: "Features")
    ) { _ in }
    let imported = #expect(throws: (any Error).self) {
      try TrainingRun(
        Recipe(yaml: "streams: [{encoder: mine, layer: all}]\ntraining: {stages: [{epochs: 1}]}"), corpus: corpus,
        output: scratch("imported")
      ).run()
    }
    #expect(imported.map { "\($0)" }?.contains("the features 'mine' were imported, as one vector to a frame") == true)
  }
}
