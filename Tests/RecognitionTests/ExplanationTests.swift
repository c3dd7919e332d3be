import Emotion
import Encoders
import Foundation
import Fusion
import NN
import Recognition
import Tensors
import TestSupport
import Testing

/// Decides by one number of one stream's frames: its mean over time, or its square in one frame.
private final class PlantedModel: EmotionModel {
  let stream: Int
  let column: Int
  let frame: Int?
  /// Looks at nothing but the first frame, whatever it decides by.
  let looks: Bool

  init(stream: Int, column: Int = 0, frame: Int? = nil, looks: Bool = false) {
    (self.stream, self.column, self.frame, self.looks) = (stream, column, frame, looks)
  }

  var members: Members { [:] }

  func embedding(of streams: [SequenceBatch]) throws -> Tensor {
    guard let frame else { return try streams[stream].mean().narrowed(1, start: column, length: 1) }
    let values = streams[stream].values
    guard frame < values.size(1) else { return try Tensor.zeros([values.size(0), 1]) }
    let chosen = try values.narrowed(1, start: frame, length: 1).squeezed(1)
    return try (chosen * chosen).sum(1).unsqueezed(1)
  }

  func frameShares(of streams: [SequenceBatch]) throws -> [Tensor]? {
    guard looks else { return nil }
    return try streams.map { stream in
      let count = stream.values.size(1)
      return try Tensor((0..<count).map { $0 == 0 ? Float(1) : 0 }, shape: [count])
    }
  }

  func scores(from embedding: Tensor) throws -> EmotionScores {
    EmotionScores(logits: try Tensor.concatenated([embedding * 2, embedding * -2], dimension: 1))
  }
}

@Suite("Explanations")
struct ExplanationTests {
  init() throws { try Runtime.setThreadCount(1) }

  /// The band of log-mel-80 in which a tone of 1 kHz lies.
  static let band = 26

  /// Four seconds; in the third there is a loud tone, elsewhere it is soft.
  static let samples: [Float] = (0..<64_000).map { n in
    (n / 16_000 == 2 ? 0.5 : 0.0005) * Float(sin(2 * Double.pi * 1000 * Double(n) / 16_000))
  }

  static func bundle(
    _ model: any EmotionModel, _ sizes: any NetworkConfiguration, _ streams: [BundleConfiguration.Stream],
    widths: [Int]
  ) throws -> ModelBundle {
    ModelBundle(
      configuration: BundleConfiguration(
        model: ModelConfiguration(sizes), streams: streams, classes: [.angry, .sad], attributes: [], notes: [:]),
      model: model,
      preparations: try zip(streams, widths).map { stream, width in
        StreamPreparation(stream.preparation, mean: try Tensor.zeros([width]), deviation: try Tensor.ones([width]))
      })
  }

  static func stream(_ encoder: String, stack: Int = 1) -> BundleConfiguration.Stream {
    .init(encoder: encoder, preparation: .init(normalisation: .corpus, stack: stack))
  }

