import Emotion
import Foundation

/// The words that corpora write for genders, splits and missing values.
enum SourceWords {
  /// The gender that a word stands for; empty is unknown, nil no such word.
  static func gender(_ word: String) -> Gender? {
    switch word.lowercased() {
    case "female", "f", "woman", "w": .female
    case "male", "m", "man": .male
    case "", "unknown", "unk", "u", "nan", "none", "na", "n/a", "other": .unknown
    default: nil
    }
  }

  /// The split that a word stands for, or nil when it is no such word.
  static func split(_ word: String) -> Split? {
    switch word.lowercased() {
    case "train", "training", "trn": .train
    case "development", "dev", "devel", "validation", "val", "valid": .development
    case "test", "test1", "tst", "eval", "evaluation": .test1
    case "test2": .test2
    case "test3": .test3
    default: nil
    }
  }

  /// Whether a cell says that there is no value.
  static func isMissing(_ cell: String) -> Bool {
    switch cell.lowercased() {
    case "", "nan", "none", "null", "na", "n/a", "<na>": true
    default: false
    }
  }

  /// A speaker's name, or nil where it is not known.
  static func speaker(_ cell: String) -> String? {
    isMissing(cell) || cell.lowercased() == "unknown" ? nil : cell
  }

  /// A value on another scale as one from 1 to 7.
  static func rescaled(_ value: Double, from scale: ClosedRange<Double>) -> Double {
    let (low, high) = (Attribute.scale.lowerBound, Attribute.scale.upperBound)
    if scale == Attribute.scale { return value }
    return low + (value - scale.lowerBound) * (high - low) / (scale.upperBound - scale.lowerBound)
  }

  /// Text of a file that should be UTF-8, and whether it was. What is not is read as UTF-16 where a byte order mark says
  /// so, and else as Windows-1252, of which Latin-1 is a part.
  static func text(_ data: Data) -> (text: String, isUTF8: Bool) {
    if data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF]),
      let text = String(data: data, encoding: .utf16)
    {
      return (text, false)
    }
    let bytes = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data
    if let text = String(validating: bytes, as: UTF8.self) { return (text, true) }
    return (String(data: data, encoding: .windowsCP1252) ?? String(decoding: data, as: UTF8.self), false)
  }
}
