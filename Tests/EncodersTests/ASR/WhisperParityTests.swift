import Audio
import Encoders
import Foundation
import Tensors
import TestSupport
import Testing

/// Transcripts against transformers' `generate`, on a tiny Whisper with random weights: tokens, log-probabilities, times
/// and what fallback judges by, of whole clips and recordings.
@Suite(.enabled(if: SharedData.isAvailable, "needs the reference in ../shared"))
struct WhisperParityTests {
  typealias Case = WhisperPeer.Case

  /// A case with what it is called for by `TranscriptionOptions`.
  struct Pair: CustomTestStringConvertible, Sendable {
    var peer: Case
    var options: TranscriptionOptions
    var testDescription: String { peer.name }

    /// - Parameter arguments: JSON fields for `generate` beside the thresholds that both get
    init(
      _ name: String, _ audio: [String], configuration: String = "multilingual", isLong: Bool = false,
      _ arguments: String, seed: Int = 0, scale: Double = 1, _ set: (inout TranscriptionOptions) -> Void
    ) {
      var options = TranscriptionOptions()
      (options.temperatures, options.seed) = ([0], UInt64(seed))
      (options.compressionRatioThreshold, options.logProbabilityThreshold, options.noSpeechThreshold) = (nil, -1e6, nil)
      set(&options)
      var fields = ["\"temperature\": \(options.temperatures)"]
      if let value = options.logProbabilityThreshold { fields.append("\"logprob_threshold\": \(value)") }
      if let value = options.compressionRatioThreshold { fields.append("\"compression_ratio_threshold\": \(value)") }
      if let value = options.noSpeechThreshold { fields.append("\"no_speech_threshold\": \(value)") }
      if let value = isLong ? true : options.timestamps { fields.append("\"return_timestamps\": \(value)") }
      if let value = options.language { fields.append("\"language\": \"\(value)\"") }
      if let value = options.task { fields.append("\"task\": \"\(value.rawValue)\"") }
      if let value = options.maximumTokens { fields.append("\"max_new_tokens\": \(value)") }
      if options.beams > 1 { fields.append("\"num_beams\": \(options.beams)") }
      if options.conditionsOnPreviousText { fields.append("\"condition_on_prev_tokens\": true") }
      if !arguments.isEmpty { fields.append(arguments) }
      peer = Case(
        name: name, audio: audio, configuration: configuration, isLong: isLong,
        arguments: "{\(fields.joined(separator: ", "))}", prompt: options.prompt, seed: seed, scale: scale)
      self.options = options
    }
  }

  static let pairs: [Pair] = [
    Pair("greedy", ["short"], "") { ($0.language, $0.maximumTokens) = ("en", 40) },
    Pair("greedy to the end", ["middle"], "") { ($0.language, $0.task) = ("fr", .translate) },
    Pair("greedy with times", ["middle"], "") { ($0.language, $0.timestamps) = ("en", true) },
    Pair("nothing suppressed", ["jfk"], configuration: "unsuppressed", "") {
      ($0.language, $0.timestamps, $0.maximumTokens) = ("de", false, 60)
    },
    Pair("nothing suppressed, times", ["jfk"], configuration: "unsuppressed", "") {
      ($0.language, $0.timestamps, $0.maximumTokens) = ("de", true, 60)
    },
    Pair("language detected", ["jfk"], "") { $0.maximumTokens = 20 },
    Pair("language detected, task named", ["short"], "") { ($0.task, $0.maximumTokens) = (.translate, 20) },
    Pair("English alone", ["jfk"], configuration: "english", "") { $0.maximumTokens = 40 },
    Pair("English alone with times", ["jfk"], configuration: "english", "") {
      ($0.timestamps, $0.maximumTokens, $0.noSpeechThreshold) = (true, 40, 2)
    },
    Pair("beams", ["short"], "") { ($0.language, $0.beams, $0.maximumTokens) = ("en", 3, 30) },
    Pair("beams with times", ["jfk"], "") { ($0.language, $0.beams, $0.timestamps) = ("en", 5, true) },
    Pair("beams that end early", ["middle"], configuration: "unsuppressed", "") {
      ($0.language, $0.beams, $0.timestamps, $0.maximumTokens) = ("en", 4, true, 50)
    },
    Pair("prompt", ["jfk"], "") {
      ($0.language, $0.prompt, $0.maximumTokens, $0.noSpeechThreshold) = ("en", "Kids are talking", 30, 2)
    },
    Pair("clips together", ["short", "middle", "jfk"], "") { ($0.language, $0.maximumTokens) = ("en", 40) },
    Pair("languages of clips together", ["short", "middle", "jfk"], "") { $0.maximumTokens = 8 },
    Pair("silence", ["jfk"], "") {
      ($0.language, $0.timestamps, $0.noSpeechThreshold, $0.logProbabilityThreshold) = ("en", true, 0, 0)
    },
    Pair("no speech judged", ["jfk"], "") { ($0.language, $0.noSpeechThreshold, $0.maximumTokens) = ("en", 2, 10) },
    Pair("fallback draws", ["jfk"], "", seed: 7, scale: 0.4) {
      ($0.language, $0.temperatures, $0.logProbabilityThreshold, $0.maximumTokens) = ("en", [0, 0.4], -0.001, 40)
    },
    Pair("fallback draws with times", ["middle"], "", seed: 9, scale: 1) {
      ($0.language, $0.timestamps, $0.temperatures) = ("en", true, [0, 0.6, 1])
      ($0.compressionRatioThreshold, $0.maximumTokens) = (0.01, 40)
    },
    Pair("recording", ["talk"], isLong: true, "") { ($0.language, $0.compressionRatioThreshold) = ("en", 1e6) },
    Pair("recording told of its past", ["talk"], isLong: true, "") {
      ($0.language, $0.conditionsOnPreviousText, $0.maximumTokens, $0.noSpeechThreshold) = ("en", true, 60, 2)
    },
    Pair("recording with prompt and past", ["talk"], isLong: true, "") {
      ($0.language, $0.conditionsOnPreviousText, $0.prompt, $0.maximumTokens) = ("en", true, "Dogs are sitting", 60)
    },
    Pair("recording with prompt", ["talk"], isLong: true, "") {
      ($0.language, $0.prompt, $0.maximumTokens) = ("en", "Dogs are sitting", 40)
    },
    Pair("recording by beams", ["talk"], isLong: true, "") {
      ($0.language, $0.beams, $0.maximumTokens) = ("de", 2, 40)
    },
    Pair("recording with fallback", ["talk"], isLong: true, "", seed: 3) {
      ($0.temperatures, $0.logProbabilityThreshold, $0.maximumTokens) = ([0, 0.2, 1], -2.5, 40)
      $0.conditionsOnPreviousText = true
    },
  ]

