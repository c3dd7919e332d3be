import Basics
import Evaluation
public import Foundation

/// `affect submission`
public enum SubmissionCommand {
  private struct Result: Encodable {
    let task: String
    let file: String
    let files: Int
  }

  /// Writes a submission of predictions, and checks it as the challenge would.
  ///
  /// - Parameters:
  ///   - task: `categorical` or `attributes`
  ///   - expecting: the files to be predicted: see `names(in:)`; nil leaves this unchecked
  public static func write(
    predictions: URL, task: String, output: URL, expecting: URL?, map: [String]
  ) throws -> CommandResult {
    guard let task = Submission.Task(rawValue: task) else {
      throw EvaluationError.arguments(
        "there is no task '\(task)'; there are \(Submission.Task.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let columns = try PredictionColumns(contentsOf: predictions, columns: ColumnNames(map))
    let submission = try Submission(task, of: columns)
    let checked = try Submission.check(
      csv: submission.csv, expecting: expecting.map(names), source: predictions.path)
    try AtomicFile.write(submission.csv, to: output)
    return try result(checked, output)
  }

  /// Checks a file.
  public static func check(_ file: URL, expecting: URL?) throws -> CommandResult {
    try result(Submission.check(file, expecting: expecting.map(names)), file)
  }

  private static func result(_ submission: Submission, _ file: URL) throws -> CommandResult {
    let task = submission.task == .categorical ? "Task 1 (categories)" : "Task 2 (attributes)"
    return try CommandResult(
      text: "\(file.path): \(submission.count) files for \(task), as the challenge takes it",
      json: Result(task: submission.task.rawValue, file: file.path, files: submission.count))
  }

  /// The files that are expected: those of a folder of audio, or the lines or `FileName`s of a text file.
  private static func names(in url: URL) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw FileError(url: url, message: "is not there; a folder of audio or a list of file names is expected")
    }
    if isFolder.boolValue {
      return try FileManager.default.contentsOfDirectory(atPath: url.path).filter { !$0.hasPrefix(".") }.sorted()
    }
    let lines = try String(contentsOf: url, encoding: .utf8).split(whereSeparator: \.isNewline).map(String.init)
    let isTable = lines.first?.hasPrefix("FileName") ?? false
    return (isTable ? Array(lines.dropFirst()) : lines).map { $0.split(separator: ",").first.map(String.init) ?? "" }
      .filter { !$0.isEmpty }
  }
}
