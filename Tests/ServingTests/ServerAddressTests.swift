import Testing

import Serving

@Suite struct ServerAddressTests {
  @Test func thisMachineAloneUnlessAnotherHostIsNamed() {
    #expect(ServerAddress().host == "127.0.0.1")
  }
}
