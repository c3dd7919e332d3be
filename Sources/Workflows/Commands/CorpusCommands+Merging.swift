import Corpora
public import Foundation

extension CorpusCommands {
  /// Makes one corpus of several; audio is linked.
  public static func merge(_ corpora: [URL], output: URL, replacing: Bool) throws -> CommandResult {
    let report = try CorpusMerge(corpora).write(to: output, replacing: replacing)
    return try CommandResult(text: report.description, json: report)
  }
}
