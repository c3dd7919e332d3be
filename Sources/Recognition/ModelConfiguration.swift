public import Fusion
public import NN

/// A network by its kind and sizes: `{"kind": …, "sizes": {…}}` in `config.json`, with `"layers": [null, {"states": 7, "width":
/// 384}]` where it mixes the hidden states of its second stream.
public struct ModelConfiguration: Codable, Equatable, Sendable {
  /// The sizes and options; their type is the kind.
  public let sizes: any NetworkConfiguration

  /// The hidden states that stand side by side in each stream's frames and are mixed by learned weights; nil for a stream of
  /// one state, nothing at all where no stream has several.
  public let layers: [LayerMixing.Sizes?]

  /// A network of these sizes.
  public init(_ sizes: any NetworkConfiguration, layers: [LayerMixing.Sizes?] = []) {
    self.sizes = sizes
    self.layers = layers.contains { $0 != nil } ? layers : []
  }

  private static let types: [any NetworkConfiguration.Type] = [
    Baseline.Configuration.self, ConvPooling.Configuration.self, CrossModal.Configuration.self,
    DeepSER.Configuration.self, LateFusion.Configuration.self, MultilayerPerceptron.Configuration.self,
  ]

  /// The kinds, as `config.json` and recipes name them.
  public static var kinds: [String] { types.map { $0.kind } }

  private enum Keys: String, CodingKey { case kind, sizes, layers }

  /// Reads `{"kind": …, "sizes": {…}, "layers": …}`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    let kind = try values.decode(String.self, forKey: .kind)
    guard let type = Self.types.first(where: { $0.kind == kind }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: values,
        debugDescription: "there is no model '\(kind)'; there are \(Self.kinds.joined(separator: ", "))")
    }
    func read<Sizes: NetworkConfiguration>(_ type: Sizes.Type) throws -> any NetworkConfiguration {
      try values.decode(type, forKey: .sizes)
    }
    try self.init(read(type), layers: values.decodeIfPresent([LayerMixing.Sizes?].self, forKey: .layers) ?? [])
  }

  /// Writes `{"kind": …, "sizes": {…}}`, and `layers` where there are any.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Keys.self)
    try values.encode(type(of: sizes).kind, forKey: .kind)
    func write(_ sizes: some NetworkConfiguration) throws { try values.encode(sizes, forKey: .sizes) }
    try write(sizes)
    if mixesLayers { try values.encode(layers, forKey: .layers) }
  }

  /// Whether kind, sizes and layers are the same.
  public static func == (a: ModelConfiguration, b: ModelConfiguration) -> Bool {
    func equals<Sizes: NetworkConfiguration>(_ sizes: Sizes) -> Bool { sizes == b.sizes as? Sizes }
    return a.layers == b.layers && equals(a.sizes)
  }

  /// The network with new parameters.
  public func make(_ initializer: Initializer) throws -> any EmotionModel {
    let network = try sizes.make(initializer)
    guard mixesLayers else { return network }
    return LayerMixed(network, try layers.map { sizes in try sizes.map { try LayerMixing($0, initializer) } })
  }

  /// Whether hidden states of some stream are mixed.
  public var mixesLayers: Bool { !layers.isEmpty }

  /// Numbers in a frame of each stream that goes in, those of all its states.
  public var inputs: [Int] {
    // A forged file may hold sizes whose product is no number; it fits no tensor then.
    mixesLayers
      ? zip(sizes.inputs, layers).map { $0.multipliedReportingOverflow(by: $1?.states ?? 1).partialValue }
      : sizes.inputs
  }
  /// How many classes the network tells apart.
  public var classCount: Int { sizes.classes }
  /// How many attributes the network estimates.
  public var attributeCount: Int { sizes.attributes }
  /// What is wrong with the sizes, as a sentence; nil when a network can be made of them.
  public var fault: String? {
    if let fault = sizes.fault ?? layers.lazy.compactMap({ $0?.fault }).first { return fault }
    guard mixesLayers else { return nil }
    guard layers.count == sizes.inputs.count else {
      return "it mixes the layers of \(layers.count) streams in a network of \(sizes.inputs.count)"
    }
    let unfit = zip(sizes.inputs, layers).first { width, layers in
      layers.map { !width.isMultiple(of: $0.width) } ?? false
    }
    return unfit.map { "states of \($1?.width ?? 0) numbers do not make frames of \($0)" }
  }
}
