import Basics
public import Foundation

/// The weights of a published model, however they are stored: a file of either format, or the files that the index of a
/// sharded model names. Opening reads what they hold, not the elements; tensors are read one by one.
public final class PublishedWeights: TensorSource {
  /// The file, or the index of a sharded model.
  public let url: URL
  /// The files that hold tensors, sorted by name.
  public let files: [URL]
  private let sources: [any TensorSource]
  /// For each tensor the source that has it.
  private let places: [String: Int]

  /// What a model's folder is searched for, in this order.
  public static let fileNames = [
    "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
  ]

  /// Opens the weights in a model's folder, which is searched for `fileNames`, or a file by its name: an index ends in
  /// `.json`; of others, the content tells safetensors from PyTorch's pickles.
  ///
  /// - Throws: `FileError` for a folder without weights, for a file that is damaged or forged, and for an index whose
  ///   shards are missing, lie outside of its folder, or hold other tensors than it says.
  public init(_ location: URL) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: location.path, isDirectory: &isFolder), isFolder.boolValue {
      let candidates = Self.fileNames.map { location.appending(path: $0) }
      guard let file = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
        throw FileError(
          url: location, message: "the folder has no weights: none of \(Self.fileNames.joined(separator: ", "))")
      }
      url = file
    } else {
      url = location
    }
    guard url.pathExtension == "json" else {
      files = [url]
      sources = [try Self.open(url)]
      places = Dictionary(sources[0].names.map { ($0, 0) }, uniquingKeysWith: { first, _ in first })
      return
    }
    let index = try ShardIndex(url)
    let shards = Set(index.shards.values).sorted()
    files = try shards.map { [url] in try Self.shard($0, of: url) }
    sources = try files.map(Self.open)
    let numbers = Dictionary(shards.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    places = index.shards.compactMapValues { numbers[$0] }
    try checkAgreement(shards)
  }

  /// The names of the tensors, sorted.
  public private(set) lazy var names: [String] = places.keys.sorted()

  /// The shape of a tensor; nil when there is none of that name.
  public func shape(of name: String) -> [Int]? { places[name].flatMap { sources[$0].shape(of: name) } }

  /// The dtype of a tensor; nil when there is none of that name.
  public func dtype(of name: String) -> DType? { places[name].flatMap { sources[$0].dtype(of: name) } }

  /// A tensor, mapped where its file allows. Throws `FileError` for a name that is not there.
  public func tensor(_ name: String) throws -> Tensor {
    guard let place = places[name] else { throw missing(name) }
    return try sources[place].tensor(name)
  }

  /// Gives the main memory of a tensor's pages back to the system; they can be read again.
  public func release(_ name: String) { if let place = places[name] { sources[place].release(name) } }

  /// All tensors by name.
  public func tensors() throws -> [String: Tensor] {
    var all: [String: Tensor] = [:]
    for source in sources { all.merge(try source.tensors()) { first, _ in first } }
    return all
  }

  /// Opens one file by what it begins with. The two formats share no beginning: a safetensors file has `{` after eight
  /// bytes of length, where neither a zip file nor a pickle of `torch.save` can have it.
  private static func open(_ url: URL) throws -> any TensorSource {
    let isTorch = try MappedFile(url).withBytes { bytes in
      TorchFile.isTorchFile(bytes) && !(bytes.count > 8 && bytes[8] == UInt8(ascii: "{"))
    }
    return isTorch ? try PickledStateDict(url) : try SafeTensors(url)
  }

  /// The file of a shard, which must lie beside its index. A link may lead out of the folder only to where a Hugging Face
  /// cache keeps contents, `blobs` beside the folder `snapshots` that the index's folder is in.
  private static func shard(_ name: String, of index: URL) throws -> URL {
    guard !name.contains("/"), !name.contains("\\"), !name.contains("\0"), name != ".", name != "..", !name.isEmpty
    else {
      throw FileError(url: index, message: "the shard \(name.quoted) is not the name of a file beside the index")
    }
    let folder = index.deletingLastPathComponent()
    let file = folder.appending(path: name, directoryHint: .notDirectory)
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw FileError(url: index, message: "the shard \(name.quoted), which it names, is missing")
    }
    let home = folder.resolvingSymlinksInPath()
    let place = file.resolvingSymlinksInPath().deletingLastPathComponent().path
    let snapshots = home.deletingLastPathComponent()
    let blobs = snapshots.deletingLastPathComponent().appending(path: "blobs").resolvingSymlinksInPath().path
    guard place == home.path || (snapshots.lastPathComponent == "snapshots" && place == blobs) else {
      throw FileError(url: index, message: "the shard \(name.quoted) is a link out of the folder of the index")
    }
    return file
  }

  /// Every tensor of the index must be in the shard named for it, and shards may hold no others.
  private func checkAgreement(_ shards: [String]) throws {
    var faults: [String] = []
    for (name, place) in places.sorted(by: { $0.key < $1.key }) where sources[place].shape(of: name) == nil {
      faults.append("missing: \(name.quoted) is not in \(shards[place])")
    }
    for (place, source) in sources.enumerated() {
      faults += source.names.filter { places[$0] != place }.map { "unexpected: \($0.quoted) is in \(shards[place])" }
    }
    guard faults.isEmpty else {
      throw FileError(url: url, message: "the shards do not hold what it says:\n  " + faults.joined(separator: "\n  "))
    }
  }
}

/// The index of a sharded model: `{"weight_map": {"TENSOR": "SHARD", …}}`.
struct ShardIndex {
  /// The file name of the shard of each tensor.
  let shards: [String: String]

  init(_ url: URL) throws {
    let file = try MappedFile(url)
    do throws(FileFault) {
      shards = try file.withBytes(Self.parsed)
    } catch {
      throw FileError(url: url, message: "it is not the index of a sharded model: \(error.message)")
    }
  }

  private static func parsed(_ bytes: UnsafeRawBufferPointer) throws(FileFault) -> [String: String] {
    var shards: [String: String]?
    var scanner = JSONScanner(bytes)
    try scanner.object { scanner, key throws(FileFault) in
      guard key == "weight_map" else { return try scanner.skipValue() }
      guard shards == nil else { throw scanner.fault("weight_map stands there twice", at: scanner.position) }
      var found: [String: String] = [:]
      try scanner.object { scanner, name throws(FileFault) in
        guard found.updateValue(try scanner.string(), forKey: name) == nil else {
          throw scanner.fault("the tensor \(name.quoted) stands there twice", at: scanner.position)
        }
      }
      shards = found
    }
    try scanner.finish()
    guard let shards else { throw FileFault("it has no weight_map") }
    return shards
  }
}
