import Audio
public import Foundation

/// Speech of any length, read block by block, twice: a recording of hours takes no more memory than one of a minute.
public struct Recording {
  /// Opens the audio anew; what is returned gives the next samples at 16 kHz, nil at the end.
  let open: () throws -> (() throws -> [Float]?)

  /// An audio file of any format. What is wrong with it is thrown where it is transcribed, as `AudioError`.
  public init(file: URL) {
    open = {
      let decoder = try AudioDecoder(path: file.path(percentEncoded: false))
      return { try decoder.next() }
    }
  }

  /// Mono samples at 16 kHz.
  public init(samples: [Float]) {
    open = {
      var start = 0
      return {
        guard start < samples.count else { return nil }
        defer { start += 160_000 }
        return Array(samples[start..<min(start + 160_000, samples.count)])
      }
    }
  }
}
