import Audio
import Encoders
import Foundation
import Tensors
import TestSupport
import Testing

/// What transcripts have to be beside equal to a peer's: alike in any company, from one encoder pass, in bounded memory.
@Suite(.enabled(if: SharedData.isAvailable, "needs the reference in ../shared"))
struct WhisperTranscriberTests {
  /// A tiny model, made once.
  private static let peer = Result { try WhisperPeer([], audio: [:]) }

  private static func folder(_ configuration: String = "multilingual") throws -> URL {
    try #require(peer.get().folders[configuration])
  }

  private static var clips: [[Float]] {
    [voice(1.5) { 140 + 40 * $0 }, voice(4.2) { 220 - 20 * $0 }, voice(0.3) { _ in 180 }, voice(29) { 100 + 3 * $0 }]
  }

  private var options: TranscriptionOptions {
    var options = TranscriptionOptions()
    (options.language, options.maximumTokens, options.timestamps) = ("en", 24, true)
    (options.temperatures, options.seed) = ([0, 0.3, 0.9], 5)
    options.logProbabilityThreshold = -2.2
    return options
  }

  @Test("A clip's transcript is the same alone, in any batch and in any order")
  func company() throws {
    let whisper = try WhisperTranscriber(folder: Self.folder())
    let clips = Self.clips
    let together = try whisper.transcribe(clips, options: options)
    let reversed = try whisper.transcribe(clips.reversed(), options: options)
    var pairs = options
    pairs.batchSize = 2
    let inPairs = try whisper.transcribe(clips, options: pairs)
    for (number, clip) in clips.enumerated() {
      let alone = try whisper.transcribe([clip], options: options)[0]
      for other in [together[number], inPairs[number], reversed[clips.count - 1 - number]] {
        #expect(other.segments.map { $0.tokens.map(\.id) } == alone.segments.map { $0.tokens.map(\.id) })
        #expect(other.segments.map(\.start) == alone.segments.map(\.start))
      }
    }
    #expect(Set(together.map { $0.segments.flatMap { $0.tokens.map(\.id) } }).count > 1)
  }

  @Test("One pass through the encoder gives features and transcript")
  func sharing() throws {
    let whisper = try WhisperTranscriber(folder: Self.folder("words"))
    let encoder = try SpeechEncoder(folder: Self.folder(), options: EncoderOptions(dtype: .float32))
    var options = options
    options.timestamps = false
    let encoded = try whisper.encode(Self.clips, layers: .all)
    #expect(whisper.encodedWindows == Self.clips.count)
    let transcripts = try whisper.transcribe(encoded, options: options)
    #expect(whisper.encodedWindows == Self.clips.count)
    #expect(try whisper.transcribe(Self.clips, options: options).map(\.text) == transcripts.map(\.text))
    for (own, peer) in zip(encoded, try encoder.hiddenStates(of: Self.clips, layers: .all)) {
      #expect(own.features.shape == peer.shape)
      #expect(try (own.features - peer).abs().max().item(of: Float.self) < 1e-4)
    }
  }

  @Test("Ten minutes of talk take no more memory than one")
  func memory() throws {
    let whisper = try WhisperTranscriber(folder: Self.folder())
    var options = TranscriptionOptions()
    // Windows of random weights end anywhere; as many tokens as give some segments each.
    (options.language, options.maximumTokens, options.temperatures) = ("en", 12, [0])
    let decoder = try AudioDecoder(path: SharedData.url("speech/podcast.m4a").path)
    var samples: [Float] = []
    while samples.count < 600 * 16_000, let block = try decoder.next() { samples += block }
    let recordings = [60, 600].map { ($0, Recording(samples: Array(samples.prefix($0 * 16_000)))) }
    func growth(_ seconds: Int, _ recording: Recording) throws -> Int {
      let before = try #require(Runtime.residentMemory)
      var most = before
      var last = 0.0
      let transcript = try whisper.transcribe(recording, options: options) { done, total in
        most = max(most, Runtime.residentMemory ?? 0)
        #expect(done > last && total == Double(seconds))
        last = done
      }
      #expect(last == Double(seconds) && transcript.duration == Double(seconds))
      #expect(transcript.segments.count > seconds / 30)
      return most - before
    }
    // Samples and log-mel frames of nine minutes more would be 52 MB. What tests beside this one take is noise that only
    // adds, and seldom three times.
    var differences: [Int] = []
    while differences.count < 3, differences.last.map({ $0 >= 20 << 20 }) ?? true {
      let (one, ten) = (try growth(60, recordings[0].1), try growth(600, recordings[1].1))
      differences.append(ten - one)
    }
    #expect(differences.contains { $0 < 20 << 20 }, "bytes more for ten minutes than for one: \(differences)")
  }

