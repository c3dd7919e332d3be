public import Foundation

/// Models by name: an id is resolved to a folder of the cache that the Python tools share, and what is missing there is
/// fetched from the hub. Nothing is downloaded twice.
public struct Hub: Sendable {
  /// Where models come from and are kept.
  public let settings: HubSettings
  private let report: @Sendable (HubNotice) -> Void

  /// A hub.
  ///
  /// - Parameter report: is told of progress, of attempts and of waiting, on any thread
  public init(_ settings: HubSettings, report: @escaping @Sendable (HubNotice) -> Void = { _ in }) {
    (self.settings, self.report) = (settings, report)
  }

  /// A model in the cache.
  public struct Snapshot: Sendable, Equatable {
    /// What was asked for.
    public let id: ModelID
    /// The commit that the revision stands for.
    public let commit: String
    /// The folder with the files.
    public let folder: URL
    /// Bytes that came over the network for it; 0 where all was there.
    public let fetched: Int
  }

  /// The folder of a model that is named by its folder or by its id. Waits on this thread; asynchronous code resolves an id
  /// with `snapshot`.
  ///
  /// - Parameters:
  ///   - text: a folder, `owner/name` or `owner/name@revision`; a folder of that name is preferred
  ///   - part: what of it is wanted
  /// - Throws: `HubError` for what is neither and for what can't be had, `FileError` for a cache that can't be written
  public func folder(for text: String, part: ModelPart = .model) throws -> URL {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: text, isDirectory: &isFolder)
    if exists && isFolder.boolValue { return URL(filePath: text, directoryHint: .isDirectory) }
    // The name of a file may look like an id.
    guard !exists, let id = ModelID(text) else { throw HubError.notAModel(text) }
    do {
      return try waiting { try await snapshot(of: id, part: part).folder }
    } catch let error as HubError where error.mayBeMistyped {
      throw HubError.noFolder(text, asID: error)
    }
  }

  /// The same with what the environment says.
  public static func folder(
    for text: String, part: ModelPart = .model, report: @escaping @Sendable (HubNotice) -> Void = { _ in }
  ) throws -> URL {
    try Hub(HubSettings(), report: report).folder(for: text, part: part)
  }

  /// What a model's folder is called: the model's name for one in a cache, which is named by its commit.
  public static func name(of folder: URL) -> String {
    ModelCache.name(ofSnapshot: folder)
      ?? folder.standardizedFileURL.resolvingSymlinksInPath().lastPathComponent
  }

  /// Brings a model into the cache, or finds it there.
  ///
  /// The hub is asked once which commit a branch or tag stands for, and not at all for a commit that is here. Where it can't
  /// be asked, a complete copy in the cache is used.
  ///
  /// - Throws: `HubError`, and `FileError` for a cache that can't be written
  public func snapshot(of id: ModelID, part: ModelPart = .model) async throws -> Snapshot {
    let cache = ModelCache(settings.cache, id)
    let cached = cachedSnapshot(of: id, part: part, cache)
    if settings.isOffline {
      guard let cached else { throw HubError.offline(id: id.description, cache: settings.cache.path) }
      return cached
    }
    if id.isPinned, let cached, cache.listing(cached.commit) != nil { return cached }
    let client = try HubClient(settings)
    let result: Result<Snapshot, any Error>
    do {
      result = .success(try await fetch(id, part, cache, client, cached: cached))
    } catch {
      result = .failure(error)
    }
    await client.close()
    return try result.get()
  }

  private func fetch(
    _ id: ModelID, _ part: ModelPart, _ cache: ModelCache, _ client: HubClient, cached: Snapshot?
  ) async throws -> Snapshot {
    let monitor = DownloadMonitor(id, report)
    let commit: String
    let listing: RepositoryListing
    do {
      // With a copy at hand nobody waits for a network that is not there.
      let index = HubIndex(client: client, id: id, retries: cached == nil ? settings.retries : 0, report: monitor.line)
      commit = id.isPinned ? id.revision : try await index.commit()
      if let known = cache.listing(commit) {
        listing = known
      } else {
        listing = try await index.listing(commit)
      }
    } catch let error as HubError where error.permitsCachedCopy && cached != nil {
      guard let cached else { throw error }
      monitor.line("using the copy in the cache: \(error)")
      return cached
    }
    let selection = try FileSelection(listing, part: part, id: id)
    try await download(selection.first, commit, cache, client, monitor, id)
    let weights = try selection.weightFiles(listing, snapshot: cache.snapshot(commit), id: id)
    try await download(weights, commit, cache, client, monitor, id)
    cache.remember(commit, for: id.revision)
    // A cache of others may not be writable; then the list is asked for each time.
    if cache.listing(commit) == nil { try? cache.keep(listing, commit) }
    return Snapshot(id: id, commit: commit, folder: cache.snapshot(commit), fetched: monitor.fetched)
  }

  /// Fetches those files that are not there, several at a time.
  private func download(
    _ files: [RepositoryFile], _ commit: String, _ cache: ModelCache, _ client: HubClient, _ monitor: DownloadMonitor,
    _ id: ModelID
  ) async throws {
    let missing = files.filter { !cache.has($0, commit) }
    guard !missing.isEmpty else { return }
    try cache.makeFolder(cache.folder.appending(path: "blobs"))
    cache.tag()
    let needed = missing.filter { !cache.hasBlob($0) }.map { $0.size - (ModelCache.size(cache.partial($0)) ?? 0) }
      .reduce(0) { $0.addingReportingOverflow($1).partialValue }
    if let free = cache.freeBytes(), needed > free {
      throw HubError.diskFull(folder: settings.cache.path, needed: needed, free: free)
    }
    monitor.expect(missing.map(\.size).reduce(0, +))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, file) in missing.enumerated() {
        if number >= 4 { try await group.next() }
        let download = FileDownload(
          client: client, id: id, commit: commit, file: file, cache: cache, monitor: monitor)
        group.addTask { try await download.run() }
      }
      try await group.waitForAll()
    }
  }

  /// A copy in the cache that has all that is wanted.
  private func cachedSnapshot(of id: ModelID, part: ModelPart, _ cache: ModelCache) -> Snapshot? {
    guard let commit = cache.commit(of: id.revision) else { return nil }
    let folder = cache.snapshot(commit)
    if let listing = cache.listing(commit) {
      guard let selection = try? FileSelection(listing, part: part, id: id),
        selection.first.allSatisfy({ cache.has($0, commit) }),
        let weights = try? selection.weightFiles(listing, snapshot: folder, id: id),
        weights.allSatisfy({ cache.has($0, commit) })
      else { return nil }
    } else if !cache.looksComplete(commit, part: part) {
      return nil
    }
    return Snapshot(id: id, commit: commit, folder: folder, fetched: 0)
  }
}
