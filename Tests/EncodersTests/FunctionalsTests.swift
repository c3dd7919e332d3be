import Audio
import Encoders
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Functionals")
struct FunctionalsTests {
  private func values(_ samples: [Float]) throws -> [String: Float] {
    let features = try Functionals().features(of: samples)
    #expect(features.shape == [1, Functionals.names.count])
    return Dictionary(uniqueKeysWithValues: zip(Functionals.names, try features.array(of: Float.self)))
  }

  /// The definitions of docs/functionals.md on the frames that Affect makes, by NumPy's own functions.
  private static let peer = """
    import sys, numpy as np
    names, kept = sys.argv[4].split(','), [int(i) for i in sys.argv[5].split(',')]
    frames = np.fromfile(sys.argv[1], '<f4').reshape(int(sys.argv[3]), -1).astype(float)
    p, mel = frames[:, :len(names)], frames[:, len(names):]
    level, voiced, f0 = (p[:, names.index(n)] for n in ('energy_relative', 'voiced', 'log_f0'))
    sounding = np.flatnonzero(level > level.max() - 35)
    if len(sounding) < 10: sounding = np.arange(len(level))
    a, b = sounding[0], sounding[-1] + 1
    bands = np.stack([s.mean(1) for s in np.split(mel, np.round(np.arange(1, 26) * 80 / 26).astype(int), axis=1)], 1)
    x = np.concatenate([p[:, kept], bands - bands[sounding].mean()], 1)[a:b]
    level, voiced, f0 = level[a:b], voiced[a:b] > 0.5, f0[a:b]

    def functionals(x):
        if len(x) < 3: x = np.concatenate([x, x[-1:], x[-1:]])
        t = np.linspace(-1, 1, len(x))
        z = (x - x.mean(0)) / (x.std(0) + 1e-6)
        q = np.percentile(x, [2, 10, 25, 50, 75, 90, 98], axis=0)
        bend = np.polyfit(t, x, 2)
        rest = x - np.stack([np.polyval(c, t) for c in bend.T], 1)
        return [x.mean(0), x.std(0) + 1e-6, (z ** 3).mean(0), np.minimum((z ** 4).mean(0), 20), *q, q[4] - q[2],
                q[6] - q[0], np.polyfit(t, x, 1)[0], bend[0], np.sqrt((rest ** 2).mean(0)),
                np.abs(np.diff(x, axis=0)).mean(0)]

    def modulation(x):
        n = max(256, 1 << (len(x) - 1).bit_length())
        power = np.abs(np.fft.rfft(x - x.mean(0), n, axis=0)) ** 2 / len(x)
        f = np.fft.rfftfreq(n, 0.01)
        return [np.log(power[(f >= lo) & (f < 2 * lo + (lo < 1))].mean(0) + 1e-8) for lo in (0.5, 2, 4, 8, 16)]

    def runs(flag):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], flag.astype(int), [0]])))
        return (edges[1::2] - edges[::2]) * 0.01 if len(edges) else np.zeros(1)

    spoken = x[voiced] if voiced.sum() >= 3 else x
    v, u, both, time = runs(voiced), runs(~voiced), voiced[1:] & voiced[:-1], len(x) * 0.01
    pitch, steps = np.abs(np.diff(f0))[both], np.abs(np.diff(level))[both]
    of = lambda f, y: f(y) if len(y) else 0
    rest = [np.log(time), voiced.mean(), (v > 0).sum() / time, v.mean(), v.std(), v.max(), u.mean(), u.std(), u.max(),
            len(sounding) / len(x), (level < level.max() - 20).mean(), of(np.mean, pitch), of(np.median, pitch),
            of(np.mean, steps)]
    found = np.concatenate([*functionals(x), *functionals(spoken), *modulation(x), rest])
    found.astype('<f4').tofile(sys.argv[2])
    """

  private func expectNumPy(_ samples: [Float], _ name: String) throws {
    let (prosody, mel) = (try Prosody().features(of: samples), try LogMel().features(of: samples))
    let columns = Prosody.columns.map(\.name)
    let kept = columns.indices.filter { !columns[$0].hasSuffix("log_energy") }
    let expected = try peerFloats(
      Self.peer, Tensor.concatenated([prosody, mel], dimension: 1).array(),
      ["\(prosody.size(0))", columns.joined(separator: ","), kept.map(String.init).joined(separator: ",")])
    let found = try Functionals().features(of: samples).array(of: Float.self)
    #expect(found.count == expected.count)
    for (name2, (a, b)) in zip(Functionals.names, zip(found, expected)) where !(abs(a - b) <= 2e-3 * (1 + abs(b))) {
      Issue.record("\(name), \(name2): \(a), by NumPy \(b)")
    }
  }

