public import Foundation
public import Hub
import Synchronization

/// Models that commands and recipes take by their folder or by their id on the hub.
public enum ModelLocation {
  /// The folder of a model, which is fetched where it is named by an id and not in the cache.
  ///
  /// An id means the same folder for as long as the process runs, whatever is published meanwhile.
  ///
  /// - Parameters:
  ///   - text: a folder, `owner/name` or `owner/name@revision`
  ///   - part: what of it is wanted
  ///   - report: is told of progress, on this thread
  /// - Throws: `HubError`, and `FileError` for a cache that can't be written
  public static func folder(
    _ text: String, part: ModelPart = .model, report: (Notice) -> Void = { _ in }
  ) throws -> URL {
    guard !isFolder(text) else { return URL(filePath: text, directoryHint: .isDirectory) }
    let settings = try HubSettings()
    let key = "\(settings.endpoint) \(settings.cache.path) \(part) \(text)"
    if let known = found.withLock({ $0[key] }) { return known }
    let folder = try fetched(settings, text, part, report)
    found.withLock { $0[key] = folder }
    return folder
  }

  private static let found = Mutex<[String: URL]>([:])

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// Fetches on another thread, and relays what it tells to this one.
  private static func fetched(
    _ settings: HubSettings, _ text: String, _ part: ModelPart, _ report: (Notice) -> Void
  ) throws -> URL {
    let relay = Relay()
    let hub = Hub(settings) { notice in relay.notices.withLock { $0.append(Notice(notice)) } }
    Thread.detachNewThread {
      let outcome = Result { try hub.folder(for: text, part: part) }
      relay.outcome.withLock { $0 = outcome }
      relay.done.signal()
    }
    var isDone = false
    while !isDone {
      isDone = relay.done.wait(timeout: .now() + 0.1) == .success
      let notices = relay.notices.withLock { notices in
        defer { notices = [] }
        return notices
      }
      for notice in notices { report(notice) }
    }
    guard let outcome = relay.outcome.withLock({ $0 }) else { throw CancellationError() }
    return try outcome.get()
  }

  /// What passes between the two threads.
  private final class Relay: Sendable {
    let notices = Mutex<[Notice]>([])
    let outcome = Mutex<Result<URL, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
  }
}

extension Notice {
  /// What the hub tells, as commands show it.
  init(_ notice: HubNotice) {
    switch notice {
    case .progress: self = .status(notice.description)
    case .line(let text): self = .line(text)
    }
  }
}
