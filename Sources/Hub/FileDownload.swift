import Basics
import Foundation

/// The download of one file into the cache.
struct FileDownload: Sendable {
  let client: HubClient
  let id: ModelID
  let commit: String
  let file: RepositoryFile
  let cache: ModelCache
  let monitor: DownloadMonitor

  /// Fetches the file unless it is there, and gives it its name in the commit's folder.
  ///
  /// - Throws: `HubError`, `FileError`
  func run() async throws {
    if !cache.hasBlob(file) {
      let lock = try await BlobLock.take(cache.lock(file)) {
        monitor.line("another process fetches \(file.path); waiting for it")
      }
      // Whoever had the lock before may have fetched it.
      if !cache.hasBlob(file) { try await fetch(exclusively: lock.isExclusive) } else { count(file.size) }
      withExtendedLifetime(lock) {}
    } else {
      count(file.size)
    }
    try cache.link(file, commit)
  }

  private func count(_ bytes: Int) { monitor.received(bytes, of: file.path, fetched: false) }

  private func fetch(exclusively: Bool) async throws {
    var url = cache.partial(file)
    if !exclusively {
      url = url.deletingLastPathComponent()
        .appending(path: "\(file.blobName).\(UUID().uuidString.prefix(8)).incomplete")
    }
    do {
      try await gather(url)
      try AtomicFolder.rename(url, to: cache.blob(file))
    } catch is DiskIsFull {
      let needed = file.size - (ModelCache.size(url) ?? 0)
      throw HubError.diskFull(folder: cache.root.path, needed: needed, free: cache.freeBytes() ?? 0)
    } catch {
      // Nobody would go on with a file of a name that is used once.
      if !exclusively { try? FileManager.default.removeItem(at: url) }
      throw error
    }
  }

  /// Gathers the content, through as many connections as it takes.
  private func gather(_ url: URL) async throws {
    var partial = try PartialFile(url, of: file)
    count(partial.count)
    var schedule = RetrySchedule(limit: client.settings.retries, first: client.settings.firstDelay)
    var faults = 0
    while true {
      let before = partial.count
      do {
        if partial.count < file.size || file.size == 0 { try await receive(into: &partial) }
        guard let fault = partial.fault() else {
          try partial.sync()
          return
        }
        // What an earlier run or another connection left may be at fault, therefore once more from the beginning.
        count(-partial.count)
        try partial.empty()
        faults += 1
        guard faults < 2 else {
          try? FileManager.default.removeItem(at: url)
          throw HubError.corrupted(id: id.name, file: file.path, reason: fault)
        }
        monitor.line("\(file.path) arrived damaged (\(fault)); fetching it again")
      } catch let failure as TransientFailure {
        if partial.count > before { schedule.progressed() }
        try await schedule.wait(after: failure, of: id) { monitor.line("\(file.path): \($0)") }
      }
    }
  }

  /// Adds what one connection gives.
  private func receive(into partial: inout PartialFile) async throws {
    let answer: HubClient.Answer
    do {
      answer = try await client.get(address, of: id, from: partial.count)
    } catch HubError.noFile {
      throw HubError.noFile(id: id.name, file: file.path, commit: commit)
    }
    try checkIdentity(answer)
    let isRest = answer.status == 206 && start(of: answer) == partial.count
    if partial.count > 0 && !isRest {
      // A server that knows no ranges sends all of it.
      count(-partial.count)
      try partial.empty()
      guard answer.status == 200 else {
        throw TransientFailure(
          kind: .network(address: client.settings.endpoint, reason: "the rest of \(file.path) was refused"))
      }
    } else if answer.status == 416 {
      throw HubError.notAHub(address: client.settings.endpoint, reason: "it has no content for '\(file.path)'")
    }
    var rest = file.size - partial.count
    // What is longer than it should be is something else; its hash tells.
    try await answer.read { bytes in
      let accepted = UnsafeRawBufferPointer(rebasing: bytes.prefix(rest))
      try partial.append(accepted)
      monitor.received(accepted.count, of: file.path, fetched: true)
      rest -= accepted.count
      return accepted.count == bytes.count
    }
    guard partial.count == file.size else {
      throw TransientFailure(kind: .network(address: client.settings.endpoint, reason: "the connection was cut"))
    }
  }

  private var address: String {
    let path = file.path.addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? file.path
    return "\(client.settings.endpoint)/\(id.name)/resolve/\(commit)/\(path)"
  }

  private static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")

  /// Compares what the hub says of the file with what its list of files said.
  private func checkIdentity(_ answer: HubClient.Answer) throws {
    func contradiction(_ what: String) -> HubError {
      .notAHub(
        address: client.settings.endpoint, reason: "for '\(file.path)' it gives \(what) than in its list of files")
    }
    if let found = answer.hubHeader("X-Repo-Commit"), found != commit { throw contradiction("another commit") }
    if let tag = answer.hubHeader("X-Linked-Etag") {
      let hash = tag.trimmingPrefix("W/").trimmingCharacters(in: CharacterSet(charactersIn: "\""))
      if hash != file.blobName { throw contradiction("another hash") }
    }
    if let size = answer.hubHeader("X-Linked-Size"), Int(size) != file.size { throw contradiction("another size") }
  }

  /// The offset of the first byte that a partial answer holds.
  private func start(of answer: HubClient.Answer) -> Int? {
    let range = answer.header("Content-Range") ?? ""
    return range.firstMatch(of: #/bytes\s+(\d+)-/#).flatMap { Int($0.1) }
  }
}
