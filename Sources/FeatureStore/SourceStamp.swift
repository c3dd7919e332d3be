public import Foundation

/// Which version of a file features were made from: cheap to read, and different when the file was replaced.
public struct SourceStamp: Codable, Equatable, Sendable {
  /// The file's size.
  public var bytes: Int
  /// When it was last changed, in seconds since 1970.
  public var modified: Double

  /// A stamp of its parts.
  public init(bytes: Int, modified: Double) { (self.bytes, self.modified) = (bytes, modified) }

  /// The stamp of a file; symbolic links are followed. Throws when there is none.
  public init(of file: URL) throws {
    let attributes = try FileManager.default.attributesOfItem(atPath: file.resolvingSymlinksInPath().path)
    bytes = (attributes[.size] as? NSNumber)?.intValue ?? 0
    modified = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
  }
}