  static func explained(_ bundle: ModelBundle, start: Double = 0) throws -> (RecognizedSegment, Explanation) {
    let segment = try BatchRecognizer(bundle).recognize(
      Self.samples, start: start, options: RecognitionOptions(explains: true))
    return (segment, try #require(segment.explanation))
  }

  @Test("The stream that decides falls, the other does not; the second that decides weighs most")
  func planted() throws {
    let widths = [80, try FrontEndWidths.prosody()]
    let streams = [Self.stream("log-mel-80"), Self.stream("prosody-10ms")]
    let sizes = Baseline.Configuration(inputs: widths, hidden: 4, classes: 2)
    let (segment, found) = try Self.explained(
      Self.bundle(PlantedModel(stream: 0, column: Self.band), sizes, streams, widths: widths), start: 10)
    #expect(found.emotion == segment.emotion && found.seconds.allSatisfy { $0.attention == nil })
    #expect(found.streams.map(\.name) == ["log-mel-80", "prosody-10ms"] && !found.streams[0].reads)
    // Without the stream nothing speaks for either class.
    #expect(abs(found.streams[0].weight - (segment.confidence - 0.5)) < 1e-6)
    #expect(found.streams[0].weight > 0.05)
    #expect(abs(found.streams[1].weight) < 1e-6)
    #expect(found.seconds.map(\.start) == [10, 11, 12, 13] && found.seconds.last?.end == 14)
    let weights = found.seconds.map(\.weight)
    #expect(segment.emotion == .angry && weights.indices.max { weights[$0] < weights[$1] } == 2, "\(weights)")
    #expect(weights[2] > 10 * (weights[0] + weights[1] + weights[3]), "\(weights)")
    #expect(found.words.isEmpty)
    let (_, other) = try Self.explained(
      Self.bundle(PlantedModel(stream: 1, column: 0), sizes, streams, widths: widths))
    #expect(abs(other.streams[0].weight) < 1e-6)
    // Asked for one stretch alone.
    let stretches = [Stretch(samples: Self.samples), Stretch(samples: Self.samples, explains: true)]
    let both = try BatchRecognizer(
      Self.bundle(PlantedModel(stream: 0, column: Self.band), sizes, streams, widths: widths)
    ).recognize(stretches)
    #expect(both.map { $0.explanation != nil } == [false, true])
  }

  @Test("Attention pooling that heeds one band gives its shares to the second that holds it", arguments: [1, 3])
  func attention(stack: Int) throws {
    let sizes = Baseline.Configuration(inputs: [80 * stack], hidden: 4, classes: 2)
    let model = try Baseline(sizes, .random(Generator(seed: 2)))
    var state = try model.state().mapValues { try $0.clone() }
    var projection = [Float](repeating: 0, count: 80 * stack * 80 * stack)
    projection[Self.band] = 5
    var attention = [Float](repeating: 0, count: 80 * stack)
    attention[0] = 20
    state["pooling.0.sap_linear.weight"] = try Tensor(projection, shape: [80 * stack, 80 * stack])
    state["pooling.0.sap_linear.bias"] = try Tensor.zeros([80 * stack])
    state["pooling.0.attention"] = try Tensor(attention, shape: [80 * stack, 1])
    try model.load(state)
    let (segment, found) = try Self.explained(
      Self.bundle(model, sizes, [Self.stream("log-mel-80", stack: stack)], widths: [80]))
    #expect(found.emotion == segment.emotion && found.streams.count == 1)
    let looked = found.seconds.compactMap(\.attention)
    #expect(looked.count == 4 && abs(looked.reduce(0, +) - 1) < 1e-5)
    #expect(looked[2] > 0.95, "\(found.seconds)")
    // Nothing mixes frames before this pooling, so that where it looks is what decides.
    let falls = found.seconds.map { abs($0.weight) }
    #expect([0, 1, 3].allSatisfy { falls[2] > 10 * falls[$0] }, "\(falls)")
  }

  @Test("CrossModal gives the shares of its pooling, which add up to 1 over the seconds")
  func crossModal() throws {
    let widths = [80, try FrontEndWidths.prosody()]
    let sizes = CrossModal.Configuration(inputs: widths, hidden: 8, classes: 2)
    let (_, found) = try Self.explained(
      Self.bundle(
        CrossModal(sizes, .random(Generator(seed: 4))), sizes,
        [Self.stream("log-mel-80"), Self.stream("prosody-10ms")],
        widths: widths))
    let looked = found.seconds.compactMap(\.attention)
    #expect(looked.count == 4 && looked.allSatisfy { $0 >= 0 } && abs(looked.reduce(0, +) - 1) < 1e-5)
  }

  @Test("Where a network looks is not what decides: the second that decides weighs, the other has the attention")
  func looking() throws {
    let sizes = Baseline.Configuration(inputs: [80], hidden: 4, classes: 2)
    let (_, found) = try Self.explained(
      Self.bundle(
        PlantedModel(stream: 0, column: Self.band, looks: true), sizes, [Self.stream("log-mel-80")], widths: [80]))
    #expect(found.seconds.map(\.attention) == [1, 0, 0, 0])
    let weights = found.seconds.map(\.weight)
    #expect(weights[2] > 10 * (weights[0] + weights[1] + weights[3]), "\(weights)")
  }

  @Test("What describes a whole stretch is described anew without each second")
  func whole() throws {
    let widths = [Functionals().width]
    let column = try #require(Functionals.names.firstIndex(of: "log_duration"))
    let (_, found) = try Self.explained(
      Self.bundle(
        PlantedModel(stream: 0, column: column), MultilayerPerceptron.Configuration(inputs: widths, classes: 2),
        [Self.stream("functionals")], widths: widths))
    // Only the loud second is more than silence; without it the other three are all there is to hear.
    let weights = found.seconds.map { abs($0.weight) }
    #expect(weights.count == 4)
    #expect(weights[2] > 0.2 && [0, 1, 3].allSatisfy { weights[$0] < 0.02 }, "\(weights)")
  }

  @Test("A long stretch is looked at in parts, sixty at the most")
  func long() throws {
    let sizes = Baseline.Configuration(inputs: [80], hidden: 4, classes: 2)
    let recognizer = try BatchRecognizer(
      Self.bundle(PlantedModel(stream: 0, column: Self.band), sizes, [Self.stream("log-mel-80")], widths: [80]))
    let samples = [Float](repeating: 0.01, count: 90 * 16_000)
    let found = try #require(
      recognizer.recognize(samples, options: RecognitionOptions(explains: true)).explanation)
    #expect(found.seconds.count == 60 && found.seconds[0].end == 1.5 && found.seconds.last?.end == 90)
    let short = try #require(
      recognizer.recognize([0.1, 0.2], options: RecognitionOptions(explains: true)).explanation)
    #expect(short.seconds.count == 1)
  }
}

