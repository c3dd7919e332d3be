public import Emotion
public import Foundation

/// One clip of speech with everything the corpus says of it.
public struct Utterance: Hashable, Sendable {
  /// The audio file's name in `Audios/`, with its extension: the utterance's identity in every label file.
  public var fileName: String
  /// Where the audio lies.
  public var audio: URL
  /// What the raters agreed on.
  public var consensus: Consensus
  /// Arousal, valence and dominance from 1 to 7, each possibly missing.
  public var attributes: AttributeValues
  /// The speaker, or nil when unknown.
  public var speaker: String?
  /// The speaker's gender.
  public var gender: Gender
  /// The part of the corpus that the utterance belongs to.
  public var split: Split
  /// The words spoken, or nil when there is no transcript.
  public var transcript: String?
  /// What each rater said; empty when the corpus has no ratings.
  public var ratings: [Rating]
  /// Further columns of `labels_consensus.csv` by name, such as `Acted`, the class that an actor was asked for.
  public var extra: [String: String]

  /// An utterance.
  public init(
    fileName: String, audio: URL, consensus: Consensus, attributes: AttributeValues = AttributeValues(),
    speaker: String? = nil, gender: Gender = .unknown, split: Split, transcript: String? = nil, ratings: [Rating] = [],
    extra: [String: String] = [:]
  ) {
    self.fileName = fileName
    self.audio = audio
    self.consensus = consensus
    self.attributes = attributes
    self.speaker = speaker
    self.gender = gender
    self.split = split
    self.transcript = transcript
    self.ratings = ratings
    self.extra = extra
  }

  /// The file name without its extension: the transcript's name.
  public var name: String { Self.name(ofFile: fileName) }

  static func name(ofFile fileName: String) -> String {
    guard let dot = fileName.lastIndex(of: "."), dot != fileName.startIndex else { return fileName }
    return String(fileName[..<dot])
  }
}
