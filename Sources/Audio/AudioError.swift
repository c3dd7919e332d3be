/// Why audio could not be read or written. Every case carries the path as it was given.
public enum AudioError: Error, Equatable, Sendable {
  /// Nothing is at the path.
  case missing(path: String)
  /// The path is a folder.
  case isFolder(path: String)
  /// The user may not read the file.
  case notPermitted(path: String)
  /// The file has 0 bytes.
  case empty(path: String)
  /// The operating system or a library reports another failure.
  case unreadable(path: String, reason: String)
  /// No demuxer knows the format.
  case notAudio(path: String)
  /// A container without an audio stream; `holds` says what it has, for example `video (png)`.
  case noAudioStream(path: String, holds: String)
  /// The audio stream's codec is none that the linked FFmpeg can decode.
  case unsupportedCodec(path: String, codec: String)
  /// The header is that of `format`, and is wrong or incomplete.
  case badHeader(path: String, format: String, reason: String)
  /// The audio stream holds no sample at all.
  case noSamples(path: String)
  /// The file ends before its end: `promised` seconds by its header (nil where the format declares no length), `found` in it.
  case truncated(path: String, promised: Double?, found: Double)
  /// A packet can't be decoded, `second` seconds into the audio.
  case damaged(path: String, second: Double)
  /// A sample is NaN or infinite, `second` seconds into the audio.
  case nonFinite(path: String, second: Double)
  /// A sample is beyond `AudioFile.largestSample`, `second` seconds into the audio.
  case beyondScale(path: String, second: Double)
  /// The file can't be written.
  case notWritten(path: String, reason: String)
}

extension AudioError: CustomStringConvertible {
  /// One sentence: what is wrong, where, and what would be right.
  public var description: String {
    switch self {
    case .missing(let path):
      "\(path): there is no such file"
    case .isFolder(let path):
      "\(path): this is a folder; an audio file is expected"
    case .notPermitted(let path):
      "\(path): this user may not read the file"
    case .empty(let path):
      "\(path): the file is empty (0 bytes); an audio file is expected"
    case .unreadable(let path, let reason):
      "\(path): the file can't be read: \(reason)"
    case .notAudio(let path):
      "\(path): this is no audio file in any format that the installed FFmpeg knows"
    case .noAudioStream(let path, let holds):
      "\(path): there is no audio stream in the file, only \(holds)"
    case .unsupportedCodec(let path, let codec):
      "\(path): the installed FFmpeg has no decoder for the codec \(codec)"
    case .badHeader(let path, let format, let reason):
      "\(path): the header of this \(format) file is incomplete or wrong: \(reason)"
    case .noSamples(let path):
      "\(path): the audio stream holds no samples"
    case .truncated(let path, let promised?, let found):
      "\(path): the file is truncated: \(promises(promised, found))"
    case .truncated(let path, nil, let found):
      "\(path): the file is truncated: it stops after \(seconds(found)) s without the end that its format requires"
    case .damaged(let path, let second):
      "\(path): the audio can't be decoded at \(seconds(second)) s; the file is damaged there"
    case .nonFinite(let path, let second):
      "\(path): the sample at \(seconds(second)) s is not a finite number"
    case .beyondScale(let path, let second):
      "\(path): the sample at \(seconds(second)) s is far beyond full scale"
    case .notWritten(let path, let reason):
      "\(path): the file can't be written: \(reason)"
    }
  }

  private func promises(_ promised: Double, _ found: Double) -> String {
    let digits = seconds(promised) == seconds(found) ? 6 : 3
    return "its header promises \(seconds(promised, digits)) s and it holds \(seconds(found, digits)) s"
  }

  private func seconds(_ value: Double, _ digits: Int = 3) -> String {
    guard value.isFinite, value >= 0, value < 1e9 else { return "\(value)" }
    let scale = digits == 3 ? 1000 : 1_000_000
    let (whole, fraction) = Int((value * Double(scale)).rounded()).quotientAndRemainder(dividingBy: scale)
    let text = String(fraction)
    return "\(whole)." + String(repeating: "0", count: digits - text.count) + text
  }
}
