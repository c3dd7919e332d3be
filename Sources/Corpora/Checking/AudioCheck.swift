import Foundation

/// The part of a check that opens audio.
struct AudioCheck: Sendable {
  let folder: URL
  let rows: [LabelTables.Row]
  let shortest: Double
  let longest: Double
  let concurrency: Int
  let probe: AudioProbe?

  private struct File: Sendable {
    let row: LabelTables.Row
    let path: String
    let size: Int

    /// Where the label is.
    var place: String { " (row \(row.line) of \(CorpusLayout.consensus))" }
  }

  func run(
    progress: @escaping @Sendable (CorpusProgress) -> Void
  ) async throws -> (findings: [Finding], durations: [String: Double]) {
    var findings = [Finding]()
    var files = [File]()
    var left = Set(try CorpusLayout.files(in: folder.appending(path: CorpusLayout.audios)))
    for row in rows {
      left.remove(row.fileName)
      let path = Self.path(row.fileName)
      guard let size = SmallFile.size("\(folder.path)/\(path)") else {
        findings.append(
          Finding(
            .error, .missingAudio, file: CorpusLayout.consensus, row: row.line, column: "FileName", value: row.fileName,
            message: "\(path) is missing, or links to a file that is"))
        continue
      }
      guard size > 0 else {
        findings.append(
          Finding(
            .error, .emptyAudio, file: path, message: "has no bytes (row \(row.line) of \(CorpusLayout.consensus))"))
        continue
      }
      files.append(File(row: row, path: "\(folder.path)/\(path)", size: size))
    }
    let heard = try await decode(files, progress: progress)
    findings += heard.findings
    findings += try await duplicates(files, progress: progress)
    for name in left.sorted() {
      findings.append(
        Finding(
          .warning, .audioWithoutLabel, file: Self.path(name),
          message: "has no valid row in \(CorpusLayout.consensus), so it is not used"))
    }
    return (findings, heard.durations)
  }

  private static func resolved(_ path: String) -> String { URL(filePath: path).resolvingSymlinksInPath().path }

  private static func path(_ fileName: String) -> String { "\(CorpusLayout.audios)/\(fileName)" }

  private func decode(
    _ files: [File], progress: @escaping @Sendable (CorpusProgress) -> Void
  ) async throws -> (findings: [Finding], durations: [String: Double]) {
    guard let probe else { return ([], [:]) }
    let results = try await BoundedTasks.map(files, limit: concurrency) { file in
      Result { try probe(URL(filePath: file.path, directoryHint: .notDirectory)) }
    } completed: {
      progress(CorpusProgress(stage: "decoding audio", completed: $0, total: files.count))
    }
    var findings = [Finding]()
    var durations = [String: Double]()
    for (file, result) in zip(files, results) {
      switch result {
      case .success(let facts):
        durations[file.row.fileName] = facts.duration
        findings += self.findings(file, facts)
      case .failure(let error):
        findings.append(
          Finding(
            .error, .unreadableAudio, file: Self.path(file.row.fileName),
            message: "can't be decoded: \(error)\(file.place)"))
      }
    }
    return (findings, durations)
  }

  private func findings(_ file: File, _ facts: AudioFacts) -> [Finding] {
    let path = Self.path(file.row.fileName)
    let seconds = String(format: "%.2f", facts.duration)
    if facts.duration <= 0 || !facts.duration.isFinite {
      return [Finding(.error, .emptyAudio, file: path, message: "has no samples\(file.place)")]
    }
    var findings = [Finding]()
    if facts.peak == 0 {
      findings.append(
        Finding(.warning, .silentAudio, file: path, message: "is silent: every sample is 0\(file.place)"))
    }
    if facts.duration < shortest {
      findings.append(
        Finding(
          .warning, .shortAudio, file: path, value: seconds,
          message: "lasts \(seconds) s; at least \(shortest) s is usual\(file.place)"))
    }
    if facts.duration > longest {
      findings.append(
        Finding(
          .warning, .longAudio, file: path, value: seconds,
          message: "lasts \(seconds) s; at most \(longest) s is usual\(file.place)"))
    }
    return findings
  }

  /// Files with the same bytes. Only files of the same size are read; those with the same hash are compared.
  private func duplicates(
    _ files: [File], progress: @escaping @Sendable (CorpusProgress) -> Void
  ) async throws -> [Finding] {
    let bySize = Dictionary(grouping: files.indices, by: { files[$0].size })
    let candidates = files.indices.filter { (bySize[files[$0].size]?.count ?? 0) > 1 }
    let hashes = try await BoundedTasks.map(candidates, limit: concurrency) { index in
      let options: Data.ReadingOptions = files[index].size > 1 << 20 ? .mappedIfSafe : []
      let url = URL(filePath: files[index].path, directoryHint: .notDirectory)
      return (try? Data(contentsOf: url, options: options)).map(ContentHash.hash)
    } completed: {
      progress(CorpusProgress(stage: "comparing audio", completed: $0, total: candidates.count))
    }
    struct Key: Hashable {
      let size: Int
      let hash: UInt64
    }
    var firsts = [Key: [Int]]()
    var findings = [Finding]()
    for (index, hash) in zip(candidates, hashes) {
      guard let hash else { continue }
      let key = Key(size: files[index].size, hash: hash)
      let same = firsts[key]?.first {
        FileManager.default.contentsEqual(
          atPath: Self.resolved(files[$0].path), andPath: Self.resolved(files[index].path))
      }
      guard let same else {
        firsts[key, default: []].append(index)
        continue
      }
      let (first, second) = (files[same].row, files[index].row)
      let leaks = first.split != second.split
      findings.append(
        Finding(
          leaks ? .error : .warning, .duplicateAudio, file: Self.path(second.fileName), row: nil,
          value: first.fileName,
          message: "has the same content as \(Self.path(first.fileName))"
            + (leaks ? ", which is in another split" : "")))
    }
    return findings
  }
}

/// A fast 64-bit hash of bytes: finds candidates for equality, which are then compared.
enum ContentHash {
  static func hash(_ data: Data) -> UInt64 {
    data.withUnsafeBytes { bytes in
      var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
      var offset = 0
      while offset + 8 <= bytes.count {
        hash = mix(hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        offset += 8
      }
      while offset < bytes.count {
        hash = mix(hash ^ UInt64(bytes[offset]))
        offset += 1
      }
      return hash
    }
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    let z = (value ^ (value >> 32)) &* 0xD6E8_FEB8_6659_FD93
    return z ^ (z >> 32)
  }
}
