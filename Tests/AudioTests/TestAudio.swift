import Foundation
import TestSupport

/// A folder for the files of one test, gone with it.
final class Scratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "audio-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func write(_ data: Data, _ name: String) throws -> String {
    try data.write(to: folder.appending(path: name))
    return path(name)
  }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: folder.appending(path: name)) }

  /// A file of the same content, cut to a number of bytes.
  func cut(_ name: String, to count: Int, as newName: String) throws -> String {
    try write(try bytes(name).prefix(count), newName)
  }

  /// Writes noise and tones with the Python peer's libsndfile, which chooses the format by the name's ending, and returns
  /// the average of the channels as libsndfile reads them back.
  func generate(
    _ name: String, subtype: String = "", rate: Int = 44_100, channels: Int = 2, seconds: Double = 2
  ) throws -> [Float] {
    let script = """
      import sys, numpy as np, soundfile as sf
      path, subtype, rate, channels, seconds = sys.argv[1], sys.argv[2] or None, int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
      n = int(rate * seconds)
      t = np.arange(n) / rate
      noise = 0.05 * np.random.default_rng(7).standard_normal((n, channels))
      tones = np.stack([0.3 * np.sin(2 * np.pi * 220 * (c + 1) * t) for c in range(channels)], 1)
      sf.write(path, tones + noise, rate, subtype=subtype)
      x, _ = sf.read(path, dtype='float64', always_2d=True)
      x.mean(1).astype('<f4').tofile(path + '.f32')
      """
    _ = try Peer.python(script, [path(name), subtype, "\(rate)", "\(channels)", "\(seconds)"])
    return try floats(name + ".f32")
  }

  func floats(_ name: String) throws -> [Float] {
    try bytes(name).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }
}

/// A RIFF WAVE file of any header, right or wrong.
func wav(
  format: UInt16 = 1, channels: UInt16 = 1, rate: UInt32 = 16_000, bits: UInt16 = 16, data: Data, size: UInt32? = nil
) -> Data {
  var file = Data()
  func append<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { file.append(contentsOf: $0) }
  }
  let length = size ?? UInt32(data.count)
  file.append(contentsOf: "RIFF".utf8)
  append(length &+ 36)
  file.append(contentsOf: "WAVEfmt ".utf8)
  append(UInt32(16))
  append(format)
  append(channels)
  append(rate)
  append(rate &* UInt32(channels) &* UInt32(bits / 8))
  append(channels &* (bits / 8))
  append(bits)
  file.append(contentsOf: "data".utf8)
  append(length)
  return file + data
}

func bytes<T>(of values: [T]) -> Data { values.withUnsafeBytes { Data($0) } }

func sine(_ frequency: Double, rate: Int, count: Int, amplitude: Double = 0.5) -> [Float] {
  (0..<count).map { Float(amplitude * sin(2 * .pi * frequency * Double($0) / Double(rate))) }
}

func largestDifference(_ a: some Sequence<Float>, _ b: some Sequence<Float>) -> Float {
  zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

func rms(_ samples: some Collection<Float>) -> Double {
  sqrt(samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(samples.count, 1)))
}
