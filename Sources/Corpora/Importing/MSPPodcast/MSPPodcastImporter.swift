import Emotion
public import Foundation

/// MSP-Podcast in the shape of any release from 1.6 to 2.0 and of the challenge: labels as CSV (`labels_consensus` or
/// `labels_concensus`), as JSON or as `labels.txt`; ratings as columns, as `EmoDetail` strings or as JSON.
public struct MSPPodcastImporter: CorpusImporter {
  /// The name on the command line and of the label map.
  public let kind = "msp-podcast"
  /// The corpus, with its reference.
  public let title = "MSP-Podcast, spontaneous English speech, any release (Lotfian and Busso 2019)"
  /// What the source folder should hold.
  public let expected = "MSP-Podcast: Audios/ and Labels/ with labels_consensus.csv (or .json, or labels.txt)"

  /// The importer.
  public init() {}

  /// Joins audio, consensus labels, ratings, partitions, speakers and transcripts. Audio of `Test3` needs no label.
  public func scan(_ source: URL, _ context: ImportContext) throws -> ImportSource {
    let release = try Release(source, expected: expected)
    var found = ImportSource()
    var audio = Set(try CorpusLayout.files(in: source.appending(path: release.audios)).filter(SourceFolder.isAudio))
    let partitions = try release.partitions(&found)
    let speakers = try release.speakers(&found)
    var places = [String: Int]()

    try release.readConsensus(into: &found) { row, found in
      let name = row.fileName
      guard places[name] == nil else {
        found.faults.append(row.finding(.duplicateRow, "FileName", name, "one row for each file"))
        return
      }
      guard audio.remove(name) != nil else {
        found.labelsWithoutFile.append(name)
        return
      }
      let written = row.split.isEmpty ? nil : SourceWords.split(row.split)
      if written == nil, !row.split.isEmpty {
        found.faults.append(row.finding(.unknownSplit, "Split_Set", row.split, "Train, Development or Test1 to Test3"))
      }
      guard let split = written ?? partitions[name] else {
        if row.split.isEmpty {
          found.faults.append(row.finding(.unknownSplit, "Split_Set", "", "a split here or in Partitions.txt"))
        }
        return
      }
      let letter = row.consensus.count == 1 ? row.consensus.first.flatMap(Consensus.init(letter:)) : nil
      let consensus = letter ?? (row.consensus.isEmpty && split == .test3 ? .unlabelled : nil)
      guard let consensus else {
        found.faults.append(
          row.finding(.unknownClass, "EmoClass", row.consensus, "one of A S H U F D C N, O (other) or X (no agreement)")
        )
        return
      }
      let gender = SourceWords.gender(row.gender)
      if gender == nil {
        found.faults.append(row.finding(.unknownGender, "Gender", row.gender, "Female, Male or Unknown"))
      }
      var clip = ImportSource.Clip(
        path: "\(release.audios)/\(name)", label: nil, speaker: SourceWords.speaker(row.speaker) ?? speakers[name],
        gender: gender ?? .unknown)
      clip.consensus = consensus
      clip.split = split
      clip.attributes = row.attributes
      places[name] = found.clips.count
      found.clips.append(clip)
    }
    for name in audio.sorted() {
      guard partitions[name] == .test3 || name.lowercased().contains("_test3_") else {
        found.filesWithoutLabel.append("\(release.audios)/\(name)")
        continue
      }
      var clip = ImportSource.Clip(path: "\(release.audios)/\(name)", label: nil, speaker: speakers[name])
      clip.split = .test3
      clip.consensus = .unlabelled
      places[name] = found.clips.count
      found.clips.append(clip)
    }
    try readRatings(release, places, context.labels, &found)
    try readTranscripts(release, &found)
    return found
  }

  private func readRatings(
    _ release: Release, _ places: [String: Int], _ labels: LabelReader, _ found: inout ImportSource
  ) throws {
    var strays = 0
    try release.readRatings(into: &found) { row, found in
      guard let place = places[row.fileName] else {
        strays += 1
        return
      }
      let words = Rating.secondaryWords(row.secondary, isWord: labels.isWord)
      found.clips[place].ratings.append(
        labels.rating(
          rater: row.rater.isEmpty ? nil : row.rater, primary: row.primary, secondary: words,
          attributes: row.attributes))
    }
    if strays > 0 { found.notes.append("\(strays) ratings are of files without a label or audio and were left out") }
    let unlabelled = found.clips.count { $0.consensus == .unlabelled }
    if unlabelled > 0 { found.notes.append("\(unlabelled) clips of Test3 have no label") }
  }

  private func readTranscripts(_ release: Release, _ found: inout ImportSource) throws {
    let folder = release.folder.appending(path: "Transcripts")
    let there = Set(try CorpusLayout.files(in: folder))
    let names = found.clips.map { Utterance.name(ofFile: SourceFolder.fileName($0.path)) + ".txt" }
    let root = folder.path
    let texts = try Parallel.map(names.count) { index -> (words: String, isUTF8: Bool)? in
      guard there.contains(names[index]) else { return nil }
      let (text, isUTF8) = SourceWords.text(Data(try SmallFile.read("\(root)/\(names[index])")))
      return (text.trimmingCharacters(in: .whitespacesAndNewlines), isUTF8)
    }
    var mended = [String]()
    for (index, text) in texts.enumerated() {
      guard let text else { continue }
      if !text.isUTF8 { mended.append(names[index]) }
      found.clips[index].transcript = text.words
    }
    if let first = mended.first {
      found.notes.append("\(mended.count) transcripts are not UTF-8 and were rewritten, such as \(first)")
    }
  }
}
