import Audio
import Encoders
import Foundation
import Tensors
import TestSupport
import Testing

/// NaturalSpeech 3's codec against the reference implementation, on real clips and seeded weights of the published sizes.
/// `facodec.py` beside this file makes the weights, and made `golden.safetensors` with the reference.
@Suite(.enabled(if: SharedData.isAvailable, "\(SharedData.comment)"))
struct FACodecTests {
  private static let folder = Bundle.module.bundleURL.appending(path: "FACodec")
  let scratch: TemporaryFolder

  init() throws {
    scratch = try TemporaryFolder()
    let script = Self.folder.appending(path: "facodec.py").path
    _ = try Peer.python(
      "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')",
      [script, "weights", scratch.url.path])
  }

  private func clip(_ file: String, _ start: Int, _ count: Int) throws -> [Float] {
    let samples = try AudioFile.decode(SharedData.url(file)).samples
    return Array(samples[start..<(start + count)])
  }

  @Test func featuresAreTheReferences() throws {
    let encoder = try SpeechEncoder(folder: scratch.url)
    #expect(encoder.width == 512 && encoder.hop == 1 / 80.0 && encoder.layerCount == 1 && encoder.shortest == 401)
    let clips = try [
      clip("emodb/wav/03a02Fc.flac", 3000, 16_048), clip("speech/conversation.flac", 160_000, 8_000),
    ]
    let golden = try SafeTensors(Self.folder.appending(path: "golden.safetensors"))
    let expected = try ["fear", "talk"].map { try golden.tensor($0) }
    // A length that is no multiple of 200 is padded to the next, one that is stays as it is.
    #expect(expected.map(\.shape) == [[81, 512], [40, 512]])
    let both = try encoder.hiddenStates(of: clips)
    let prosody = try encoder.hiddenStates(of: clips, layers: .index(0))
    for (number, peer) in expected.enumerated() {
      #expect(try distance(both[number], peer) < 1e-4)
      #expect(try distance(prosody[number], peer.narrowed(1, start: 0, length: 256)) < 1e-4)
    }
  }

  @Test func clipsThatCanNotBeUsedAreNamed() throws {
    let encoder = try SpeechEncoder(folder: scratch.url)
    #expect(throws: EncoderError.input(reason: "clip 1 has 400 samples; the model needs 401")) {
      try encoder.hiddenStates(
        of: [[Float]](repeating: [Float](repeating: 0.1, count: 500), count: 1) + [[Float](repeating: 0, count: 400)])
    }
    #expect(try encoder.hiddenStates(of: [[Float](repeating: 0.1, count: 401)])[0].shape == [3, 512])
  }

  @Test func weightsOfAnotherModelAreRefused() throws {
    try FileManager.default.removeItem(at: scratch("ns3_facodec_decoder_v2.bin"))
    #expect(throws: (any Error).self) { try SpeechEncoder(folder: scratch.url) }
    try FileManager.default.copyItem(
      at: scratch("ns3_facodec_encoder_v2.bin"), to: scratch("ns3_facodec_decoder_v2.bin"))
    let error = #expect(throws: EncoderError.self) { try SpeechEncoder(folder: scratch.url) }
    #expect(error?.description.contains("missing: melspec_linear.weight") == true)
  }

  private func distance(_ a: Tensor, _ b: Tensor) throws -> Double {
    guard a.shape == b.shape else { return .infinity }
    let distance = try (a - b).abs().max().item(of: Double.self)
    return distance.isNaN ? .infinity : distance
  }
}
