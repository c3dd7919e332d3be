import Foundation

extension CorpusWriter {
  /// Speaks clips into `Audios/`, several at a time. What a stopped run left whole is kept: a file has its final name only
  /// when it is complete.
  ///
  /// - Returns: how many were there already.
  func speak(
    _ clips: [(fileName: String, speech: ESpeak.Speech)], by espeak: ESpeak, concurrency: Int,
    progress: @escaping @Sendable (CorpusProgress) -> Void
  ) async throws -> Int {
    let missing = clips.filter { !Self.isWhole(audio($0.fileName)) }
    let present = clips.count - missing.count
    _ = try await BoundedTasks.map(missing, limit: concurrency) { clip in
      let file = audio(clip.fileName)
      let aside = file.appendingPathExtension("part")
      try await espeak.speak(clip.speech, to: aside)
      guard rename(aside.path, file.path) == 0 else { throw SmallFile.failure("could not be put in place", file.path) }
    } completed: {
      progress(CorpusProgress(stage: "speaking", completed: present + $0, total: clips.count))
    }
    return present
  }

  /// Whether a file is a WAV file as long as its header says: after a power cut it may have a name and no content.
  private static func isWhole(_ file: URL) -> Bool {
    guard let size = SmallFile.size(file.path), size > 44, let handle = try? FileHandle(forReadingFrom: file) else {
      return false
    }
    defer { try? handle.close() }
    guard let head = try? handle.read(upToCount: 8), head.count == 8, head.starts(with: Data("RIFF".utf8)) else {
      return false
    }
    return head.dropFirst(4).reversed().reduce(0) { $0 << 8 | Int($1) } == size - 8
  }
}
