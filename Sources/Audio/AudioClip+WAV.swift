public import Foundation

extension AudioClip {
  /// The clip as a RIFF WAVE file of 16-bit PCM, mono. Samples beyond -1...1 are clipped, NaN becomes 0.
  public func wavData() -> Data {
    var data = Data(capacity: 44 + samples.count * 2)
    func append<T: FixedWidthInteger>(_ value: T) {
      withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }
    // A RIFF size has 32 bits; longer files get the largest, as other writers do, and readers go by the file's length.
    let size = UInt32(clamping: samples.count * 2)
    data.append(contentsOf: "RIFF".utf8)
    append(UInt32(clamping: 36 + samples.count * 2))
    data.append(contentsOf: "WAVEfmt ".utf8)
    append(UInt32(16))
    append(UInt16(1))
    append(UInt16(1))
    append(UInt32(clamping: sampleRate))
    append(UInt32(clamping: sampleRate * 2))
    append(UInt16(2))
    append(UInt16(16))
    data.append(contentsOf: "data".utf8)
    append(size)
    let pcm = samples.map { sample -> Int16 in
      guard !sample.isNaN else { return 0 }
      return Int16(max(-32768, min(32767, (sample * 32768).rounded(.toNearestOrEven)))).littleEndian
    }
    pcm.withUnsafeBytes { data.append(contentsOf: $0) }
    return data
  }

  /// Writes `wavData()` under `path`: aside first, then renamed, so that no half-written file carries the name.
  public func writeWAV(path: String) throws(AudioError) {
    do {
      try wavData().write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw .notWritten(path: path, reason: (error as NSError).localizedDescription)
    }
  }
}
