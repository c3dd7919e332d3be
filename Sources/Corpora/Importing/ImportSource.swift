public import Emotion
import Foundation

/// What an importer found in a source: its clips as the source labels them, and everything that did not fit.
public struct ImportSource: Sendable {
  /// One clip as its source describes it.
  public struct Clip: Sendable {
    /// The audio's path in the source folder, or an absolute path.
    public var path: String
    /// The audio's name in `Audios/` where it is not to keep its own; without folders, with an extension.
    public var name: String?
    /// The source's own label, such as the emotion that an actor was asked for; nil where there are only ratings or the
    /// label is withheld.
    public var label: String?
    /// What the source's raters agreed on, by the source's own rule; nil leaves it to the ratings or the label.
    public var consensus: Consensus?
    /// What each rater said; empty when the source has no raters.
    public var ratings: [Rating] = []
    /// Attribute values on the scale from 1 to 7.
    public var attributes = AttributeValues()
    /// The speaker's name in the source; nil when unknown.
    public var speaker: String?
    /// The speaker's gender.
    public var gender: Gender
    /// The words spoken, or nil where the source does not define them.
    public var transcript: String?
    /// The source's own split.
    public var split: Split?
    /// Further columns for `labels_consensus.csv`.
    public var extra: [String: String]

    /// A clip.
    public init(
      path: String, label: String?, speaker: String?, gender: Gender = .unknown, transcript: String? = nil,
      extra: [String: String] = [:]
    ) {
      self.path = path
      self.label = label
      self.speaker = speaker
      self.gender = gender
      self.transcript = transcript
      self.extra = extra
    }
  }

  /// The clips, in the order of their paths.
  public var clips: [Clip] = []
  /// Files that are none of the source's own kinds, by path.
  public var unrecognisedFiles: [String] = []
  /// Rows of the source's label table for which there is no audio, by the name in the table.
  public var labelsWithoutFile: [String] = []
  /// Audio of the source's kind that its label table does not name, by path.
  public var filesWithoutLabel: [String] = []
  /// Rows and cells of the source's tables that could not be used, with their places.
  public var faults: [Finding] = []
  /// Anything else that the user should know.
  public var notes: [String] = []

  /// Nothing found yet.
  public init() {}
}
