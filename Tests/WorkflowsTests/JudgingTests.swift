import Corpora
import Emotion
import Evaluation
import Foundation
import Recognition
import TestSupport
import Testing
import Training
import Workflows

@Suite("Runs judged: events, reports, comparisons, calibration, submissions")
struct JudgingTests {
  private let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  private func train(_ corpus: ToneCorpus, _ output: String, seed: Int = 0) throws -> TrainingRun.Outcome {
    let recipe = try TrainCommand.recipe(
      "quick", settings: ToneCorpus.settings + ["training.stages.0.epochs=3", "training.seed=\(seed)"])
    return try TrainingRun(
      recipe, corpus: Corpus(contentsOf: corpus.folder), output: scratch(output), features: scratch("features")
    ).run()
  }

  @Test("A run is reported, compared, calibrated and submitted, and TensorBoard reads its epochs")
  func wholeStory() throws {
    // Clips of two lengths, so that there are groups by duration.
    let corpus = try ToneCorpus(at: scratch("corpus"), lasting: { $0.number == 0 ? 0.4 : 2.2 })
    let outcome = try train(corpus, "a")
    _ = try train(corpus, "b", seed: 1)

    // TensorBoard's own reader, checksums included.
    struct Scalars: Decodable {
      let tags: [String: [[Double]]]
    }
    let script = """
      import json, sys
      from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
      from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
      import os
      file = os.path.join(sys.argv[1], os.listdir(sys.argv[1])[0])
      assert len(list(RawEventFileLoader(file).Load())) == int(sys.argv[2]) + 1
      a = EventAccumulator(sys.argv[1]); a.Reload()
      tags = {t: [[e.step, e.value if e.value else 0.0] for e in a.Scalars(t)] for t in a.Tags()["scalars"]}
      tags.update({t: [[e.step, float(e.tensor_proto.float_val[0])] for e in a.Tensors(t)] for t in a.Tags()["tensors"]})
      print(json.dumps(dict(tags=tags)))
      """
    let printed = try Peer.python(script, [scratch("a/events").path, "\(outcome.history.count)"])
    let read = try JSONDecoder().decode(Scalars.self, from: Data(printed.utf8)).tags
    #expect(read.keys.sorted().contains("dev/macroF1"))
    for (index, record) in outcome.history.enumerated() {
      for (tag, value) in [
        ("loss/train", record.trainLoss), ("dev/macroF1", record.devMacroF1), ("dev/UAR", record.devUAR),
      ] {
        let point = try #require(read[tag]?[index])
        #expect(Int(point[0]) == index + 1 && abs(point[1] - value) < 1e-6, "\(tag)")
      }
    }

    // The page with everything at hand: audio, spectrograms, exports.
    let result = try ReportCommand(scratch("a"), split: nil, corpus: nil, output: nil, resamples: 50) { _ in }()
    let page = try scratch.text("a/report.html")
    #expect(result.text.contains("Macro-F1"))
    for part in [
      "Macro-F1", "How it learned", "Reliability", "By SpkrID", "By Duration", "below 2 s", "2 to 4 s", "MEDUSA",
      "Arousal",
    ] {
      #expect(page.contains(part), "\(part)")
    }
    #expect(!page.contains("Before and after calibration"))
    if outcome.evaluation.accuracy < 1 {
      #expect(page.contains("data:audio/wav;base64,") && page.contains("data:image/png"))
    }
    #expect(scratch.files("a/report").contains("confusion-confusion.svg"))
    #expect(scratch.files("a/report").contains("confusion-all-metrics-with-intervals.csv"))

    // Two runs beside each other.
    var options = CompareCommand.Options(runs: [scratch("a"), scratch("b")], output: scratch("compared.html"))
    options.resamples = 50
    let compared = try CompareCommand(options) { _ in }.run()
    #expect(compared.text.contains("McNemar"))
    let comparison = try scratch.text("compared.html")
    for part in [
      "How sure are the differences", "How they learned", "dev macro F1", "a by Duration", "ROC of angry", "MEDUSA",
      "Settings that differ", "training.seed", "Arousal of a",
    ] {
      #expect(comparison.contains(part), "\(part)")
    }
    let differing = try scratch.text("compared/facts-settings-that-differ.csv")
    #expect(differing.hasPrefix("Setting,a,b\ntraining.seed,0,1\n"), "\(differing)")

    // A calibration travels in the bundle and is applied by recognition.
    let clip = try #require(corpus.clips.first { $0.split == "Test1" })
    let before = try segment(clip, corpus)
    var calibrate = CalibrateCommand.Options(run: scratch("a"))
    calibrate.coverage = 0.9
    let told = try CalibrateCommand(calibrate).run()
    #expect(told.text.contains("temperature calibration, fitted on 18 development clips"))
    let calibration = try #require(try ModelBundle.configuration(in: scratch("a/bundle")).calibration)
    let after = try segment(clip, corpus)
    let expected = calibration(before.probabilities.map(\.probability))
    for (found, wanted) in zip(after.probabilities, expected) { #expect(abs(found.probability - wanted) < 1e-9) }
    #expect(before.candidates == nil && after.candidates?.isEmpty == false)
    // The report shows what it does.
    _ = try ReportCommand(scratch("a"), split: nil, corpus: nil, output: nil, resamples: 50) { _ in }()
    let calibrated = try scratch.text("a/report.html")
    #expect(calibrated.contains("Before and after calibration") && calibrated.contains("Sets that hold the label (90%"))
    for (method, priors) in [("vector", nil), ("isotonic", nil), ("temperature", "angry=0.2,sad=0.5,neutral=0.3")] {
      calibrate.method = method
      calibrate.priors = priors
      _ = try CalibrateCommand(calibrate).run()
      let stored = try #require(try ModelBundle.configuration(in: scratch("a/bundle")).calibration)
      #expect(stored.method?.name == method && (stored.priorShift != nil) == (priors != nil))
      let wanted = stored(before.probabilities.map(\.probability))
      for (found, wanted) in zip(try segment(clip, corpus).probabilities, wanted) {
        #expect(abs(found.probability - wanted) < 1e-9, "\(method)")
      }
    }
    calibrate.priors = nil
    calibrate.method = "none"
    calibrate.coverage = nil
    _ = try CalibrateCommand(calibrate).run()
    #expect(try segment(clip, corpus).probabilities == before.probabilities)

    // Submissions.
    let predictions = scratch("a/predictions/Test1.csv")
    let list = try scratch.write(
      corpus.clips.filter { $0.split == "Test1" }.map(\.fileName).joined(separator: "\n"), "names.txt")
    let written = try SubmissionCommand.write(
      predictions: predictions, task: "categorical", output: scratch("task1.csv"), expecting: list, map: [])
    #expect(written.text.contains("18 files for Task 1"))
    #expect(try SubmissionCommand.check(scratch("task1.csv"), expecting: list).text.contains("18 files"))
    #expect(throws: EvaluationError.self) {
      try SubmissionCommand.write(
        predictions: predictions, task: "attributes", output: scratch("task2.csv"), expecting: nil, map: [])
    }

    // Groups by what the sound says, and a split that is not there.
    var evaluate = EvaluateCommand.Options(predictions: predictions, labels: corpus.folder)
    evaluate.split = "Test1"
    evaluate.groups = ["duration", "snr", "speaker"]
    evaluate.resamples = 20
    let grouped = try EvaluateCommand(evaluate).run().text
    #expect(grouped.contains("By Signal-to-noise") && grouped.contains("below 2 s"), "\(grouped)")
    #expect(throws: (any Error).self) {
      try ReportCommand(scratch("a"), split: "Test3", corpus: nil, output: nil) { _ in }()
    }
  }

  private func segment(_ clip: ToneCorpus.Clip, _ corpus: ToneCorpus) throws -> RecognizedSegment {
    var found: [RecognizedSegment] = []
    try BatchRecognizer(bundle: scratch("a/bundle")).recognize(file: corpus.audio(clip)) { found.append($0) }
    return try #require(found.first)
  }
}
