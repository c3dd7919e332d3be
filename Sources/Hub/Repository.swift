import Foundation

/// A file of a model's repository at one commit.
struct RepositoryFile: Hashable, Sendable {
  /// The hash by which its content is known.
  enum Content: Hashable, Sendable {
    /// SHA-1 of a git blob: small files.
    case gitBlob(String)
    /// SHA-256: files in large file storage.
    case sha256(String)
  }

  /// Its path in the repository, with `/`.
  let path: String
  /// In bytes.
  let size: Int
  let content: Content

  /// What it is called among the cache's blobs.
  var blobName: String {
    switch content {
    case .gitBlob(let hash), .sha256(let hash): hash
    }
  }
}

/// The files of a repository at a commit, as its `tree` says.
struct RepositoryListing: Sendable {
  /// By path.
  private(set) var files: [String: RepositoryFile] = [:]

  /// One page of the hub's answer.
  private struct Entry: Decodable {
    struct Large: Decodable {
      let oid: String
      let size: Int
    }
    let type: String
    let path: String
    let oid: String?
    let size: Int?
    let lfs: Large?
  }

  /// How listings are kept on disk, which is also how the Python client keeps them in `trees/COMMIT.json`.
  private struct Stored: Codable {
    struct File: Codable {
      let size: Int
      let blob_id: String
      let lfs_sha256: String?
      let lfs_size: Int?
    }
    let format_version: Int
    let files: [String: File]
  }

  init() {}

  /// Adds a page of the hub's answer.
  ///
  /// - Throws: `HubError.hostileName`, `HubError.notAHub`
  mutating func add(page: Data, of id: ModelID, from address: String) throws {
    let entries: [Entry]
    do {
      entries = try JSONDecoder().decode([Entry].self, from: page)
    } catch {
      throw HubError.notAHub(address: address, reason: "the list of files is not in the form that is expected")
    }
    for entry in entries {
      guard SafePath.isValid(entry.path) else { throw HubError.hostileName(id: id.name, name: entry.path) }
      guard entry.type == "file" else { continue }
      guard let file = Self.file(entry.path, entry.oid ?? "", entry.size ?? -1, entry.lfs.map { ($0.oid, $0.size) })
      else {
        throw HubError.notAHub(address: address, reason: "'\(entry.path)' is listed without a valid hash and size")
      }
      files[file.path] = file
    }
  }

  /// Reads a listing that was kept; nil for one that is damaged or of another version, which is then asked for anew.
  init?(stored data: Data) {
    guard let stored = try? JSONDecoder().decode(Stored.self, from: data), stored.format_version == 1 else {
      return nil
    }
    for (path, entry) in stored.files {
      let large = entry.lfs_sha256.map { ($0, entry.lfs_size ?? entry.size) }
      guard SafePath.isValid(path), let file = Self.file(path, entry.blob_id, entry.size, large) else { return nil }
      files[path] = file
    }
  }

  /// The listing as it is kept.
  func stored() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return try encoder.encode(
      Stored(
        format_version: 1,
        files: files.mapValues { file in
          switch file.content {
          case .gitBlob(let hash): .init(size: file.size, blob_id: hash, lfs_sha256: nil, lfs_size: nil)
          // The pointer's hash is of no use here.
          case .sha256(let hash): .init(size: file.size, blob_id: "", lfs_sha256: hash, lfs_size: file.size)
          }
        }))
  }

  /// Adds a file that lies on the disk, of which only the size is known.
  mutating func add(path: String, size: Int) {
    files[path] = RepositoryFile(path: path, size: size, content: .gitBlob(""))
  }

  private static func file(_ path: String, _ oid: String, _ size: Int, _ large: (String, Int)?) -> RepositoryFile? {
    if let (hash, size) = large {
      guard Hexadecimal.isValid(hash, digits: 64), size >= 0 else { return nil }
      return RepositoryFile(path: path, size: size, content: .sha256(hash))
    }
    guard Hexadecimal.isValid(oid, digits: 40), size >= 0 else { return nil }
    return RepositoryFile(path: path, size: size, content: .gitBlob(oid))
  }
}
