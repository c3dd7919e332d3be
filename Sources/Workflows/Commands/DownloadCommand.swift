import Foundation
public import Hub

/// `affect download`
public struct DownloadCommand {
  private let ids: [ModelID]
  private let part: ModelPart
  private let settings: HubSettings
  private let report: @Sendable (Notice) -> Void

  /// Names what is wanted, of the hub and into the cache that the environment names.
  ///
  /// - Throws: `HubError.setting`
  public init(_ ids: [ModelID], part: ModelPart, report: @escaping @Sendable (Notice) -> Void) throws {
    (self.ids, self.part, self.report) = (ids, part, report)
    settings = try HubSettings()
  }

  private struct Row: Encodable {
    let id: String
    let commit: String
    let folder: String
    let downloadedBytes: Int
  }

  /// Fetches one model after the other. One that can't be had does not keep the others from being fetched.
  ///
  /// - Throws: the error of the last model where none could be had
  public func run() async throws -> CommandResult {
    let hub = Hub(settings) { [report] in report(Notice($0)) }
    var rows: [Row] = []
    for (number, id) in ids.enumerated() {
      do {
        let snapshot = try await hub.snapshot(of: id, part: part)
        rows.append(
          Row(
            id: id.description, commit: snapshot.commit, folder: snapshot.folder.path,
            downloadedBytes: snapshot.fetched))
      } catch {
        if number == ids.count - 1 && rows.isEmpty { throw error }
        report(.line("affect: \(error)"))
      }
    }
    return try CommandResult(
      text: rows.map(\.folder).joined(separator: "\n"), json: rows, succeeded: rows.count == ids.count)
  }
}
