import Encoders
import Foundation
import Testing

@Suite("Formats of transcripts")
struct TranscriptFormatTests {
  private let transcript: Transcript

  init() throws {
    let json = #"""
      {"language": "en", "duration": 3725.5, "text": "One. Two --> <three> & more", "segments": [
        {"start": 0, "end": 1.25, "text": " One.", "temperature": 0, "avg_logprob": -0.5, "compression_ratio": 1.5,
          "no_speech_prob": 0.25, "tokens": [{"id": 7, "text": " One", "probability": 0.5}]},
        {"start": 2, "end": 2.5, "text": "  ", "temperature": 0, "avg_logprob": -1, "compression_ratio": 1, "tokens": []},
        {"start": 3723.0004, "end": 3725.4996, "text": "Two --> <three>\n\n& more", "temperature": 0.2,
          "avg_logprob": -0.75, "compression_ratio": 1.25, "tokens": []}
      ]}
      """#
    transcript = try JSONDecoder().decode(Transcript.self, from: Data(json.utf8))
  }

  @Test func text() throws { #expect(try transcript.written(as: .text) == "One. Two --> <three> & more\n") }

  @Test("SubRip: numbered, no arrow or empty line within a cue, none without words")
  func srt() throws {
    #expect(
      try transcript.written(as: .srt) == """
        1
        00:00:00,000 --> 00:00:01,250
        One.

        2
        01:02:03,000 --> 01:02:05,500
        Two -> <three> & more

        """)
  }

  @Test("WebVTT: characters that mark tags are escaped")
  func vtt() throws {
    #expect(
      try transcript.written(as: .vtt) == """
        WEBVTT

        00:00:00.000 --> 00:00:01.250
        One.

        01:02:03.000 --> 01:02:05.500
        Two --&gt; &lt;three> &amp; more

        """)
  }

  @Test("JSON holds everything and is read back")
  func json() throws {
    let text = try transcript.written(as: .json)
    #expect(try JSONDecoder().decode(Transcript.self, from: Data(text.utf8)) == transcript)
    #expect(text.contains("\"probability\" : 0.5") && text.contains("\"avg_logprob\" : -0.75"))
    #expect(TranscriptFormat.allCases.map(\.fileExtension) == ["txt", "json", "srt", "vtt"])
  }
}
