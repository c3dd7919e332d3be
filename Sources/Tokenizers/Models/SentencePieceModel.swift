import CSentencePiece
import Foundation

/// A model that SentencePiece trained, run by its own library: it normalises, cuts and decodes as when the model that
/// reads its ids was trained.
final class SentencePieceModel: Sendable {
  // The library says that its processor may be used from several threads once it is loaded.
  nonisolated(unsafe) private let processor: OpaquePointer
  let vocabulary: Vocabulary
  let unknown: Int32
  /// The ids of control pieces, such as [CLS].
  let controls: [Int32]

  init(contentsOf file: URL) throws {
    let data: Data
    do {
      data = try Data(contentsOf: file, options: .mappedIfSafe)
    } catch {
      throw TokenizerError.file(file, problem: "can't be read: \(error.localizedDescription)")
    }
    var message: UnsafeMutablePointer<CChar>?
    let made = data.withUnsafeBytes { raw in
      affect_spm_load(raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count, &message)
    }
    guard let made, affect_spm_count(made) > 0 else {
      let why = made == nil ? Self.take(message) : "it has no pieces"
      made.map(affect_spm_free)
      throw TokenizerError.file(file, problem: "is no SentencePiece model: \(why)")
    }
    processor = made
    let count = Int(affect_spm_count(made))
    var vocabulary = Vocabulary(capacity: count)
    for id in 0..<count {
      var length = 0
      guard let text = affect_spm_piece_text(made, Int32(id), &length) else { continue }
      let bytes = UnsafeRawBufferPointer(start: text, count: length)
      vocabulary.insert(String(decoding: bytes, as: UTF8.self), id: id)
    }
    self.vocabulary = vocabulary
    unknown = affect_spm_unknown(made)
    controls = (0..<Int32(count)).filter { affect_spm_is_control(made, $0) != 0 }
  }

  deinit { affect_spm_free(processor) }

  private static func take(_ message: UnsafeMutablePointer<CChar>?) -> String {
    defer { affect_spm_free_text(message) }
    let text = message.map { String(cString: $0) } ?? ""
    return text.isEmpty ? "the library does not say why" : text
  }

  /// Appends the tokens of a piece.
  func tokenize(_ piece: UnsafeBufferPointer<UInt8>, into output: inout [PieceToken]) throws {
    var message: UnsafeMutablePointer<CChar>?
    let status = withUnsafeMutablePointer(to: &output) { output in
      piece.withMemoryRebound(to: CChar.self) { text in
        affect_spm_encode(
          processor, text.baseAddress, text.count, output,
          { context, pieces, count in
            let output = context!.assumingMemoryBound(to: [PieceToken].self)
            for piece in UnsafeBufferPointer(start: pieces, count: count) {
              output.pointee.append(
                PieceToken(id: piece.id, lower: Int32(piece.begin), upper: Int32(piece.end)))
            }
          }, &message)
      }
    }
    guard status == 0 else { throw TokenizerError.request("SentencePiece: \(Self.take(message))") }
  }

  /// The text of ids.
  func decode(_ ids: [Int32]) throws -> String {
    var message: UnsafeMutablePointer<CChar>?
    var text = ""
    let status = withUnsafeMutablePointer(to: &text) { text in
      affect_spm_decode(
        processor, ids, ids.count, text,
        { context, bytes, count in
          context!.assumingMemoryBound(to: String.self).pointee = String(
            decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
        }, &message)
    }
    guard status == 0 else { throw TokenizerError.request("SentencePiece: \(Self.take(message))") }
    return text
  }
}