/// Widths of front ends.
enum FrontEndWidths {
  static func prosody() throws -> Int { try FrontEnds.named("prosody-10ms").width }
}

@Suite("Streams of words", .serialized, .enabled(if: SharedData.isAvailable, "needs the reference in ../shared"))
struct WordStreamTests {
  let scratch: TemporaryFolder
  init() throws {
    scratch = try TemporaryFolder()
    try Runtime.setThreadCount(1)
    _ = try Peer.python(
      """
      import json, runpy, sys
      script, folder = sys.argv[1:]
      for model in ("roberta", "whisper"):
          sys.argv[1:] = [model, "--out", folder + "/" + model]
          runpy.run_path(script, run_name="__main__")
      folder += "/whisper"
      ids = {t['content']: t['id'] for t in json.load(open(folder + '/tokenizer.json'))['added_tokens']}
      end = ids['<|endoftext|>']
      json.dump(dict(decoder_start_token_id=ids['<|startoftranscript|>'], eos_token_id=end, pad_token_id=end,
        max_length=16, is_multilingual=True, lang_to_id={l: ids[l] for l in ('<|en|>', '<|fr|>', '<|de|>')},
        task_to_id=dict(transcribe=ids['<|transcribe|>'], translate=ids['<|translate|>']), begin_suppress_tokens=[end],
        no_timestamps_token_id=ids['<|notimestamps|>'], prev_sot_token_id=ids['<|startofprev|>'],
        max_initial_timestamp_index=50), open(folder + '/generation_config.json', 'w'))
      """, [SharedData.oracle.path, scratch.url.path])
  }

  /// Log-mel and the states of a text model, which may be missing or not.
  func bundle(_ model: any EmotionModel, mayBeMissing: Bool, specialTokens: Bool = false) throws -> ModelBundle {
    let width = try TextEncoder(folder: scratch("roberta")).width
    var text = ExplanationTests.stream(scratch("roberta").path)
    text.pretrained = .init(layer: "last", precision: "float32", context: "window", specialTokens: specialTokens)
    text.mayBeMissing = mayBeMissing
    return try ExplanationTests.bundle(
      model, Baseline.Configuration(inputs: [80, width], hidden: 4, classes: 2),
      [ExplanationTests.stream("log-mel-80"), text], widths: [80, width])
  }

