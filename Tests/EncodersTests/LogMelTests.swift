import Audio
import Encoders
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct LogMelTests {
  @Test(.enabled(if: SharedData.isAvailable, Comment(rawValue: SharedData.comment)), arguments: [80, 128])
  func filtersAreWhispers(bins: Int) throws {
    let script = """
      import sys, numpy as np
      np.load(sys.argv[3])['mel_' + sys.argv[4]].astype('<f4').tofile(sys.argv[2])
      """
    let published = try peerFloats(script, [], [SharedData.url("speech/mel_filters.npz").path, "\(bins)"])
    let filters = MelFilters(bins: bins, fourierLength: 400)
    #expect(filters.weights.count == bins * 201)
    #expect(largestDifference(filters.weights, published) < 1e-7)
  }

  private static let extractor = """
    import sys, numpy as np
    from transformers import WhisperFeatureExtractor
    x = np.fromfile(sys.argv[1], '<f4')
    f = WhisperFeatureExtractor(feature_size=int(sys.argv[3]))
    y = f(x, sampling_rate=16000, return_tensors='np').input_features[0]
    np.ascontiguousarray(y.T).astype('<f4').tofile(sys.argv[2])
    """

  @Test(
    .enabled(if: SharedData.isAvailable, Comment(rawValue: SharedData.comment)),
    arguments: [
      ("speech/jfk.flac", 80), ("speech/jfk.flac", 128), ("speech/conversation.flac", 80),
      ("ravdess/Actor_01/03-01-01-01-01-01-01.opus", 80), ("ravdess/Actor_12/03-01-05-02-01-02-12.opus", 128),
    ])
  func paddedFeaturesAreTransformers(name: String, bins: Int) throws {
    let samples = try AudioFile.decode(SharedData.url(name)).samples
    let expected = try peerFloats(Self.extractor, samples, ["\(bins)"])
    let front = LogMel(bins: bins)
    let padded = try front.paddedFeatures(of: samples)
    #expect(padded.shape == [3000, bins])
    let values = try padded.array(of: Float.self)
    #expect(largestDifference(values, expected) < 1e-4)

    // The real frames are the first of the padded window.
    let real = try front.features(of: samples)
    #expect(real.shape == [(samples.count + 159) / 160, bins])
    let realValues = try real.array(of: Float.self)
    let inner = (real.size(0) - 1) * bins
    #expect(largestDifference(realValues.prefix(inner), values.prefix(inner)) < 1e-5)
  }

  @Test func clipsOfAnyLength() throws {
    let front = LogMel()
    #expect(try front.features(of: []).shape == [0, 80])
    for count in [1, 2, 159, 160, 161, 199, 200, 201, 400, 16_001] {
      let samples = (0..<count).map { Float(sin(Double($0) * 0.1)) }
      let features = try front.features(of: samples)
      #expect(features.shape == [(count + 159) / 160, 80])
      let padded = try front.paddedFeatures(of: samples)
      let same = features.size(0) * 80
      let difference = largestDifference(
        try features.array(of: Float.self), try padded.array(of: Float.self).prefix(same))
      #expect(difference < 1e-5)
    }
  }

  @Test func silenceIsTheFloor() throws {
    let values = try LogMel().features(of: [Float](repeating: 0, count: 16_000)).array(of: Float.self)
    #expect(values.allSatisfy { $0 == -1.5 })
  }

  @Test func aFixedFloorMakesFramesIndependentOfTheRest() throws {
    var noise = Noise(seed: 1)
    let quiet = (0..<16_000).map { _ in noise.next() * 1e-4 }
    let loud = quiet + (0..<16_000).map { _ in noise.next() * 0.5 }
    let front = LogMel(floor: .fixed(-8))
    let alone = try front.features(of: quiet).array(of: Float.self)
    let together = try front.features(of: loud).array(of: Float.self)
    // The last two frames see samples of what follows.
    #expect(largestDifference(alone.prefix(97 * 80), together.prefix(97 * 80)) < 1e-6)
    let relative = LogMel()
    let alone2 = try relative.features(of: quiet).array(of: Float.self)
    let together2 = try relative.features(of: loud).array(of: Float.self)
    #expect(largestDifference(alone2.prefix(97 * 80), together2.prefix(97 * 80)) > 0.01)
    #expect(front.version != relative.version)
  }

  @Test func aLongRecordingIsThatOfItsBlocks() throws {
    var noise = Noise(seed: 2)
    let samples = (0..<(60 * 16_000)).map { _ in noise.next() * 0.1 }
    let front = LogMel(floor: .fixed(-8))
    let whole = try front.features(of: samples)
    #expect(whole.shape == [6000, 80])
    // Frames 2000 to 2099 lie on both sides of the first block's end.
    let part = try front.features(of: Array(samples[(1990 * 160)..<(2110 * 160)]))
    let difference = largestDifference(
      try whole.narrowed(0, start: 2000, length: 100).array(of: Float.self),
      try part.narrowed(0, start: 10, length: 100).array(of: Float.self))
    #expect(difference < 1e-5)
  }

  @Test func whatIsRefused() {
    #expect(throws: FrontEndError.tooLong(samples: 480_001, limit: 480_000)) {
      try LogMel().paddedFeatures(of: [Float](repeating: 0, count: 480_001))
    }
    #expect {
      try LogMel().features(of: [0, .nan])
    } throws: {
      "\($0)" == "sample 1 is nan; features need finite samples with a full scale of 1"
    }
    #expect(
      "\(FrontEndError.tooLong(samples: 480_001, limit: 480_000))"
        == "a clip of 480001 samples does not fit a window of 480000; cut it into windows first")
  }

  @Test func theNameAndVersionSayTheSettings() {
    let front = LogMel(bins: 128)
    #expect(front.name == "log-mel-128")
    #expect(front.width == 128)
    #expect(front.hop == 0.01)
    #expect(front.version == "log-mel-128 2 window=400 hop=160 floor=maximum-8.0")
  }
}
