import Basics
import Evaluation
import Foundation

/// Makes groupings by what users name: a column of the labels, or what the sound says.
enum Groupings {
  /// The names that are no columns.
  static let ofSound = ["duration", "snr"]

  /// Groupings by name. Columns are found whatever their case; `speaker`, `partition` and `agreement` stand for
  /// `SpkrID`, `Split_Set` and `Agreement`.
  ///
  /// - Parameter facts: the sound's, by the name of the clip; nil where no audio is at hand.
  static func named(
    _ names: [String], of clips: JudgedClips, facts: [String: ClipFacts]?
  ) throws -> [Grouping] {
    try names.map { name in
      let known = ["speaker": "SpkrID", "partition": "Split_Set"]
      let wanted = known[name.lowercased()] ?? name
      let column = clips.columns.keys.first { $0.lowercased() == wanted.lowercased() }
      if let column {
        return grouping(column, texts: clips.columns[column] ?? [])
      }
      guard ofSound.contains(name.lowercased()) else {
        throw EvaluationError.arguments(
          "there is no column \(name) to group by; the labels have "
            + (clips.columns.keys.sorted() + ofSound.map { "\($0) (of a corpus or run with its audio)" })
            .joined(separator: ", "))
      }
      guard let facts else {
        throw EvaluationError.arguments("grouping by \(name) needs the audio: give the corpus's folder as --labels")
      }
      return name.lowercased() == "duration"
        ? Grouping(
          "Duration", numbers: clips.names.map { facts[$0]?.duration ?? .nan }, edgesOrQuartiles: [2, 4, 8],
          unit: " s")
        : Grouping(
          "Signal-to-noise", numbers: clips.names.map { facts[$0]?.noiseRatio ?? .nan },
          edgesOrQuartiles: [10, 20, 30],
          unit: " dB")
    }
  }

  private static func grouping(_ column: String, texts: [String]) -> Grouping {
    guard column == "Agreement" else { return Grouping(column, texts: texts) }
    let numbers = texts.map { Double($0) ?? .nan }
    return Grouping("Agreement", numbers: numbers, edges: [0.5, 0.7, 0.999], last: "1")
  }
}
