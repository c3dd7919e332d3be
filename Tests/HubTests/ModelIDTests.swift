import Hub
import Testing

@Suite struct ModelIDTests {
  @Test func namesAndRevisionsAreTakenApart() throws {
    let id = try #require(ModelID("microsoft/wavlm-large@refs/pr/7"))
    #expect(id.name == "microsoft/wavlm-large" && id.revision == "refs/pr/7")
    #expect(ModelID("gpt2")?.revision == "main")
  }

  @Test(arguments: ["", "/", "a/b/c", "../etc", "a/..", "a/b@", "a/b@../x", "a b", "/etc/passwd", "a/.b", "a/b@x//y"])
  func whatLeadsElsewhereIsNone(_ text: String) {
    #expect(ModelID(text) == nil)
  }
}
