import Foundation
import TestSupport
import Testing

@Suite("The server's page")
struct PageTests {
  private static let browser = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"]
    .first(where: FileManager.default.isExecutableFile)

  /// `AFFECT_SCREENSHOTS` names a folder to keep the pictures in.
  @Test(
    "Upload, microphone, live audio, downloads and the keyboard work in a browser, at 390 and 1280 pixels, light and dark",
    .enabled(if: PageTests.browser != nil, "needs chromium (scripts/setup.sh --peers installs it)"),
    .timeLimit(.minutes(5)))
  func page() throws {
    let scratch = try TemporaryFolder()
    let bundle = try ServedBundle.make(in: scratch)
    let script = SharedData.repository.appending(path: "Tests/AffectTests/page_client.py")
    let shots = ProcessInfo.processInfo.environment["AFFECT_SCREENSHOTS"] ?? scratch("shots").path
    let printed = try Peer.python(
      String(contentsOf: script, encoding: .utf8),
      [Command.executable.path, bundle.path, Self.browser ?? "", shots])
    struct Found: Decodable {
      let checks: Int
      let problems: [String]
    }
    let found = try JSONDecoder().decode(Found.self, from: Data(printed.utf8))
    #expect(found.problems.isEmpty, "\(found.problems.joined(separator: "\n"))")
    #expect(found.checks > 300, "the script looked at \(found.checks) things")
  }
}
