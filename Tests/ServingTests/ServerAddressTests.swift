import Serving
import Testing

@Suite struct ServerAddressTests {
  @Test func thisMachineAloneUnlessAnotherHostIsNamed() {
    #expect(ServerAddress().host == "127.0.0.1")
  }
}