  @Test("Every number is what NumPy makes of the same frames")
  func tones() throws {
    for seconds in [0.5, 1.7] {
      let quiet = [Float](repeating: 0, count: 3_000)
      try expectNumPy(quiet + voice(seconds) { 150 + 100 * $0 } + quiet, "\(seconds) s")
    }
    var noise = Noise(seed: 3)
    try expectNumPy((0..<6_000).map { _ in 0.1 * noise.next() }, "noise")
    try expectNumPy((0..<200).map { _ in 0.1 * noise.next() }, "two frames")
  }

  @Test("So it is of any number of frames", arguments: [1, 3, 4, 7, 16, 17, 33, 64, 65])
  func frames(count: Int) throws {
    var noise = Noise(seed: 9)
    try expectNumPy((0..<(count * 160)).map { _ in 0.1 * noise.next() }, "\(count) frames")
  }

  @Test(
    "So it is of real speech", .enabled(if: SharedData.isAvailable, Comment(rawValue: SharedData.comment)),
    arguments: ["speech/jfk.flac", "ravdess/Actor_12/03-01-05-02-01-02-12.opus"])
  func speech(name: String) throws {
    try expectNumPy(try AudioFile.decode(SharedData.url(name)).samples, name)
  }

  @Test("Neither gain nor silence at both ends changes what is said of a voice")
  func invariance() throws {
    let samples = voice(1) { 150 + 100 * $0 }
    let plain = try values(samples)
    let loud = try values(samples.map { $0 * 8 })
    let silence = [Float](repeating: 0, count: 16_000)
    let framed = try values(silence + samples + silence)
    for name in ["all log_f0 mean", "voiced hnr percentile_50", "all mel_band_9 deviation", "voiced_share"] {
      let (a, b, c) = (try #require(plain[name]), try #require(loud[name]), try #require(framed[name]))
      #expect(abs(a - b) < 0.03 * (1 + abs(a)) && abs(a - c) < 0.05 * (1 + abs(a)), "\(name): \(a), \(b), \(c)")
    }
    #expect(abs(try #require(framed["log_duration"])) < 0.1)
  }

  /// A second of 200 Hz and one of 250 Hz. Half a second is a whole number of their periods and of hops, so that what is left goes
  /// on as if nothing had been between.
  @Test("Without a part a clip is what it is when the part was never in it", arguments: [1_600, 4_800, 17_600, 20_800])
  func parts(start: Int) throws {
    let clip = voice(2) { $0 < 1 ? 200 : 250 }
    let part = start..<(start + 8_000)
    var rest = clip
    rest.removeSubrange(part)
    let found = try #require(try Functionals().leavingOut(of: clip)(part)).array(of: Float.self)
    let expected = try Functionals().features(of: rest).array(of: Float.self)
    for (name, (a, b)) in zip(Functionals.names, zip(found, expected)) where !(abs(a - b) <= 5e-3 * (1 + abs(b))) {
      Issue.record("without \(part), \(name): \(a), never in it \(b)")
    }
    #expect(try Functionals().leavingOut(of: clip)(0..<clip.count) == nil)
    #expect(
      try #require(try Functionals().leavingOut(of: clip)(0..<0)).array(of: Float.self)
        == Functionals().features(of: clip).array())
  }

  @Test("Every clip has finite functionals")
  func finite() throws {
    var noise = Noise(seed: 5)
    let loud = (0..<8_000).map { _ in noise.next() }
    let clips: [(String, [Float])] = [
      ("one sample", [0.5]), ("silence", [Float](repeating: 0, count: 16_000)),
      ("offset", [Float](repeating: 0.7, count: 16_000)), ("click", (0..<8_000).map { $0 == 4_000 ? 1 : 0 }),
      ("faint", loud.map { $0 * 1e-20 }), ("huge", loud.map { $0 * 1e5 }),
    ]
    for (name, samples) in clips { #expect(try values(samples).values.allSatisfy { $0.isFinite }, "\(name)") }
    #expect(try Functionals().features(of: []).shape == [0, Functionals.names.count])
    #expect(throws: FrontEndError.unusable(sample: 0, value: .infinity)) { try Functionals().features(of: [.infinity]) }
    #expect(Set(Functionals.names).count == Functionals.names.count)
  }
}
