import Foundation
import Hub
import Synchronization
import TestSupport

/// A hub on this machine and an empty cache.
struct Fixture: Sendable {
  let server: HubServer
  let cache: TemporaryFolder

  init() throws {
    server = try HubServer()
    cache = try TemporaryFolder()
  }

  /// Settings that are impatient, as tests are.
  func settings(_ environment: [String: String] = [:]) throws -> HubSettings {
    var settings = try HubSettings(environment: server.environment(cache: cache.url).merging(environment) { $1 })
    settings.firstDelay = 0.02
    return settings
  }

  func hub(_ environment: [String: String] = [:], _ notices: Notices = Notices()) throws -> Hub {
    try Hub(settings(environment)) { notices.take($0) }
  }

  /// Fetches a model.
  func fetch(
    _ id: String = "owner/model", part: ModelPart = .model, _ environment: [String: String] = [:],
    _ notices: Notices = Notices()
  ) async throws -> Hub.Snapshot {
    guard let id = ModelID(id) else { throw HubError.notAModel(id) }
    return try await hub(environment, notices).snapshot(of: id, part: part)
  }

  /// The error that fetching a model ends with.
  func error(_ id: String = "owner/model", _ environment: [String: String] = [:]) async -> HubError? {
    do {
      _ = try await fetch(id, environment)
      return nil
    } catch {
      return error as? HubError
    }
  }

  /// The ranges of the requests for a file's content, of which the first is for all of it.
  func ranges(_ file: String = "model.safetensors") throws -> [String?] {
    try server.requests().filter { $0.isContent && $0.path.contains(file) }.map(\.range)
  }

  /// Files in the model's folder of the cache.
  func files(_ folder: String = "") -> [String] { cache.files("hub/models--owner--model/\(folder)") }
}

/// What a hub told.
final class Notices: Sendable {
  private let state = Mutex<[HubNotice]>([])
  var all: [HubNotice] { state.withLock { $0 } }
  var text: String { all.map(\.description).joined(separator: "\n") }
  func take(_ notice: HubNotice) { state.withLock { $0.append(notice) } }
}
