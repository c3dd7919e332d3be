import Emotion
public import Foundation

extension CorpusImporter {
  /// Makes a corpus in Affect's layout of a source folder: audio is linked by its absolute path, not copied. The corpus
  /// appears under its name only when it is complete.
  ///
  /// Throws `CorporaError`.
  @discardableResult
  public func importCorpus(
    from source: URL, to output: URL, options: ImportOptions = ImportOptions(),
    progress: (CorpusProgress) -> Void = { _ in }
  ) throws -> ImportReport {
    let map = try options.labelMap.map(LabelMap.init(contentsOf:)) ?? LabelMap.builtIn(kind)
    let source = source.resolvingSymlinksInPath().standardizedFileURL
    try Self.checkApart(source: source, output: output)
    let found = try scan(source)
    guard !found.clips.isEmpty else { throw CorporaError.notFound(path: source.path, expected: expected) }

    var report = ImportReport(kind: kind, output: output.path, labelMap: map.name)
    report.unrecognisedFiles = found.unrecognisedFiles
    report.labelsWithoutFile = found.labelsWithoutFile
    report.filesWithoutLabel = found.filesWithoutLabel
    report.notes = found.notes
    let splits = try Self.splits(of: found.clips, options: options, report: &report)
    let names = Self.names(of: found.clips, report: &report)

    let writer = try CorpusWriter(folder: output, replacing: options.replacing)
    do {
      var utterances = [Utterance]()
      utterances.reserveCapacity(found.clips.count)
      for (index, clip) in found.clips.enumerated() {
        let audio = source.appending(path: clip.path)
        try writer.link(audio, as: names[index])
        utterances.append(
          try utterance(clip, fileName: names[index], audio: audio, split: splits[index], map: map))
        progress(CorpusProgress(stage: "linking audio", completed: index + 1, total: found.clips.count))
      }
      try writer.write(utterances)
      try writer.finish()
      report.count(utterances, labels: found.clips.map(\.label), map: map)
    } catch {
      writer.abandon()
      throw error
    }
    return report
  }

  private func utterance(
    _ clip: ImportSource.Clip, fileName: String, audio: URL, split: Split, map: LabelMap
  ) throws -> Utterance {
    let asked = try map.vote(for: clip.label, of: clip.path)
    let ratings = try clip.votes?.map { Rating(primary: try map.vote(for: $0, of: clip.path)) }
    var extra = clip.extra
    extra["Acted"] = clip.label
    return Utterance(
      fileName: fileName, audio: audio,
      consensus: ratings.map(Consensus.init(pluralityOf:)) ?? asked.consensus, speaker: clip.speaker,
      gender: clip.gender, split: split, transcript: clip.transcript, ratings: ratings ?? [], extra: extra)
  }

  private static func splits(
    of clips: [ImportSource.Clip], options: ImportOptions, report: inout ImportReport
  ) throws -> [Split] {
    guard let given = options.splits else {
      let rule = SplitRule.splits(of: clips)
      if let note = rule.note { report.notes.append(note) }
      return rule.splits
    }
    return try clips.map { clip in
      guard let split = given[clip.speaker] else {
        throw CorporaError.option(
          name: "the list of splits", value: "without the speaker \(clip.speaker) (\(clip.path))",
          allowed: "a split for every speaker")
      }
      return split
    }
  }

  /// The clips' names in `Audios/`: the file's own name; a name (without extension, in any case) that occurred in an
  /// earlier path gets `-2`, `-3` and so on, since transcripts are found by it.
  private static func names(of clips: [ImportSource.Clip], report: inout ImportReport) -> [String] {
    var taken = Set(clips.map { Utterance.name(ofFile: SourceFolder.fileName($0.path)).lowercased() })
    var seen = Set<String>()
    var nextNumber = [String: Int]()
    return clips.map { clip in
      let fileName = SourceFolder.fileName(clip.path)
      let name = Utterance.name(ofFile: fileName)
      let key = name.lowercased()
      if seen.insert(key).inserted { return fileName }
      var number = nextNumber[key] ?? 2
      while !taken.insert("\(key)-\(number)").inserted { number += 1 }
      nextNumber[key] = number + 1
      let unique = "\(name)-\(number)\(fileName.dropFirst(name.count))"
      report.renamed.append("\(clip.path) -> \(unique)")
      return unique
    }
  }

  /// An output that holds the source, or lies in it, could replace the audio that it links to.
  private static func checkApart(source: URL, output: URL) throws {
    let source = source.path + "/"
    let output = output.resolvingSymlinksInPath().standardizedFileURL.path + "/"
    guard !source.hasPrefix(output), !output.hasPrefix(source) else {
      throw CorporaError.unsafeOutput(
        path: output, reason: "it and the source \(source) lie in one another; choose a folder apart")
    }
  }
}

extension ImportReport {
  fileprivate mutating func count(_ utterances: [Utterance], labels: [String], map: LabelMap) {
    self.utterances = utterances.count
    var perLabel = [String: Int]()
    for label in labels { perLabel[label, default: 0] += 1 }
    self.labels = map.entries.compactMap { entry in
      perLabel[entry.label].map {
        LabelCount(label: entry.label, letter: String(entry.vote.consensus.letter), clips: $0)
      }
    }
    var names = [Split: Set<String>]()
    for utterance in utterances {
      ratings += utterance.ratings.count
      classes[String(utterance.consensus.letter), default: 0] += 1
      splits[utterance.split.rawValue, default: 0] += 1
      if let speaker = utterance.speaker { names[utterance.split, default: []].insert(speaker) }
    }
    speakers = Dictionary(uniqueKeysWithValues: names.map { ($0.key.rawValue, $0.value.sorted()) })
  }
}
