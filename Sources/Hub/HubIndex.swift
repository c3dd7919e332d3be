import Foundation

/// What the hub knows of a model: the commit of a revision, and the files of a commit.
struct HubIndex {
  let client: HubClient
  let id: ModelID
  let retries: Int
  let report: (String) -> Void

  private var model: String { "\(client.settings.endpoint)/api/models/\(id.name)" }

  /// The commit that the revision stands for now.
  ///
  /// - Throws: `HubError`
  func commit() async throws -> String {
    struct Info: Decodable { let sha: String }
    let address = "\(model)/revision/\(Self.escaped(id.revision))"
    let (data, _) = try await client.json(address, of: id, retries: retries, report: report)
    guard let info = try? JSONDecoder().decode(Info.self, from: data), Hexadecimal.isValid(info.sha, digits: 40) else {
      throw HubError.notAHub(address: client.settings.endpoint, reason: "no commit is named in its answer")
    }
    return info.sha
  }

  /// All files of a commit.
  ///
  /// - Throws: `HubError`
  func listing(_ commit: String) async throws -> RepositoryListing {
    var listing = RepositoryListing()
    var next: String? = "\(model)/tree/\(commit)?recursive=true&expand=false"
    var pages = 0
    while let address = next {
      let (data, answer) = try await client.json(address, of: id, retries: retries, report: report)
      try listing.add(page: data, of: id, from: client.settings.endpoint)
      next = answer.headers("Link").lazy.compactMap(Self.nextPage).first
      pages += 1
      guard pages < 1000 else {
        throw HubError.notAHub(address: client.settings.endpoint, reason: "its list of files does not end")
      }
    }
    return listing
  }

  /// The address of `Link: <ADDRESS>; rel="next"`.
  private static func nextPage(_ header: String) -> String? {
    header.firstMatch(of: #/<([^>]+)>\s*;\s*rel="?next"?/#).map { String($0.1) }
  }

  /// A revision as one component of a path: `refs/pr/1` has slashes.
  private static func escaped(_ revision: String) -> String {
    revision.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~")))
      ?? revision
  }
}
