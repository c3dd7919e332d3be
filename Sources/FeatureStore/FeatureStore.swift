import Basics
public import Foundation

/// A folder of features on disk, one subfolder `ENCODER-DIGEST/` for each encoder and its settings.
public struct FeatureStore: Sendable {
  /// The folder.
  public let folder: URL

  /// A store in a folder, which is made when features are first written.
  public init(_ folder: URL) { self.folder = folder }

  /// The features that an encoder made so far. Throws `FileError` for a damaged index.
  public func set(of encoder: EncoderIdentity) throws -> FeatureSet {
    try FeatureSet(folder.appending(path: "\(encoder.name)-\(encoder.digest())"), encoder)
  }
}
