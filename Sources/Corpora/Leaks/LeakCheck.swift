public import Foundation

/// Decodes a file to mono at `AudioFingerprint.sampleRate`, block by block, and hands each block over. The check gets it
/// from the part that decodes audio, and calls it from several tasks at once.
public typealias AudioBlocks = @Sendable (_ file: URL, _ body: ([Float]) -> Void) throws -> Void

/// Looks for what is in two splits of a corpus: speakers, recordings and texts.
public struct LeakCheck: Sendable {
  /// Texts of fewer words are said by anyone at any time, and are no leak.
  public var fewestWords = 5
  /// How many audio files are read at a time.
  public var concurrency = ProcessInfo.processInfo.activeProcessorCount
  private let blocks: AudioBlocks?

  /// A check that decodes audio with `blocks`; with nil, audio is not compared.
  public init(blocks: AudioBlocks?) { self.blocks = blocks }

  /// Checks a corpus. Fingerprints are kept in the corpus's folder, and made again only of files that changed.
  ///
  /// Throws `FileError` where they can't be written, or cancellation.
  public func run(
    on corpus: Corpus, progress: @escaping @Sendable (CorpusProgress) -> Void = { _ in }
  ) async throws -> LeakReport {
    var report = LeakReport(corpus: corpus.folder.path)
    report.speakers = Self.speakers(corpus)
    report.texts = texts(corpus)
    guard let blocks else { return report }
    let (fingerprints, failures) = try await self.fingerprints(corpus, blocks, progress: progress)
    report.notCompared = failures
    progress(CorpusProgress(stage: "comparing fingerprints", completed: 0, total: 0))
    report.audio = FingerprintIndex.matches(fingerprints).map { match in
      LeakReport.AudioPair(
        first: LeakReport.Clip(corpus.utterances[match.first]),
        second: LeakReport.Clip(corpus.utterances[match.second]), difference: match.difference,
        offset: Double(match.offset) * AudioFingerprint.hop)
    }
    return report
  }

  private static func speakers(_ corpus: Corpus) -> [LeakReport.Speaker] {
    var firsts = [String: [Split: Int]]()
    for (index, utterance) in corpus.utterances.enumerated() {
      guard let speaker = utterance.speaker, firsts[speaker]?[utterance.split] == nil else { continue }
      firsts[speaker, default: [:]][utterance.split] = index
    }
    return firsts.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { speaker, clips in
      LeakReport.Speaker(
        speaker: speaker, clips: clips.values.sorted().map { LeakReport.Clip(corpus.utterances[$0]) })
    }
  }

  private func texts(_ corpus: Corpus) -> [LeakReport.Text] {
    var said = [String: [Int]]()
    for (index, utterance) in corpus.utterances.enumerated() {
      guard let text = utterance.transcript.map(Self.normalised), text.split(separator: " ").count >= fewestWords else {
        continue
      }
      said[text, default: []].append(index)
    }
    return said.filter { Set($0.value.map { corpus.utterances[$0].split }).count > 1 }.sorted { $0.key < $1.key }
      .map { text, clips in
        LeakReport.Text(text: text, clips: clips.map { LeakReport.Clip(corpus.utterances[$0]) })
      }
  }

  /// Lower case, letters and digits alone, one space between words.
  static func normalised(_ text: String) -> String {
    text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "'" || $0 == "’") }
      .joined(separator: " ").replacingOccurrences(of: "’", with: "'")
  }

  private func fingerprints(
    _ corpus: Corpus, _ blocks: @escaping AudioBlocks, progress: @escaping @Sendable (CorpusProgress) -> Void
  ) async throws -> ([AudioFingerprint], failures: [String]) {
    let known = FingerprintCache(contentsOf: corpus.folder)
    var cache = FingerprintCache()
    var fingerprints = [AudioFingerprint](repeating: AudioFingerprint(frames: []), count: corpus.utterances.count)
    var missing = [(index: Int, info: (size: Int, changed: Int64))]()
    var failures = [String]()
    for (index, utterance) in corpus.utterances.enumerated() {
      guard let info = SmallFile.info(utterance.audio.path) else {
        failures.append("\(utterance.fileName): there is no such file")
        continue
      }
      if let entry = known.entries[utterance.fileName], entry.size == info.size, entry.changed == info.changed {
        fingerprints[index] = entry.fingerprint
        cache.entries[utterance.fileName] = entry
      } else {
        missing.append((index, info))
      }
    }
    // In parts, so that what was made is kept if the rest is cut short.
    let part = 20_000
    for start in stride(from: 0, to: missing.count, by: part) {
      let some = Array(missing[start..<min(start + part, missing.count)])
      let total = missing.count
      let made = try await BoundedTasks.map(some.map { corpus.utterances[$0.index].audio }, limit: concurrency) { url in
        Result { () throws -> AudioFingerprint in
          var maker = AudioFingerprint.Maker()
          try blocks(url) { maker.append($0) }
          return maker.finish()
        }
      } completed: {
        progress(CorpusProgress(stage: "listening", completed: start + $0, total: total))
      }
      for (place, result) in zip(some, made) {
        let name = corpus.utterances[place.index].fileName
        switch result {
        case .success(let fingerprint):
          fingerprints[place.index] = fingerprint
          cache.entries[name] = FingerprintCache.Entry(
            size: place.info.size, changed: place.info.changed, fingerprint: fingerprint)
        case .failure(let error): failures.append("\(name): \(error)")
        }
      }
      try cache.write(to: corpus.folder)
    }
    return (fingerprints, failures)
  }
}

extension LeakReport.Clip {
  init(_ utterance: Utterance) { self.init(fileName: utterance.fileName, split: utterance.split.rawValue) }
}
