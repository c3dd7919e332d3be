import Crypto
import Foundation
import Tensors

/// A folder of parts of stacks that are finished: a fit that was killed takes them up, and so does another fit whose part
/// is the same. A part's file has the digest of all that decides it as its name.
struct FinishedParts {
  let folder: URL
  private static let kind = "affect-stack-part"

  /// All that decides a part, piece by piece.
  struct Digest {
    private var hash = SHA256()

    /// Adds settings, in the one form that they have as sorted JSON.
    mutating func add(_ settings: some Encodable) throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      append(try encoder.encode(settings))
    }

    mutating func add(_ numbers: [Float]) { numbers.withUnsafeBytes { append($0) } }
    mutating func add(_ numbers: [Int]) { numbers.withUnsafeBytes { append($0) } }

    /// Adds features, targets and labels.
    mutating func add(_ data: MetaData) {
      add([data.count, data.features.columnCount, data.classCount, data.attributeCount])
      add(data.features.values)
      add(data.targets)
      add(data.labels.map { $0 ?? -1 })
      add(data.attributes)
    }

    private mutating func append(_ data: Data) { data.withUnsafeBytes { append($0) } }

    /// The count comes first, so that no two lists of pieces are the same bytes.
    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
      withUnsafeBytes(of: UInt64(bytes.count)) { hash.update(bufferPointer: $0) }
      hash.update(bufferPointer: bytes)
    }

    var name: String { hash.finalize().prefix(16).map { String(format: "%02x", $0) }.joined() }
  }

  private func file(_ name: String) -> URL { folder.appending(path: "\(name).safetensors") }

  /// A part that is there, with what was noted beside it; nil where there is none.
  ///
  /// - Throws: errors that name the file where it is no part
  func find<Note: Decodable>(_ name: String, _ type: Note.Type) throws -> (file: SafeTensors, note: Note)? {
    let url = file(name)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let found = try SafeTensors(url)
    guard found.metadata["format"] == Self.kind, let text = found.metadata["note"],
      let note = try? JSONDecoder().decode(type, from: Data(text.utf8))
    else {
      throw EnsembleError.file(
        url.path, problem: "is no finished part of a stack; the folder holds nothing else, and may be removed")
    }
    return (found, note)
  }

  /// Keeps a part.
  func keep(_ name: String, _ tensors: [String: Tensor], note: some Encodable) throws {
    let text = String(decoding: try JSONEncoder().encode(note), as: UTF8.self)
    try SafeTensors.write(tensors, metadata: ["format": Self.kind, "note": text], to: file(name))
  }
}
