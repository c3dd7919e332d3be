/// One way in which predictions and labels do not fit together, with everything that it concerns.
public struct Mismatch: Equatable, Sendable {
  /// The ways.
  public enum Kind: String, CaseIterable, Sendable {
    /// A file has a prediction and no label.
    case withoutLabel
    /// A file has a label of one of the classes and no prediction.
    case withoutPrediction
    /// A file that is expected in a submission is not there.
    case lacking
    /// A file of a submission is none of those that are expected.
    case unexpected
    /// A file has two predictions.
    case doubledPrediction
    /// A file has two labels.
    case doubledLabel
    /// A row names no file.
    case unnamed
    /// A row of predictions decides on something that is no class, or none of the classes that have a column.
    case otherPredictedClass
    /// A label is no class.
    case otherLabelledClass
    /// A field that should hold a number holds something else, NaN included.
    case notANumber
    /// A probability is outside of 0...1.
    case notAProbability
    /// The probabilities of a row do not sum to one.
    case sum
    /// An attribute is outside of the scale by more than any rater could mean: a probability in its column, say.
    case offScale
    /// The content of two columns looks exchanged.
    case swapped
  }

  /// The way.
  public let kind: Kind
  /// What it concerns, each with its place: all of it, in the order of the files.
  public let places: [String]

  /// A finding, as it is.
  public init(_ kind: Kind, _ places: [String]) {
    self.kind = kind
    self.places = places
  }

  /// Such as `2 files with a prediction but no label: a.wav, b.wav`.
  var sentence: String {
    let shown = places.prefix(5).joined(separator: ", ")
    let more = places.count > 5 ? " and \(places.count - 5) more" : ""
    return "\(Self.counted(places.count, Self.what(kind))): \(shown)\(more)"
  }

  private static func what(_ kind: Kind) -> (one: String, many: String) {
    switch kind {
    case .withoutLabel: ("file with a prediction but no label", "files with a prediction but no label")
    case .withoutPrediction: ("file with a label but no prediction", "files with a label but no prediction")
    case .lacking: ("expected file without a row", "expected files without a row")
    case .unexpected: ("file that is not expected", "files that are not expected")
    case .doubledPrediction: ("file predicted twice", "files predicted twice")
    case .doubledLabel: ("file labelled twice", "files labelled twice")
    case .unnamed: ("row without a file name", "rows without a file name")
    case .otherPredictedClass:
      ("decision that is not one of the classes", "decisions that are not one of the classes")
    case .otherLabelledClass:
      (
        "label that is none of A S H U F D C N, O other, X no agreement",
        "labels that are none of A S H U F D C N, O other, X no agreement"
      )
    case .notANumber: ("field that holds no number", "fields that hold no number")
    case .notAProbability: ("probability outside of 0 to 1", "probabilities outside of 0 to 1")
    case .sum: ("row whose probabilities do not sum to 1", "rows whose probabilities do not sum to 1")
    case .offScale:
      ("attribute outside of its scale from 1 to 7", "attributes outside of their scale from 1 to 7")
    case .swapped:
      ("pair of columns that look exchanged", "pairs of columns that look exchanged")
    }
  }

  private static func counted(_ count: Int, _ what: (one: String, many: String)) -> String {
    count == 1 ? "1 \(what.one)" : "\(count) \(what.many)"
  }
}

/// Gathers what does not fit, kind by kind.
struct MismatchList: Sendable {
  private var places: [Mismatch.Kind: [String]] = [:]

  mutating func add(_ kind: Mismatch.Kind, _ place: @autoclosure () -> String) {
    places[kind, default: []].append(place())
  }

  mutating func add(_ other: MismatchList) {
    for (kind, found) in other.places { places[kind, default: []] += found }
  }

  var all: [Mismatch] {
    Mismatch.Kind.allCases.compactMap { kind in places[kind].map { Mismatch(kind, $0) } }
  }
}
