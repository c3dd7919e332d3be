import Basics
public import Foundation

/// A folder of features on disk, one subfolder `ENCODER-DIGEST/` for each encoder and its settings.
public struct FeatureStore: Sendable {
  /// The folder.
  public let folder: URL

  /// A store in a folder, which is made when features are first written.
  public init(_ folder: URL) { self.folder = folder }

  /// Where the features of an encoder lie.
  public func folder(of encoder: EncoderIdentity) throws -> URL {
    folder.appending(path: "\(encoder.name)-\(try encoder.digest())", directoryHint: .isDirectory)
  }

  /// The features that an encoder made so far; none is an empty set. Throws `FileError` for a damaged index.
  public func set(of encoder: EncoderIdentity) throws -> FeatureSet {
    try FeatureSet(folder(of: encoder), encoder)
  }

  /// The encoders whose features are here, by name. Throws `FileError` where there is no such folder.
  public func encoders() throws -> [EncoderIdentity] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    } catch {
      throw FileError(url: folder, message: "there is no feature store here; affect extract makes one")
    }
    return try names.sorted().compactMap { name in
      let set = folder.appending(path: name)
      guard FileManager.default.fileExists(atPath: EncoderIdentity.file(in: set).path) else { return nil }
      return try EncoderIdentity(ofSetIn: set)
    }
  }
}
