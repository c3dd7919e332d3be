import Basics
public import Foundation

extension SpeakerFolds {
  private static let columns = ["FileName", "SpkrID", "Fold"]

  /// Writes `Folds/NAME.csv` of the corpus with the columns `FileName,SpkrID,Fold` and returns its place. Utterances of
  /// unknown speakers have an empty `Fold`. The name defaults to `speakers-COUNT`.
  ///
  /// Throws `CorporaError`.
  @discardableResult
  public func write(to corpus: Corpus, name: String? = nil) throws -> URL {
    var table = CSVText(header: Self.columns)
    for assignment in assignments { table.append([assignment.fileName, assignment.speaker, String(assignment.fold)]) }
    for fileName in withoutSpeaker { table.append([fileName, CorpusLayout.unknownSpeaker, ""]) }
    let folder = corpus.folder.appending(path: CorpusLayout.folds)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CorporaError.fileSystem(path: folder.path, problem: "could not be made: \(error.localizedDescription)")
    }
    let file = folder.appending(path: "\(name ?? "speakers-\(count)").csv")
    try AtomicFile.write(table.data, to: file)
    return file
  }

  /// Reads folds from a file. Folds are numbered from 0 without a gap, and no speaker may be in two.
  ///
  /// Throws `CorporaError` that names the row.
  public init(contentsOf file: URL) throws {
    let table = try SourceTable(contentsOf: file, columns: Self.columns)
    var assignments = [Assignment]()
    var withoutSpeaker = [String]()
    var folds = [String: Int]()
    var names = Set<String>()
    func fault(_ row: CSVTable.Row, _ problem: String, allowed: String) -> CorporaError {
      .invalidRow(file: file.lastPathComponent, row: row.line, problem: problem, allowed: allowed)
    }
    for row in table.rows {
      let fileName = table.cell(row, "FileName")
      guard names.insert(fileName).inserted else {
        throw fault(row, "\(fileName) is there twice", allowed: "one row for each file")
      }
      let (speaker, cell) = (table.cell(row, "SpkrID"), table.cell(row, "Fold"))
      if cell.isEmpty, speaker == CorpusLayout.unknownSpeaker {
        withoutSpeaker.append(fileName)
        continue
      }
      guard let fold = Int(cell), fold >= 0 else {
        throw fault(row, "Fold is \"\(cell)\"", allowed: "a number from 0")
      }
      if let other = folds.updateValue(fold, forKey: speaker), other != fold {
        throw fault(row, "the speaker \(speaker) is in the folds \(other) and \(fold)", allowed: "one fold a speaker")
      }
      assignments.append(Assignment(fileName: fileName, speaker: speaker, fold: fold))
    }
    let used = Set(folds.values)
    let count = (used.max() ?? -1) + 1
    guard count >= 3, used.count == count else {
      throw CorporaError.folds(
        problem: "\(file.path) has the folds \(used.sorted()); expected are 3 or more, numbered from 0 without a gap")
    }
    self.init(count: count, assignments: assignments, withoutSpeaker: withoutSpeaker)
  }
}
