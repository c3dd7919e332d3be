import Basics
import Emotion
import Foundation
import Fusion
import NN
import Recognition
import Tensors
import TestSupport
import Testing

/// A bundle of a small network with random weights.
enum SmallBundle {
  static func make(seed: UInt64 = 3) throws -> ModelBundle {
    let settings = StreamPreparation.Settings(normalisation: .clipMean, stack: 2)
    let sizes = DeepSER.Configuration(
      inputs: [160], width: 8, layers: 1, heads: 2, feedForward: 16, classes: 3, attributes: 2)
    let generator = try Generator(seed: seed)
    return ModelBundle(
      configuration: BundleConfiguration(
        model: ModelConfiguration(sizes), streams: [.init(encoder: "log-mel-80", preparation: settings)],
        classes: [.angry, .sad, .neutral], attributes: [.arousal, .valence], notes: ["corpus": "none"]),
      model: try DeepSER(sizes, .random(generator)),
      preparations: [
        StreamPreparation(
          settings, mean: try Tensor((0..<80).map { Float($0) / 80 }), deviation: try Tensor.full([80], 2))
      ])
  }
}

@Suite("Bundles")
struct ModelBundleTests {
  let scratch: TemporaryFolder
  let folder: URL

  init() throws {
    scratch = try TemporaryFolder()
    folder = scratch("bundle")
    try SmallBundle.make().write(to: folder)
  }

  var config: String { get throws { try scratch.text("bundle/config.json") } }

  func error(_ change: () throws -> Void) throws -> FileError {
    try change()
    return try #require(throws: FileError.self) { try ModelBundle(contentsOf: folder) }
  }

  func rewrite(_ change: (inout [String: Tensor]) throws -> Void) throws {
    let url = folder.appending(path: "model.safetensors")
    var tensors = try SafeTensors(url).tensors().mapValues { try $0.clone() }
    try change(&tensors)
    try SafeTensors.write(tensors, to: url)
  }

  @Test("What is read is what was written, and scores the same to the bit")
  func roundTrip() throws {
    let samples = (0..<12_000).map { Float(sin(Double($0) * 0.05)) * 0.3 }
    let (made, read) = (try SmallBundle.make(), try ModelBundle(contentsOf: folder))
    #expect(read.configuration == made.configuration)
    let (one, two) = (
      try BatchRecognizer(made).recognize(samples), try BatchRecognizer(bundle: folder).recognize(samples)
    )
    #expect(one == two)
    #expect(one.probabilities.map(\.emotion) == [.angry, .sad, .neutral])
    #expect(abs(one.probabilities.map(\.probability).reduce(0, +) - 1) < 1e-9)
    #expect(Set(one.attributes.keys) == ["arousal", "valence"])
    #expect(one.end == 0.75)
    #expect(scratch.files("bundle") == ["config.json", "model.safetensors"])
    // Other weights score otherwise: the comparison above means something.
    #expect(try BatchRecognizer(SmallBundle.make(seed: 4)).recognize(samples) != one)
  }

  @Test("Every kind of network is read back as it was written")
  func kinds() throws {
    let settings = StreamPreparation.Settings(normalisation: .asIs)
    let deep = DeepSER.Configuration(
      inputs: [80, 59], width: 8, layers: 3, heads: 2, feedForward: 16, positions: .sinusoidal, classes: 3,
      attributes: 1)
    let kinds: [any NetworkConfiguration] = [
      deep, LateFusion.Configuration(deep),
      CrossModal.Configuration(
        inputs: [80, 59], hidden: 8, classes: 3, attentionSharing: .query, pooling: .linear, hasNeutralHead: true),
      Baseline.Configuration(inputs: [80, 59], hidden: 8, classes: 3, attributes: 1),
      ConvPooling.Configuration(inputs: [80, 59], width: 8, blocks: 2, classes: 3, attributes: 1),
      MultilayerPerceptron.Configuration(inputs: [80, 59], hidden: 8, limit: 3, classes: 3, attributes: 1),
    ]
    for sizes in kinds {
      let model = try sizes.make(.random(Generator(seed: 5)))
      let made = ModelBundle(
        configuration: BundleConfiguration(
          model: ModelConfiguration(sizes),
          streams: ["log-mel-80", "prosody-10ms"].map { .init(encoder: $0, preparation: settings) },
          classes: [.angry, .sad, .neutral], attributes: sizes.attributes > 0 ? [.arousal] : [], notes: [:]),
        model: model, preparations: try [80, 59].map { try StreamPreparation(leaving: $0) })
      let place = scratch(type(of: sizes).kind)
      try made.write(to: place)
      let read = try ModelBundle(contentsOf: place)
      #expect(read.configuration == made.configuration)
      let samples = (0..<12_000).map { Float(sin(Double($0) * 0.05)) * 0.3 }
      #expect(try BatchRecognizer(read).recognize(samples) == BatchRecognizer(made).recognize(samples))
    }
    #expect(ModelConfiguration(deep) != ModelConfiguration(LateFusion.Configuration(deep)))
  }