  static let stretch = Stretch(samples: ExplanationTests.samples, text: "never say never again", explains: true)

  @Test("The word that decides weighs, the others do not")
  func words() throws {
    // The model looks at the first token alone.
    let recognizer = try BatchRecognizer(bundle(PlantedModel(stream: 1, frame: 0), mayBeMissing: false))
    let segment = try recognizer.recognize([Self.stretch])[0]
    let found = try #require(segment.explanation)
    #expect(found.words.map(\.text) == ["never", "say", "never", "again"])
    #expect(abs(found.words[0].weight - (segment.confidence - 0.5)) < 1e-6 && found.words[0].weight > 0.01)
    #expect(found.words.dropFirst().allSatisfy { abs($0.weight) < 1e-6 }, "\(found.words)")
    #expect(found.seconds.allSatisfy { abs($0.weight) < 1e-6 })
    #expect(found.streams.map(\.reads) == [false, true] && abs(found.streams[0].weight) < 1e-6)
  }

  @Test("Without words a bundle says that it needs some, or does without and says so")
  func missing() throws {
    let silent = Stretch(samples: ExplanationTests.samples, start: 3, explains: true)
    let needing = try BatchRecognizer(bundle(PlantedModel(stream: 0), mayBeMissing: false))
    #expect(needing.streamsThatNeedText == ["roberta"] && needing.readingStreams == ["roberta"])
    let error = #expect(throws: RecognitionError.self) { try needing.recognize([silent]) }
    #expect(error == .noText(stream: "roberta", start: 3))
    // An empty text is no fault: nothing was said.
    let empty = try needing.recognize([Stretch(samples: silent.samples, text: " ")])[0]
    #expect(empty.notes.contains(.noTranscript))
    let able = try BatchRecognizer(bundle(PlantedModel(stream: 0, column: ExplanationTests.band), mayBeMissing: true))
    #expect(able.streamsThatNeedText.isEmpty)
    let without = try able.recognize([silent])[0]
    #expect(without.notes.contains(.noTranscript) && without.text == nil)
    #expect(without.explanation?.words.isEmpty == true && without.explanation?.streams[1].weight == 0)
    let with = try able.recognize([Self.stretch])[0]
    #expect(!with.notes.contains(.noTranscript) && with.probabilities == without.probabilities)
  }

  @Test("A transcriber fills the text stream, and its words stand in the segment", .timeLimit(.minutes(5)))
  func transcriber() throws {
    let network = try Baseline(
      Baseline.Configuration(inputs: [80, TextEncoder(folder: scratch("roberta")).width], hidden: 4, classes: 2),
      .random(Generator(seed: 6)))
    let made = try bundle(network, mayBeMissing: false, specialTokens: true)
    let whisper = Transcriber(folder: scratch("whisper"), language: "en")
    let recognizer = try BatchRecognizer(made, transcriber: whisper)
    let stretches = [
      Stretch(samples: ExplanationTests.samples), Stretch(samples: ExplanationTests.samples, text: "given words"),
    ]
    let found = try recognizer.recognize(stretches)
    let written = try #require(found[0].text)
    #expect(found[1].text == "given words")
    // The same as when those words are given.
    let given = try BatchRecognizer(made).recognize([Stretch(samples: ExplanationTests.samples, text: written)])[0]
    for (a, b) in zip(found[0].probabilities, given.probabilities) {
      #expect(abs(a.probability - b.probability) < 1e-6)
    }
    #expect(throws: (any Error).self) {
      try BatchRecognizer(made, transcriber: Transcriber(folder: scratch("roberta")))
    }
  }
}
