import Emotion
public import Foundation

extension CorpusImporter {
  /// Makes a corpus in Affect's layout of a source: audio is linked by its absolute path, not copied. The corpus appears
  /// under its name only when it is complete.
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
    let labels = LabelReader(map)
    progress(CorpusProgress(stage: "reading the source", completed: 0, total: 0))
    var found = try scan(source, ImportContext(options: options, labels: labels))
    guard !found.clips.isEmpty else {
      // What is wrong with the table says more than that nothing came of it.
      if let fault = found.faults.first(where: { $0.severity == .error }) {
        throw CorporaError.invalid(fault, corpus: source.path, others: found.faults.count - 1)
      }
      throw CorporaError.notFound(path: source.path, expected: expected)
    }

    var report = ImportReport(kind: kind, output: output.path, labelMap: map.name)
    let splits = try Self.splits(of: &found, options: options)
    report.add(found, words: labels)
    let names = Self.names(of: found.clips, report: &report)
    let folder =
      (try? source.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) == false
      ? source.deletingLastPathComponent() : source
    let root = folder.path.hasSuffix("/") ? String(folder.path.dropLast()) : folder.path
    let audios = output.appending(path: CorpusLayout.audios, directoryHint: .isDirectory)

    let writer = try CorpusWriter(folder: output, replacing: options.replacing)
    do {
      var utterances = [Utterance]()
      utterances.reserveCapacity(found.clips.count)
      let count = found.clips.count
      for index in 0..<count {
        // Taken out, so that its ratings are not held twice.
        let clip = found.clips[index]
        found.clips[index].ratings = []
        let path = clip.path.hasPrefix("/") ? clip.path : "\(root)/\(clip.path)"
        try writer.link(path: path, as: names[index])
        utterances.append(
          try utterance(clip, fileName: names[index], audios: audios, split: splits[index], labels: labels))
        progress(CorpusProgress(stage: "linking audio", completed: index + 1, total: count))
      }
      progress(CorpusProgress(stage: "writing labels", completed: 0, total: 0))
      try writer.write(utterances)
      try writer.finish()
      report.count(utterances, labels: found.clips.compactMap(\.label), map: map)
    } catch {
      writer.abandon()
      throw error
    }
    return report
  }

  private func utterance(
    _ clip: ImportSource.Clip, fileName: String, audios: URL, split: Split, labels: LabelReader
  ) throws -> Utterance {
    var consensus = clip.consensus
    if let label = clip.label, clip.consensus == nil {
      let asked = try labels.vote(for: label, of: clip.path)
      consensus = clip.ratings.isEmpty ? asked.consensus : Consensus(pluralityOf: clip.ratings)
    }
    var extra = clip.extra
    extra[labelColumn] = clip.label
    return Utterance(
      fileName: fileName, audio: audios.appending(path: fileName, directoryHint: .notDirectory),
      consensus: consensus ?? (split == .test3 ? .unlabelled : Consensus(pluralityOf: clip.ratings)),
      attributes: clip.attributes, speaker: clip.speaker, gender: clip.gender, split: split,
      transcript: clip.transcript, ratings: clip.ratings, extra: extra)
  }

  private static func splits(of found: inout ImportSource, options: ImportOptions) throws -> [Split] {
    if let given = options.splits {
      return try found.clips.map { clip in
        guard let split = clip.speaker.flatMap({ given[$0] }) else {
          throw CorporaError.option(
            name: "the list of splits", value: "without the speaker \(clip.speaker ?? "of") (\(clip.path))",
            allowed: "a split for every speaker")
        }
        return split
      }
    }
    let without = found.clips.count { $0.split == nil }
    if without > 0, without < found.clips.count {
      let first = found.clips.first { $0.split == nil }?.path ?? ""
      found.notes.append("\(without) clips are in none of the source's splits and were left out, such as \(first)")
      found.clips.removeAll { $0.split == nil }
    }
    guard without > 0, !found.clips.isEmpty, found.clips.first?.split == nil else {
      return found.clips.map { $0.split ?? .train }
    }
    let rule = SplitRule.splits(of: found.clips)
    if let note = rule.note { found.notes.append(note) }
    return rule.splits
  }

  /// The clips' names in `Audios/`: the file's own name unless the importer gave another; a name (without extension, in
  /// any case) that occurred in an earlier path gets `-2`, `-3` and so on, since transcripts are found by it.
  private static func names(of clips: [ImportSource.Clip], report: inout ImportReport) -> [String] {
    func fileName(_ clip: ImportSource.Clip) -> String { clip.name ?? SourceFolder.fileName(clip.path) }
    var taken = Set(clips.map { Utterance.name(ofFile: fileName($0)).lowercased() })
    var seen = Set<String>()
    var nextNumber = [String: Int]()
    return clips.map { clip in
      let fileName = fileName(clip)
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
    let source = source.path.hasSuffix("/") ? source.path : source.path + "/"
    let output = output.resolvingSymlinksInPath().standardizedFileURL.path + "/"
    guard !source.hasPrefix(output), !output.hasPrefix(source) else {
      throw CorporaError.unsafeOutput(
        path: output, reason: "it and the source \(source) lie in one another; choose a folder apart")
    }
  }
}

extension ImportReport {
  fileprivate mutating func add(_ found: ImportSource, words: LabelReader) {
    unrecognisedFiles = found.unrecognisedFiles
    labelsWithoutFile = found.labelsWithoutFile
    filesWithoutLabel = found.filesWithoutLabel
    faults = found.faults
    notes = found.notes
    votes = words.map.entries.compactMap { entry in
      words.words[entry.label].map {
        LabelCount(label: entry.label, letter: String(entry.vote.consensus.letter), clips: $0)
      }
    }
    unknownWords = words.unknownWords
  }

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
