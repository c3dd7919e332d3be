import Evaluation
public import Foundation

/// `affect evaluate`
public enum EvaluateCommand {
  /// Holds predictions against labels.
  ///
  /// - Parameters:
  ///   - labels: a CSV with FileName and EmoClass, or a corpus's folder
  ///   - split: the rows of the labels to keep, by `Split_Set`; nil keeps all, each of which needs a prediction then
  ///   - balancedSubsets: the seed of BS-F1's subsets; nil leaves it out
  public static func run(
    predictions: URL, labels: URL, split: String?, balancedSubsets: UInt64?
  ) throws -> CommandResult {
    let report = try EvaluationReport(
      predictions: Predictions(contentsOf: predictions),
      labels: ReferenceLabels(contentsOf: labelsFile(labels), split: split),
      balancedSubsets: balancedSubsets)
    return try CommandResult(text: report.text, json: report)
  }

  /// The file itself, or a corpus's labels file.
  static func labelsFile(_ labels: URL) -> URL {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: labels.path, isDirectory: &isFolder)
    return exists && isFolder.boolValue ? labels.appending(path: "Labels/labels_consensus.csv") : labels
  }
}