  private static let peer = Result {
    try WhisperPeer(pairs.map(\.peer), audio: audio())
  }

  private static func audio() throws -> [String: [Float]] {
    let jfk = try AudioFile.decode(SharedData.url("speech/jfk.flac")).samples
    let talk = try AudioFile.decode(SharedData.url("speech/conversation.flac")).samples
    return [
      "short": voice(1.5) { 140 + 40 * $0 }, "middle": voice(4.2) { 220 - 20 * $0 }, "jfk": jfk,
      "talk": Array((talk + jfk + talk).prefix(16_000 * 67 + 77)),
    ]
  }

  @Test("Tokens, log-probabilities, times and judgements are those of generate", arguments: pairs)
  func parity(_ pair: Pair) throws {
    let peer = try Self.peer.get()
    let folder = try #require(peer.folders[pair.peer.configuration])
    let answer = try #require(peer.answers[pair.peer.name])
    let clips = try pair.peer.audio.map { try #require(peer.audio[$0]) }
    let whisper = try WhisperTranscriber(folder: folder)
    let transcripts =
      try pair.peer.isLong
      ? [whisper.transcribe(Recording(samples: clips[0]), options: pair.options)]
      : whisper.transcribe(clips, options: pair.options)
    #expect(transcripts.count == answer.segments.count)
    for (transcript, segments) in zip(transcripts, answer.segments) {
      #expect(transcript.segments.map { $0.tokens.map(\.id) } == segments.map(\.tokens))
      for (own, peer) in zip(transcript.segments, segments) {
        #expect(abs(own.start - min(max(peer.start, 0), transcript.duration)) < 1e-6)
        #expect(abs(own.end - max(own.start, min(peer.end, transcript.duration))) < 1e-6)
        let difference = largestDifference(own.tokens.map { log($0.probability) }, peer.logprobs)
        #expect(difference < 1e-4, "log-probabilities differ by \(difference)")
      }
    }
    if pair.options.temperatures == [0], transcripts.count == 1 {
      // Windows, of which each may have several segments.
      let windows = transcripts[0].segments.reduce(into: [Transcript.Segment]()) { list, segment in
        if list.last?.averageLogProbability != segment.averageLogProbability { list.append(segment) }
      }
      func expect(_ own: [Double], _ peer: [Double], _ what: String) {
        #expect(own.count == peer.count && zip(own, peer).allSatisfy { abs($0 - $1) < 1e-4 }, "\(what): \(own) \(peer)")
      }
      guard !windows.isEmpty else { return }
      expect(windows.map { Double($0.averageLogProbability) }, answer.averages.map(Double.init), "averages")
      if pair.options.compressionRatioThreshold != nil {
        expect(windows.map(\.compressionRatio), answer.ratios, "compression ratios")
      }
      if pair.options.noSpeechThreshold != nil {
        expect(
          windows.compactMap { $0.noSpeechProbability.map(Double.init) }, answer.noSpeech.map(Double.init), "no speech")
      }
    }
    if pair.options.language == nil, pair.peer.configuration != "english" {
      let ids = transcripts.map { peer.ids["<|\($0.language ?? "")|>"] }
      #expect(ids == answer.languages.map(Optional.some))
    }
  }

  @Test("The cases go through what they are about")
  func coverage() throws {
    let peer = try Self.peer.get()
    func answer(_ name: String) throws -> WhisperPeer.Answer { try #require(peer.answers[name]) }
    #expect(try answer("silence").segments == [[]])
    #expect(try answer("greedy with times").segments[0].count > 2)
    #expect(try answer("recording").segments[0].count > 4)
    // Three windows at least, of which each failed at temperature 0.
    #expect(try answer("recording with fallback").averages.count >= 6)
    #expect(try answer("recording told of its past").noSpeech.count >= 3)
  }
}
