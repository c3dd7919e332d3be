import Basics
import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One model's folder in the cache, in the layout of the Python tools:
///
///     models--OWNER--NAME/refs/REVISION           a file with the commit's hash
///     models--OWNER--NAME/snapshots/COMMIT/PATH   a link to ../../blobs/HASH
///     models--OWNER--NAME/blobs/HASH              content, HASH.incomplete while it is fetched
///     .locks/models--OWNER--NAME/HASH.lock        held by whoever fetches a blob
///
/// Beside that, `.affect/COMMIT.json` keeps the repository's list of files, by which a complete copy is known.
/// (The Python client's own list in `trees` is read, but not written: it takes that for a promise that all files are there.)
struct ModelCache: Sendable {
  let root: URL
  let folder: URL
  let locks: URL

  init(_ root: URL, _ id: ModelID) {
    let name = "models--" + id.name.replacing("/", with: "--")
    self.root = root
    folder = root.appending(path: name, directoryHint: .isDirectory)
    locks = root.appending(path: ".locks/\(name)", directoryHint: .isDirectory)
  }

  /// The model whose snapshot a folder is, at the snapshot's commit; nil for a folder elsewhere.
  static func id(ofSnapshot folder: URL) -> ModelID? {
    let parts = Array(folder.standardizedFileURL.pathComponents.suffix(3))
    guard parts.count == 3, parts[0].hasPrefix("models--"), parts[1] == "snapshots" else { return nil }
    let name = parts[0].components(separatedBy: "--").dropFirst().joined(separator: "/")
    return ModelID("\(name)@\(parts[2])")
  }

  /// The folder of a commit's files.
  func snapshot(_ commit: String) -> URL {
    folder.appending(path: "snapshots/\(commit)", directoryHint: .isDirectory)
  }

  func blob(_ file: RepositoryFile) -> URL { folder.appending(path: "blobs/\(file.blobName)") }

  /// Where a blob is gathered. The name is the Python tools' own, older ones of which go on with such a file too.
  func partial(_ file: RepositoryFile) -> URL { folder.appending(path: "blobs/\(file.blobName).incomplete") }

  func lock(_ file: RepositoryFile) -> URL { locks.appending(path: "\(file.blobName).lock") }

  /// The commit that a revision stood for when it was last asked.
  func commit(of revision: String) -> String? {
    if Hexadecimal.isValid(revision, digits: 40) { return revision }
    let text = try? String(contentsOf: folder.appending(path: "refs/\(revision)"), encoding: .utf8)
    let hash = text?.trimmingCharacters(in: .whitespacesAndNewlines)
    return hash.flatMap { Hexadecimal.isValid($0, digits: 40) ? $0 : nil }
  }

  /// Keeps the commit that a revision stands for. A cache that others fill may not be writable; the answer is then asked
  /// for anew each time, which does no harm.
  func remember(_ commit: String, for revision: String) {
    guard revision != commit, self.commit(of: revision) != commit else { return }
    try? AtomicFile.write(commit, to: folder.appending(path: "refs/\(revision)"))
  }

  /// The list of a commit's files, where it was kept by us or by the Python client.
  func listing(_ commit: String) -> RepositoryListing? {
    for name in [".affect", "trees"] {
      if let data = try? Data(contentsOf: folder.appending(path: "\(name)/\(commit).json")),
        let listing = RepositoryListing(stored: data)
      {
        return listing
      }
    }
    return nil
  }

  /// Keeps the list of a commit's files.
  func keep(_ listing: RepositoryListing, _ commit: String) throws {
    try AtomicFile.write(listing.stored(), to: folder.appending(path: ".affect/\(commit).json"))
  }

  /// Whether a commit's file is there with all its bytes.
  func has(_ file: RepositoryFile, _ commit: String) -> Bool {
    Self.size(snapshot(commit).appending(path: file.path)) == file.size
  }

  /// Whether the content of a file is there with all its bytes.
  func hasBlob(_ file: RepositoryFile) -> Bool { Self.size(blob(file)) == file.size }

  /// The size of what a path or the link there leads to; nil where there is no file.
  static func size(_ url: URL) -> Int? {
    var status = stat()
    guard stat(url.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// Makes the name of a file in a commit's folder lead to its blob.
  ///
  /// - Throws: `FileError`
  func link(_ file: RepositoryFile, _ commit: String) throws {
    let name = snapshot(commit).appending(path: file.path)
    let parent = name.deletingLastPathComponent()
    try makeFolder(parent)
    let ascent = String(repeating: "../", count: file.path.split(separator: "/").count + 1)
    let aside = AtomicFile.aside(name)
    if symlink("\(ascent)blobs/\(file.blobName)", aside.path) == 0 {
      try AtomicFolder.rename(aside, to: name)
    } else {
      // File systems without links hold the file twice, as with the Python tools.
      let content = try FileHandle(forReadingFrom: blob(file))
      defer { try? content.close() }
      try AtomicFile.write(to: name) { copy in
        while let bytes = try content.read(upToCount: 8 << 20), !bytes.isEmpty { try copy.write(contentsOf: bytes) }
      }
    }
  }

  /// Makes a folder. Throws `FileError`.
  func makeFolder(_ url: URL) throws {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw FileError(
        url: url,
        message:
          "the folder can't be made: \(error.localizedDescription); HF_HOME names the folder in which models are kept")
    }
  }

  /// Marks the cache for tools that leave caches out of backups (bford.info/cachedir).
  func tag() {
    let file = root.appending(path: "CACHEDIR.TAG")
    guard !FileManager.default.fileExists(atPath: file.path) else { return }
    try? AtomicFile.write(
      "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of models that can be fetched again.\n",
      to: file)
  }

  /// Bytes that files may still take where the cache is; nil where the system does not say.
  func freeBytes() -> Int? {
    var place = folder
    while !FileManager.default.fileExists(atPath: place.path), place.path != "/" { place.deleteLastPathComponent() }
    var status = statvfs()
    guard statvfs(place.path, &status) == 0 else { return nil }
    return Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
  }

  /// What a copy that no listing describes must hold to be taken for complete: fetched by older Python tools, or copied.
  func looksComplete(_ commit: String, part: ModelPart) -> Bool {
    let folder = snapshot(commit)
    guard let names = FileManager.default.subpaths(atPath: folder.path) else { return false }
    var listing = RepositoryListing()
    for name in names {
      if let size = Self.size(folder.appending(path: name)) { listing.add(path: name, size: size) }
    }
    guard let id = ModelID("model"), let selection = try? FileSelection(listing, part: part, id: id),
      let weights = try? selection.weightFiles(listing, snapshot: folder, id: id)
    else { return false }
    return part == .model ? !weights.isEmpty : selection.first.contains { $0.path != "config.json" }
  }
}
