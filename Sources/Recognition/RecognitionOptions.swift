public import Foundation

/// What is asked for beside the scores of each stretch.
public struct RecognitionOptions: Equatable, Sendable {
  /// The least probability, 0...1, of a class that is given as an answer; nil takes the threshold of the bundle's calibration,
  /// where it has one.
  public var abstainBelow: Double?
  /// Whether each segment says what carried the decision. Costs a pass of the network for each stream, and where the
  /// network has no attention pooling one for each second and word too.
  public var explains: Bool

  /// The defaults ask for scores alone.
  public init(abstainBelow: Double? = nil, explains: Bool = false) {
    self.abstainBelow = abstainBelow
    self.explains = explains
  }

  /// What is wrong with the numbers, as a sentence; nil when they can be used.
  public var fault: String? {
    abstainBelow.flatMap {
      (0...1).contains($0) ? nil : "answers can't be withheld below a probability of \($0); from 0 to 1 they can"
    }
  }
}

/// Finds the folder of a published model that a bundle names by its folder or by its id on the hub (`Hub.folder(for:)`).
public typealias ModelLocator = (String) throws -> URL

/// Takes every name for a folder's: for bundles of front ends, and of models that lie on this machine.
public let foldersAlone: @Sendable (String) throws -> URL = { URL(filePath: $0) }

/// A published Whisper that writes down what is said, for bundles that read texts.
public struct Transcriber: Equatable, Sendable {
  /// The model's folder in its published layout.
  public var folder: URL
  /// The language spoken, as a code or name; nil has it detected in each stretch.
  public var language: String?

  /// A Whisper in a folder.
  public init(folder: URL, language: String? = nil) {
    self.folder = folder
    self.language = language
  }
}

/// What is done with the channels of a recording.
public enum ChannelPlan: String, CaseIterable, Sendable {
  /// They are averaged.
  case mix
  /// Each is a speaker of its own, cut and recognised alone.
  case speakers
}

/// What can't be recognised as it was asked for.
public enum RecognitionError: Error, Equatable, CustomStringConvertible {
  /// Streams of the bundle read what is said, and nothing will write it down.
  case needsText(streams: [String])
  /// A stream of the bundle reads what is said, and a stretch that begins at so many seconds comes without words.
  case noText(stream: String, start: Double)
  /// A recording has more channels than can be speakers.
  case channels(path: String, count: Int, most: Int)
  /// A recording is longer than the seconds that are taken.
  case tooLong(longest: Double)

  /// What is wrong and what would be right.
  public var description: String {
    switch self {
    case .needsText(let streams):
      "the bundle's stream \(streams.joined(separator: " and ")) reads what is said, and the bundle was not trained to do "
        + "without; a transcriber (the folder of a Whisper) is needed"
    case .noText(let stream, let start):
      "the bundle's stream \(stream) reads what is said, the stretch at \(start) s comes without, and the bundle was not "
        + "trained to do without; a transcriber (the folder of a Whisper), or segments with their text, are needed"
    case .channels(let path, let count, let most):
      "\(path): it has \(count) channels, and at most \(most) can be speakers; the average of all can be recognised"
    case .tooLong(let longest):
      "the recording is longer than the \(longest) s that are taken"
    }
  }
}