  @Test("A network that mixes layers keeps its weights under plain names, in a format that older versions refuse")
  func layers() throws {
    let settings = StreamPreparation.Settings(normalisation: .asIs, stack: 2)
    // Halves of log-mel's 80 bands stand for two states of 40 numbers.
    let model = ModelConfiguration(
      Baseline.Configuration(inputs: [80], hidden: 8, classes: 3), layers: [.init(states: 2, width: 40)])
    #expect(model.inputs == [160] && model.fault == nil && model.mixesLayers)
    let network = try model.make(.random(Generator(seed: 5)))
    let bundle = ModelBundle(
      configuration: BundleConfiguration(
        model: model, streams: [.init(encoder: "log-mel-80", preparation: settings)],
        classes: [.angry, .sad, .neutral], attributes: [], notes: [:]),
      model: network, preparations: [try StreamPreparation(stack: 2, leaving: 80)])
    let mixing = try #require((network as? LayerMixed)?.mixings[0])
    try withoutGradients {
      try mixing.weights.copyInPlace(Tensor([0.5, -1]))
      try mixing.scale.copyInPlace(Tensor([1.5] as [Float]))
    }
    try bundle.write(to: folder)
    let tensors = try SafeTensors(folder.appending(path: "model.safetensors")).tensors()
    #expect(try tensors["model.layer_mixing.0.weights"]?.array(of: Float.self) == [0.5, -1])
    #expect(try tensors["model.layer_mixing.0.scale"]?.array(of: Float.self) == [1.5])
    let read = try ModelBundle(contentsOf: folder)
    #expect(read.configuration == bundle.configuration && read.configuration.format == 2)
    #expect(try SmallBundle.make().configuration.format == 1, "bundles without it stay readable for older versions")
    let samples = (0..<12_000).map { Float(sin(Double($0) * 0.05)) * 0.3 }
    #expect(try BatchRecognizer(read).recognize(samples) == BatchRecognizer(bundle).recognize(samples))
    let plain = ModelConfiguration(Baseline.Configuration(inputs: [80], hidden: 8, classes: 3))
    #expect(plain != model)

    let text = try config
    for (old, new, problem) in [
      (#""states" : 2"#, #""states" : 0"#, "0 states of 40 numbers can't be mixed; 1 to 1000 of 1 to 1000000 can"),
      (#""width" : 40"#, #""width" : 30"#, "states of 30 numbers do not make frames of 80"),
      (#""layers" : ["#, #""layers" : [null,"#, "it mixes the layers of 2 streams in a network of 1"),
    ] {
      #expect(text.contains(old))
      let found = try error { try scratch.write(text.replacingOccurrences(of: old, with: new), "bundle/config.json") }
      #expect(found.description == "\(folder.path)/config.json: \(problem)")
    }
  }

  @Test("Sizes from before positions could be encoded have none")
  func olderSizes() throws {
    let without = try config.replacingOccurrences(of: #""positions" : "none","#, with: "")
    #expect(try config.contains("positions") && !without.contains("positions"))
    try scratch.write(without, "bundle/config.json")
    #expect(try ModelBundle(contentsOf: folder).configuration == SmallBundle.make().configuration)
  }

  @Test("A folder that is no bundle, and a newer one, are named")
  func foreign() throws {
    #expect(
      try error { try FileManager.default.removeItem(at: folder.appending(path: "config.json")) }.description
        == "\(folder.path): holds no config.json: the bundle/ folder of a training run is expected")
    #expect(
      try error { try scratch.write(#"{"format": 3, "new": true}"#, "bundle/config.json") }.description
        == "\(folder.path)/config.json: has the format 3, of a newer Affect; this one reads up to format 2")
    #expect(
      try error { try scratch.write(#"{"format": 1}"#, "bundle/config.json") }.description
        == "\(folder.path)/config.json: is not the configuration of a bundle: model: is missing")
    #expect(
      try error { try scratch.write("not JSON", "bundle/config.json") }.description
        .hasPrefix("\(folder.path)/config.json: is not the configuration of a bundle: "))
  }

  @Test(
    "A configuration whose parts do not fit together is refused",
    arguments: [
      (
        #""deepser""#, #""other""#,
        "is not the configuration of a bundle: model.kind: there is no model 'other'; there are baseline, conv-pooling, crossmodal, deepser, late-fusion, mlp"
      ),
      (#""stack" : 2"#, #""stack" : 0"#, "the stream log-mel-80 stacks 0 frames; 1 or more can be stacked"),
      (
        #""neutral""#, #""sad""#,
        #"it names the classes ["angry", "sad", "sad"] for a network of 3; each is expected once"#
      ),
      (
        #""valence""#, #""arousal""#,
        #"it names the attributes ["arousal", "arousal"] for a network of 2; each is expected once"#
      ),
      (
        #""classes" : 3"#, #""classes" : 4"#,
        #"it names the classes ["angry", "sad", "neutral"] for a network of 4; each is expected once"#
      ),
      (#""heads" : 2"#, #""heads" : 3"#, "3 heads do not divide the width 8"),
    ])
  func configuration(_ old: String, _ new: String, _ message: String) throws {
    let text = try config
    #expect(text.contains(old))
    let found = try error { try scratch.write(text.replacingOccurrences(of: old, with: new), "bundle/config.json") }
    #expect(found.description == "\(folder.path)/config.json: \(message)")
  }

  @Test("Tensors that are missing, of another shape or nobody's are named with their file")
  func tensors() throws {
    let file = folder.appending(path: "model.safetensors").path
    #expect(
      try error { try rewrite { $0["model.classes.bias"] = nil } }.description
        == "\(file): the checkpoint does not fit the model:\n  missing: classes.bias")
    #expect(
      try error { try rewrite { $0["model.classes.bias"] = try Tensor.zeros([4]) } }.description
        == "\(file): the checkpoint does not fit the model:\n  "
        + "misshapen: classes.bias is [4] in the checkpoint, [3] in the model")
    #expect(
      try error { try rewrite { $0["classes.bias"] = try Tensor.zeros([3]) } }.description
        == "\(file): the tensor 'classes.bias' belongs to no bundle")
    try SmallBundle.make().write(to: folder)
    #expect(
      try error { try rewrite { $0["streams.0.mean"] = nil } }.description
        == "\(file): the tensor 'streams.0.mean' is missing")
    try SmallBundle.make().write(to: folder)
    #expect(
      try error { try rewrite { $0["streams.0.deviation"] = try Tensor.zeros([79]) } }.description
        == "\(file): the tensor 'streams.0.deviation' is [79], which 2 stacked frames do not make 160 numbers of")
  }

  @Test("A truncated file is named, however much of it is left")
  func truncated() throws {
    let url = folder.appending(path: "model.safetensors")
    let whole = try Data(contentsOf: url)
    for count in [0, 7, 8, 100, whole.count / 2, whole.count - 1] {
      let found = try error { try whole.prefix(count).write(to: url) }
      #expect(found.url.path == url.path)
    }
    #expect(
      try error { try whole.dropLast().write(to: url) }.description.hasSuffix("follow the header: it is truncated"))
  }
}
