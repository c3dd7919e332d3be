public import Fusion
public import NN

/// A network by its kind and sizes: `{"kind": …, "sizes": {…}}` in `config.json`.
public struct ModelConfiguration: Codable, Equatable, Sendable {
  /// The sizes and options; their type is the kind.
  public let sizes: any NetworkConfiguration

  /// A network of these sizes.
  public init(_ sizes: any NetworkConfiguration) { self.sizes = sizes }

  private static let types: [any NetworkConfiguration.Type] = [
    Baseline.Configuration.self, ConvPooling.Configuration.self, CrossModal.Configuration.self,
    DeepSER.Configuration.self, LateFusion.Configuration.self, MultilayerPerceptron.Configuration.self,
  ]

  /// The kinds, as `config.json` and recipes name them.
  public static var kinds: [String] { types.map { $0.kind } }

  private enum Keys: String, CodingKey { case kind, sizes }

  /// Reads `{"kind": …, "sizes": {…}}`.
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
    sizes = try read(type)
  }

  /// Writes `{"kind": …, "sizes": {…}}`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Keys.self)
    try values.encode(type(of: sizes).kind, forKey: .kind)
    func write(_ sizes: some NetworkConfiguration) throws { try values.encode(sizes, forKey: .sizes) }
    try write(sizes)
  }

  /// Whether kind and sizes are the same.
  public static func == (a: ModelConfiguration, b: ModelConfiguration) -> Bool {
    func equals<Sizes: NetworkConfiguration>(_ sizes: Sizes) -> Bool { sizes == b.sizes as? Sizes }
    return equals(a.sizes)
  }

  /// The network with new parameters.
  public func make(_ initializer: Initializer) throws -> any EmotionModel { try sizes.make(initializer) }

  /// Numbers in a frame of each stream that the network takes.
  public var inputs: [Int] { sizes.inputs }
  /// How many classes the network tells apart.
  public var classCount: Int { sizes.classes }
  /// How many attributes the network estimates.
  public var attributeCount: Int { sizes.attributes }
  /// What is wrong with the sizes, as a sentence; nil when a network can be made of them.
  public var fault: String? { sizes.fault }
}
