import Encoders
import Foundation
import Tensors

/// Writes down what is said in stretches that come without words.
final class StretchWriter {
  private let whisper: WhisperTranscriber
  private let options: TranscriptionOptions

  init(_ transcriber: Transcriber) throws {
    whisper = try WhisperTranscriber(folder: transcriber.folder)
    var options = TranscriptionOptions()
    options.language = transcriber.language
    // Named, so that no model chooses to translate.
    if whisper.isMultilingual { options.task = .transcribe }
    options.timestamps = false
    self.options = options
  }

  /// The same stretches with their words.
  func written(_ given: [Stretch]) throws -> [Stretch] {
    var stretches = given
    let missing = stretches.indices.filter { stretches[$0].text == nil }
    // Whisper's window is 30 s: what fits one is written together, longer stretches one after the other.
    let (short, long) = (
      missing.filter { stretches[$0].samples.count <= Self.window },
      missing.filter { stretches[$0].samples.count > Self.window }
    )
    if !short.isEmpty {
      for (i, transcript) in zip(short, try whisper.transcribe(short.map { stretches[$0].samples }, options: options)) {
        stretches[i].text = transcript.text.trimmingCharacters(in: .whitespacesAndNewlines)
      }
    }
    for i in long {
      var timed = options
      timed.timestamps = true
      let transcript = try whisper.transcribe(Recording(samples: stretches[i].samples), options: timed)
      stretches[i].text = transcript.text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    return stretches
  }

  private static let window = 30 * FrontEndAudio.sampleRate
}
