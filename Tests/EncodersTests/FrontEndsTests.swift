import Encoders
import Tensors
import Testing

@Suite struct FrontEndsTests {
  @Test(arguments: FrontEnds.names) func everyNameStandsForAFrontEnd(name: String) throws {
    let frontEnd = try FrontEnds.named(name)
    let features = try frontEnd.features(of: [Float](repeating: 0.01, count: 8000))
    let frames = frontEnd.hop.isInfinite ? 1 : Int((0.5 / frontEnd.hop).rounded())
    #expect(features.shape == [frames, frontEnd.width])
  }

  @Test func anUnknownNameListsTheKnown() {
    let error = #expect(throws: UnknownFrontEnd.self) { try FrontEnds.named("log-mel-81") }
    #expect(
      error?.description
        == "there is no encoder 'log-mel-81'; there are log-mel-80, log-mel-128, prosody-10ms, prosody-20ms, functionals, and published models by their folder or id (owner/name)"
    )
  }
}
