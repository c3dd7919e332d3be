import Foundation
import Tensors
import TestSupport
import Testing

/// NaturalSpeech 3's codec in the commands, with seeded weights of the published sizes.
@Suite("FACodec by the commands", .enabled(if: SharedData.isAvailable, "needs the peers"))
struct FACodecTests {
  let scratch: TemporaryFolder
  init() throws {
    scratch = try TemporaryFolder()
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../EncodersTests/FACodec/facodec.py").standardizedFileURL.path
    _ = try Peer.python(
      "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')",
      [script, "weights", scratch("codec").path])
  }

  @Test("encode writes prosody beside timbre, or prosody alone")
  func encode() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1, seconds: 1)
    let clip = corpus.audio(corpus.clips[0]).path
    func encode(_ arguments: String...) throws -> Command.Result {
      let process = Command.process(["encode", "--model", "codec", "--audio", clip] + arguments, in: scratch.url)
      return try Command.run(process)
    }
    let both = try encode("--output", "both.safetensors", "--dtype", "bfloat16")
    #expect(both.status == 0 && both.output.contains("computed in float32"), "\(both.output)\(both.errors)")
    #expect(try encode("--output", "prosody.safetensors", "--layer", "0").status == 0)
    let (whole, part) = try (SafeTensors(scratch("both.safetensors")), SafeTensors(scratch("prosody.safetensors")))
    #expect(whole.metadata["model_type"] == "facodec" && whole.metadata["dtype"] == "float32")
    let last = try whole.tensor("last")
    #expect(last.shape == [80, 512] && part.shape(of: "last") == [80, 256])
    #expect(
      try last.narrowed(1, start: 0, length: 256).array(of: Float.self) == part.tensor("last").array(of: Float.self))
    let times = try whole.tensor("times").array(of: Double.self)
    #expect(times.count == 80 && abs(times[1] - times[0] - 1.0 / 80) < 1e-9)
    let all = try encode("--output", "all.safetensors", "--all-layers")
    #expect(all.status == 1)
    #expect(all.errors.contains("have 256 and 512 numbers in a frame and can't be put together"), "\(all.errors)")
    try FileManager.default.removeItem(at: scratch("codec/ns3_facodec_decoder_v2.bin"))
    let half = try encode("--output", "half.safetensors")
    #expect(half.status == 1 && half.errors.contains("ns3_facodec_decoder_v2.bin: it is missing"), "\(half.errors)")
  }

  @Test("extract stores 512 numbers a frame, or 256 of prosody; training and recognition take them")
  func extract() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    func extract(_ arguments: String...) throws -> [String: Any] {
      let result = try Command.run(
        Command.process(
          ["extract", "--corpus", corpus.folder.path, "--encoder", "codec", "--output", "store", "--json"] + arguments,
          in: scratch.url))
      #expect(result.status == 0, "\(result.errors)")
      let sets = try #require((result.json as? [String: Any])?["sets"] as? [[String: Any]])
      return try #require(sets.first)
    }
    let whole = try extract()
    #expect(whole["width"] as? Int == 512 && whole["utterances"] as? Int == 27)
    // Clips of 0.4 s: 80 frames a second.
    #expect(whole["frames"] as? Int == 27 * 32)
    #expect(try extract("--layer", "0")["width"] as? Int == 256)
    // The precision that is asked for does not make another set: it is float32 always.
    let sets = scratch.files("store").filter { $0.hasSuffix("encoder.json") }
    _ = try extract("--precision", "bfloat16")
    #expect(scratch.files("store").filter { $0.hasSuffix("encoder.json") } == sets && sets.count == 2)
    try scratch.write(
      """
      model: {kind: deepser, width: 16, layers: 1, heads: 2, feed_forward: 32}
      streams: [{encoder: codec, layer: 0}]
      training: {stages: [{epochs: 1, batch_size: 8, learning_rate: 0.003}]}
      """, "recipe.yaml")
    let trained = try Command.run(
      "train", "recipe.yaml", "--corpus", corpus.folder.path, "--output", "run", "--features", "store", in: scratch.url)
    #expect(trained.status == 0, "\(trained.errors)")
    let predicted = try Command.run(
      "predict", corpus.audio(corpus.clips[0]).path, "--model", "run/bundle", "--format", "json", in: scratch.url)
    #expect(predicted.status == 0, "\(predicted.errors)")
  }
}
