import Crypto
public import Foundation
import Tensors

/// The vectors from which a model's heads make its scores, such as x of MEDUSA's Algorithm 2: one for each utterance of a
/// file of scores. They lie in a file beside it, `NAME.embeddings.safetensors` beside `NAME.csv`, as the tensor
/// `embeddings` (utterances, width) in float32; its metadata `utterances` is `digest` of the names in their order.
public struct Embeddings: Equatable, Sendable {
  /// Numbers in a vector.
  let width: Int
  /// (utterances, width), in the order of the scores.
  let values: [Float]

  private static let key = "embeddings"
  private static let namesKey = "utterances"

  init(width: Int, values: [Float]) { (self.width, self.values) = (width, values) }

  /// The vectors of files of one model, one file after the other; nil where none has any.
  ///
  /// - Throws: `EnsembleError.models` where some files have none, or other widths
  init?(joining files: [ScoreFile]) throws(EnsembleError) {
    guard let first = files.first(where: { $0.embeddings != nil }), let width = first.embeddings?.width else {
      return nil
    }
    var values: [Float] = []
    for file in files {
      guard let embeddings = file.embeddings, embeddings.width == width else {
        throw .models(
          "\(first.source) comes with embeddings of \(width) numbers, and \(file.source), of the same model, with "
            + (file.embeddings.map { "\($0.width)" } ?? "none"))
      }
      values += embeddings.values
    }
    self.init(width: width, values: values)
  }

  /// Where the vectors of a file of scores lie.
  public static func file(beside scores: URL) -> URL {
    scores.deletingPathExtension().appendingPathExtension("embeddings.safetensors")
  }

  /// Writes vectors beside a file of scores, whole or not at all.
  ///
  /// - Parameters:
  ///   - vectors: one for each utterance, equally long
  ///   - fileNames: the utterances, in the order of the scores
  public static func write(_ vectors: [[Float]], of fileNames: [String], beside scores: URL) throws {
    let tensor = try Tensor(Array(vectors.joined()), shape: [vectors.count, vectors.first?.count ?? 0])
    try SafeTensors.write(
      [key: tensor], metadata: [namesKey: digest(of: fileNames)], to: file(beside: scores))
  }

  /// SHA-256 of the names, a line each, in hexadecimal digits.
  static func digest(of fileNames: [String]) -> String {
    var hash = SHA256()
    for name in fileNames { hash.update(data: Data((name + "\n").utf8)) }
    return hash.finalize().map { String(format: "%02x", $0) }.joined()
  }

  /// Reads the vectors of a file of scores.
  ///
  /// - Throws: `EnsembleError.file` where there are none, or not of these utterances
  init(beside scores: URL, of fileNames: [String]) throws(EnsembleError) {
    let url = Self.file(beside: scores)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw .file(scores.path, problem: "has no embeddings beside it: \(url.lastPathComponent) is expected")
    }
    let tensor: Tensor
    do {
      let file = try SafeTensors(url)
      tensor = try file.tensor(Self.key).converted(to: .float32)
      guard file.metadata[Self.namesKey] == Self.digest(of: fileNames) else {
        throw EnsembleError.file(
          url.path, problem: "is of other utterances than \(scores.lastPathComponent), or in another order")
      }
      guard tensor.shape.count == 2, tensor.shape[0] == fileNames.count, tensor.shape[1] > 0 else {
        throw EnsembleError.file(
          url.path, problem: "holds \(tensor.shape), but a vector is expected for each of \(fileNames.count) utterances"
        )
      }
      values = try tensor.array(of: Float.self)
    } catch let error as EnsembleError {
      throw error
    } catch {
      throw .file(url.path, problem: "can't be read: \(error)")
    }
    width = tensor.shape[1]
  }
}
