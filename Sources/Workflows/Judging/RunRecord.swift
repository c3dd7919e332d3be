import Basics
import Corpora
import Evaluation
import Foundation

/// `RUN/run.json`: what a run was made of, for whoever judges it later.
struct RunRecord: Codable {
  /// The corpus's folder, where it was.
  var corpus: String
  /// Whether the speech is synthetic, as far as the corpus says.
  var isSynthetic: Bool
  /// Clips and speakers of each split that could be used.
  var clips: [String: Int]
  var speakers: [String: Int]
  /// Clips that could not be used.
  var leftOut: Int
  /// Trained numbers.
  var parameters: Int
  /// Seconds from the beginning to the predictions.
  var seconds: Double
  /// What it ran on.
  var system: String
  /// The recipe, encoders, clips and targets that a run is finished for; nil where nobody goes on with it.
  var identity: String?

  init(
    corpus: Corpus, usable: [Utterance], leftOut: Int, parameters: Int, seconds: Double, identity: String? = nil
  ) {
    self.corpus = corpus.folder.standardizedFileURL.path
    // The synthesiser's own read-me is in its corpora.
    isSynthetic =
      (try? String(contentsOf: corpus.folder.appending(path: "README.md"), encoding: .utf8))?
      .localizedCaseInsensitiveContains("synthetic") ?? false
    clips = Dictionary(grouping: usable, by: \.split.rawValue).mapValues(\.count)
    speakers = Dictionary(grouping: usable, by: \.split.rawValue).mapValues { Set($0.compactMap(\.speaker)).count }
    self.leftOut = leftOut
    self.parameters = parameters
    self.seconds = seconds
    self.identity = identity
    let process = ProcessInfo.processInfo
    system = "\(process.operatingSystemVersionString), \(process.activeProcessorCount) cores"
  }

  /// Reads the record of a run; nil where an older Affect left none.
  static func read(_ run: URL) throws -> RunRecord? {
    let url = run.appending(path: "run.json")
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    do {
      return try JSONDecoder().decode(RunRecord.self, from: Data(contentsOf: url))
    } catch {
      throw FileError(url: url, message: "is not the record of a run: \(DecodingProblem(error).description)")
    }
  }

  func write(_ run: URL) throws {
    try AtomicFile.write(CommandResult.encode(self), to: run.appending(path: "run.json"))
  }
}