  @Test("Options that a model can't follow are refused by name")
  func refusals() throws {
    let (whisper, english) = try (
      WhisperTranscriber(folder: Self.folder()), WhisperTranscriber(folder: Self.folder("english"))
    )
    func failure(_ model: WhisperTranscriber, _ set: (inout TranscriptionOptions) -> Void) -> String {
      var options = TranscriptionOptions()
      set(&options)
      do {
        _ = try model.transcribe([[0, 0]], options: options)
        return "none"
      } catch {
        return "\(error)"
      }
    }
    #expect(failure(whisper) { $0.language = "klingon" } == "there is no language 'klingon'; the model has de, en, fr")
    #expect(failure(whisper) { $0.language = "polish" } == "there is no language 'pl'; the model has de, en, fr")
    #expect(
      failure(english) { $0.language = "de" } == "the model writes English alone; the language de can't be had of it")
    #expect(
      failure(english) { $0.task = .translate } == "the model writes English alone; a translation can't be had of it")
    #expect(
      failure(whisper) { $0.prompt = "see <|en|>" } == "the prompt can't be used: it holds <|en|>, which is no text")
    #expect(failure(whisper) { $0.beams = 0 }.hasPrefix("at least one beam"))
    #expect(failure(whisper) { $0.temperatures = [.nan] } == "a temperature is a number from 0")
    #expect(throws: FrontEndError.unusable(sample: 1, value: .infinity)) { try whisper.transcribe([[0, .infinity]]) }
    #expect(throws: FrontEndError.tooLong(samples: 480_001, limit: 480_000)) {
      try whisper.transcribe([[Float](repeating: 0, count: 480_001)])
    }
    #expect(english.languages.isEmpty && whisper.languages == ["de", "en", "fr"])
    #expect(
      try WhisperTranscriber.isMultilingual(Self.folder()) && !WhisperTranscriber.isMultilingual(Self.folder("english"))
    )
  }

  @Test("Damaged configurations are named with what is wrong in them")
  func damage() throws {
    let scratch = try TemporaryFolder()
    func failure(_ text: String) throws -> String {
      let folder = scratch(UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        try FileManager.default.createSymbolicLink(
          at: folder.appending(path: file), withDestinationURL: Self.folder().appending(path: file))
      }
      try Data(text.utf8).write(to: folder.appending(path: "generation_config.json"))
      do {
        _ = try WhisperTranscriber(folder: folder)
        return "none"
      } catch {
        return "\(error)".replacingOccurrences(of: folder.path, with: "FOLDER")
      }
    }
    #expect(
      try failure("{\"eos_token_id\": \"end\"}")
        == "FOLDER/generation_config.json: eos_token_id: a whole number is expected")
    #expect(
      try failure("{\"eos_token_id\": 99999}").hasPrefix(
        "FOLDER/generation_config.json: the id 99999 is none of a vocabulary of "))
    #expect(try failure("{").hasPrefix("FOLDER/generation_config.json: "))
    // What a bare file does not say comes from the tokenizer.
    #expect(try failure("{}") == "none")
  }
}
