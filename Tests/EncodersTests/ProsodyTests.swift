import Audio
import Encoders
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct ProsodyTests {
  private func rows(_ samples: [Float], _ hop: Prosody.Hop = .tenMilliseconds) throws -> [[Float]] {
    let features = try Prosody(hop: hop).features(of: samples)
    let values = try features.array(of: Float.self)
    let width = Prosody.columns.count
    #expect(features.size(1) == width)
    return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<($0 + width)]) }
  }

  private func column(_ name: String, _ rows: [[Float]]) throws -> [Float] {
    let index = try #require(Prosody.columns.firstIndex { $0.name == name })
    return rows.map { $0[index] }
  }

  @Test func everyClipHasFiniteFeatures() throws {
    var noise = Noise(seed: 5)
    let loud = (0..<8_000).map { _ in noise.next() }
    let clips: [(String, [Float])] = [
      ("one sample", [0.5]), ("two samples", [0.5, -0.5]), ("silence", [Float](repeating: 0, count: 16_000)),
      ("offset", [Float](repeating: 0.7, count: 16_000)), ("click", (0..<8_000).map { $0 == 4_000 ? 1 : 0 }),
      ("clipped", loud.map { max(-1, min(1, 100 * $0)) }), ("faint", loud.map { $0 * 1e-20 }),
      ("huge", loud.map { $0 * 1e5 }), ("square", (0..<8_000).map { $0 / 50 % 2 == 0 ? 1 : -1 }),
      ("159 samples", Array(loud.prefix(159))), ("161 samples", Array(loud.prefix(161))),
    ]
    for (name, samples) in clips {
      for hop in [Prosody.Hop.tenMilliseconds, .twentyMilliseconds] {
        let rows = try rows(samples, hop)
        let step = hop == .tenMilliseconds ? 160 : 320
        #expect(rows.count == (samples.count + step - 1) / step, "\(name)")
        #expect(rows.joined().allSatisfy { $0.isFinite }, "\(name)")
        #expect(rows.joined().allSatisfy { abs($0) < 1e4 }, "\(name)")
      }
    }
    #expect(try Prosody().features(of: []).shape == [0, Prosody.columns.count])
    #expect(throws: FrontEndError.unusable(sample: 0, value: .infinity)) { try Prosody().features(of: [.infinity]) }
  }

  @Test func anOffsetChangesNothing() throws {
    let samples = voice(0.5) { 150 + 100 * $0 }
    let plain = try rows(samples)
    let shifted = try rows(samples.map { $0 + 0.25 })
    #expect(largestDifference(plain.flatMap { $0 }, shifted.flatMap { $0 }) < 0.02)
  }

  @Test func loudnessChangesLevelsAlone() throws {
    let samples = voice(0.5) { 150 + 100 * $0 }
    let (soft, loud) = (try rows(samples), try rows(samples.map { $0 * 4 }))
    let gain = zip(try column("log_energy", loud), try column("log_energy", soft)).map { $0 - $1 }
    #expect(gain.allSatisfy { abs($0 - log(16)) < 1e-3 })
    for name in ["log_f0", "f0_relative", "energy_relative", "zero_crossings", "spectral_centroid", "spectral_rolloff"]
    {
      #expect(largestDifference(try column(name, soft), try column(name, loud)) < 0.02, "\(name)")
    }
  }

  @Test func pitchColumns() throws {
    let rows = try rows(
      [Float](repeating: 0, count: 4_000) + voice(0.5) { _ in 200 } + [Float](repeating: 0, count: 4_000))
    #expect(try column("log_f0", rows).allSatisfy { abs(exp($0) / 200 - 1) < 0.01 })
    #expect(try column("f0_relative", rows).allSatisfy { abs($0) < 0.2 })
    let voiced = try column("voiced", rows)
    #expect(voiced[0] == 0 && voiced[50] == 1 && voiced[98] == 0)
    #expect(try column("hnr", rows)[50] > 25)
    #expect(try column("hnr", rows)[0] == -20)
  }

  @Test(arguments: [0.0, 10, 20]) func harmonicsToNoise(decibels: Double) throws {
    var noise = Noise(seed: 6)
    // Two harmonics and white noise of a known ratio.
    let clean = voice(2, harmonics: 1...2) { _ in 200 }
    let power = clean.reduce(0.0) { $0 + Double($1 * $1) } / Double(clean.count)
    let scale = Float(sqrt(power / pow(10, decibels / 10)))
    let measured = try column("hnr", try rows(clean.map { $0 + scale * noise.next() })).dropFirst(4).dropLast(4)
    #expect(abs(Double(measured.reduce(0, +)) / Double(measured.count) - decibels) < 1)
  }

  @Test func spectralColumnsAgainstThePeer() throws {
    var noise = Noise(seed: 7)
    var last: Float = 0
    let samples = (0..<16_000).map { _ -> Float in
      last = 0.9 * last + 0.02 * noise.next()
      return last
    }
    let names = [
      "log_energy", "energy_relative", "zero_crossings", "spectral_centroid", "spectral_spread", "spectral_rolloff",
      "spectral_flatness", "spectral_flux", "slope_0_500", "slope_500_1500", "alpha_ratio", "hammarberg_index",
    ]
    let script = """
      import sys, numpy as np
      from scipy.fft import dct
      x = np.fromfile(sys.argv[1], '<f4').astype(float); x -= x.mean()
      mel = np.fromfile(sys.argv[3], '<f4').astype(float).reshape(40, 257)
      n = -(-len(x) // 160)
      p = np.concatenate([np.zeros(120), x, np.zeros(400)])
      fr = np.stack([p[t * 160:t * 160 + 400] for t in range(n)])
      w = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
      P = np.abs(np.fft.rfft(fr * w, 512)) ** 2 / (w @ w * 512) + 1e-9
      f = np.arange(257) * 16 / 512
      d = 10 * np.log10(P); s = P.sum(1)
      e = (fr ** 2).mean(1) + 1e-10
      c = P @ f / s
      share = np.sqrt(P / s[:, None])
      def slope(lo, hi):
          k = (f >= lo) & (f < hi)
          return np.polyfit(f[k], d[:, k].T, 1)[0]
      cols = [np.log(e), 10 * np.log10(e / (((fr ** 2).mean(1)).mean() + 1e-10)),
              (np.diff((fr < 0).astype(int), axis=1) != 0).sum(1) / 400, c,
              np.sqrt((P * (f - c[:, None]) ** 2).sum(1) / s), (np.cumsum(P, 1) < .85 * s[:, None]).sum(1) * 16 / 512,
              d.mean(1) - 10 * np.log10(P.mean(1)),
              np.concatenate([[0], np.sqrt((np.diff(share, axis=0) ** 2).sum(1))]), slope(0, .5), slope(.5, 1.5),
              10 * np.log10(P[:, (f >= .05) & (f < 1)].sum(1) / P[:, (f >= 1) & (f < 5)].sum(1)),
              d[:, f <= 2].max(1) - d[:, (f > 2) & (f <= 5)].max(1)]
      cols += list(dct(np.log(P @ mel.T), norm='ortho', axis=1)[:, 1:14].T)
      np.stack(cols, 1).astype('<f4').tofile(sys.argv[2])
      """
    let filters = try SampleFile(MelFilters(bins: 40, fourierLength: 512).weights)
    let expected = try peerFloats(script, samples, [filters.url.path])
    let rows = try rows(samples)
    let all = names + (1...13).map { "mfcc_\($0)" }
    #expect(expected.count == rows.count * all.count)
    for (position, name) in all.enumerated() {
      let peer = stride(from: position, to: expected.count, by: all.count).map { expected[$0] }
      #expect(largestDifference(try column(name, rows), peer) < 2e-3, "\(name)")
    }
  }

  @Test func changesAreRegressionSlopes() throws {
    let rows = try rows(voice(0.5) { 150 + 100 * $0 })
    for name in ["log_f0", "mfcc_3", "log_energy"] {
      let x = try column(name, rows)
      let expected = x.indices.map { t -> Float in
        func at(_ i: Int) -> Float { x[min(max(i, 0), x.count - 1)] }
        return (at(t + 1) - at(t - 1) + 2 * (at(t + 2) - at(t - 2))) / 10
      }
      #expect(largestDifference(try column("delta_" + name, rows), expected) < 1e-4, "\(name)")
    }
  }

  @Test func blocksDoNotMatter() throws {
    var noise = Noise(seed: 8)
    let samples = voice(25) { 150 + 20 * sin($0) }.map { $0 + 0.001 * noise.next() }
    let whole = try rows(samples)
    #expect(whole.count == 2500)
    let part = try rows(Array(samples[(2000 * 160)..<(2100 * 160)]))
    for name in ["spectral_flux", "mfcc_1", "log_energy", "log_f0"] {
      let a = try column(name, whole)[2010..<2090]
      let b = try column(name, part)[10..<90]
      #expect(largestDifference(a, b) < 5e-3, "\(name)")
    }
  }

  @Test func theDocumentListsTheColumns() throws {
    let page = try String(contentsOf: SharedData.repository.appending(path: "docs/prosody.md"), encoding: .utf8)
    let listed = page.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
    let expected = Prosody.columns.map { "| `\($0.name)` | \($0.unit) | \($0.formula) | \($0.source) |" }
    // The table has the static columns in full and the changes in one line of the text.
    #expect(listed == Array(expected.prefix { !$0.hasPrefix("| `delta_") }))
    #expect(page.contains("\(Prosody.columns.count) columns"))
    #expect(Set(Prosody.columns.map(\.name)).count == Prosody.columns.count)
  }

  @Test func theVersionSaysTheSettings() {
    let front = Prosody(hop: .twentyMilliseconds)
    #expect(front.name == "prosody-20ms")
    #expect(front.hop == 0.02)
    #expect(front.version == "prosody-20ms 2 f0=60.0...500.0 columns=\(Prosody.columns.count)")
  }
}
