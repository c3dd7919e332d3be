import Basics
import Corpora
import Evaluation
import Foundation

/// The predictions of a run, or of a file, with their labels.
struct JudgedRun {
  /// The run's folder; nil for a file.
  let folder: URL?
  /// Its name in tables.
  let name: String
  /// The split, or what the predictions' file is called.
  let split: String
  let clips: JudgedClips
  /// Where the corpus lies, if it still does.
  let corpus: URL?
  let record: RunRecord?

  /// Reads a run's folder.
  ///
  /// - Parameters:
  ///   - split: such as `Development`; nil takes all folds together, or the first test split, or development.
  ///   - corpus: where the corpus lies now; nil takes it from the run's record.
  init(_ folder: URL, split: String? = nil, corpus: URL? = nil) throws {
    let files = FileManager.default
    let predictions = folder.appending(path: "predictions")
    let found = Set(
      ((try? files.contentsOfDirectory(atPath: predictions.path)) ?? []).filter { $0.hasSuffix(".csv") }
        .map { String($0.dropLast(4)) })
    guard !found.isEmpty else {
      throw FileError(
        url: folder, message: "holds no predictions/*.csv: the folder of a finished training run is expected")
    }
    let wanted = split.map { [$0] } ?? ["folds", "Test1", "Test2", "Test3", "Development"]
    guard let chosen = wanted.first(where: found.contains) else {
      throw FileError(
        url: folder,
        message:
          "has no predictions of \(wanted.joined(separator: ", ")); it has \(found.sorted().joined(separator: ", "))")
    }
    record = try RunRecord.read(folder)
    let recorded = record.map { URL(filePath: $0.corpus, directoryHint: .isDirectory) }
    self.corpus = (corpus ?? recorded).flatMap { files.fileExists(atPath: $0.path) ? $0 : nil }
    let labels = folder.appending(path: "labels.csv")
    let wholeSet = chosen == "folds" ? nil : chosen
    let columns: LabelColumns
    if files.fileExists(atPath: labels.path) {
      columns = try LabelColumns(contentsOf: labels, split: wholeSet)
    } else if let corpus = self.corpus {
      columns = try LabelColumns.read(corpus, split: wholeSet)
    } else {
      throw FileError(
        url: folder, message: "has no labels.csv, and its corpus is not at hand; say where it lies with --corpus")
    }
    clips = try JudgedClips(PredictionColumns(contentsOf: predictions.appending(path: "\(chosen).csv")), columns)
    self.folder = folder
    name = folder.standardizedFileURL.lastPathComponent
    self.split = chosen
  }

  /// Reads a file of predictions with labels.
  init(file: URL, labels: URL, split: String?) throws {
    folder = nil
    record = nil
    name = file.deletingPathExtension().lastPathComponent
    self.split = split ?? "all labels"
    clips = try JudgedClips(PredictionColumns(contentsOf: file), LabelColumns.read(labels, split: split))
    corpus = nil
  }

  /// Where the audio of a clip lies, if it is at hand.
  func audio(_ name: String) -> URL? {
    guard let corpus else { return nil }
    let url = corpus.appending(path: "Audios/\(name)")
    return FileManager.default.fileExists(atPath: url.path) ? url.resolvingSymlinksInPath() : nil
  }

  /// Groups of speakers are drawn where there are enough of them to say how speakers differ.
  static let fewestSpeakers = 20

  func resampling(count: Int, cluster: String?, seed: UInt64) -> Resampling {
    if let cluster { return Resampling(unit: .groups(column: cluster), count: count, seed: seed) }
    let speakers = Set(clips.columns["SpkrID"] ?? []).subtracting(["", "Unknown"]).count
    return Resampling(
      unit: speakers >= Self.fewestSpeakers ? .groups(column: "SpkrID") : .utterances, count: count, seed: seed)
  }

  /// The groupings that the run's data allow, and those by the columns that are named.
  func groupings(also wanted: [String] = [], report: (Notice) -> Void) throws -> [Grouping] {
    var names = ["Gender", "SpkrID", "Agreement"].filter { name in
      Set(clips.columns[name] ?? []).subtracting([""]).count > 1
    }
    if Set(clips.columns["Split_Set"] ?? []).count > 1 { names.append("Split_Set") }
    var facts: [String: ClipFacts]?
    if let folder, corpus != nil {
      let heard = clips.names.compactMap { name in audio(name).map { (name, $0) } }
      facts = try ClipFacts.read(heard, cache: folder.appending(path: "audio.json"), report: report)
      if facts?.isEmpty == false { names += Groupings.ofSound }
    }
    let found = try Groupings.named(names, of: clips, facts: facts).filter { $0.groups.count > 1 }
    let more = try Groupings.named(wanted, of: clips, facts: facts)
    return found + more.filter { one in !found.contains { $0.name == one.name } }
  }
}
