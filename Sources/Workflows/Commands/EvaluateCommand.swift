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
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: labels.path, isDirectory: &isFolder)
    let file = exists && isFolder.boolValue ? labels.appending(path: "Labels/labels_consensus.csv") : labels
    let report = try EvaluationReport(
      predictions: Predictions(contentsOf: predictions), labels: ReferenceLabels(contentsOf: file, split: split),
      balancedSubsets: balancedSubsets)
    return try CommandResult(text: report.text, json: report)
  }
}
