import Basics
import Crypto
import Encoders
import Foundation
import Hub
import Tensors

/// What `CORPUS/Transcripts/transcription.json` says: by which model and how all transcripts beside it were made.
struct TranscriptionRecord: Codable, Equatable {
  /// What makes transcripts differ; equal settings on one corpus give equal transcripts.
  struct Settings: Codable, Equatable {
    /// The name of the model: that of its folder, or without its owner that of its id.
    var model: String
    /// SHA-256 over its weights, tokenizer and configuration.
    var digest: String
    /// nil where the model writes English alone.
    var language: String?
    var task: String
    var dtype: DType
    var beams: Int
    var temperatures: [Double]
    var compressionRatioThreshold: Double?
    var logProbabilityThreshold: Double?
    var noSpeechThreshold: Double?
    var conditionsOnPreviousText: Bool
    var prompt: String?
    var timestamps: Bool?
    var stopsAtEnd: Bool
    var seed: UInt64

    init(model: URL, options: TranscriptionOptions, dtype: DType) throws {
      (self.model, digest) = (Hub.name(of: model), try Self.digest(of: model))
      (language, task) = (options.language, (options.task ?? .transcribe).rawValue)
      (self.dtype, beams, temperatures) = (dtype, options.beams, options.temperatures)
      compressionRatioThreshold = options.compressionRatioThreshold
      logProbabilityThreshold = options.logProbabilityThreshold
      noSpeechThreshold = options.noSpeechThreshold
      conditionsOnPreviousText = options.conditionsOnPreviousText
      (prompt, timestamps) = (options.prompt, options.timestamps)
      (stopsAtEnd, seed) = (options.stopsAtEnd, options.seed)
    }

    /// The fields that another record has otherwise, each with both values.
    func differences(from other: Settings) -> [String] {
      func fields(_ settings: Settings) -> [String: String] {
        guard let data = try? JSONEncoder().encode(settings),
          let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { return [:] }
        return object.mapValues { "\($0)" }
      }
      let (own, others) = (fields(self), fields(other))
      return Set(own.keys).union(others.keys).sorted().filter { own[$0] != others[$0] }.map { key in
        "\(key) \(others[key] ?? "none") there, \(own[key] ?? "none") asked for"
      }
    }

    private static func digest(of model: URL) throws -> String {
      let names = ["config.json", "generation_config.json", "tokenizer.json", "vocab.json", "merges.txt"]
      let files = names.map { model.appending(path: $0) } + (try PublishedWeights(model).files)
      var hash = SHA256()
      for file in files where FileManager.default.fileExists(atPath: file.path) {
        hash.update(data: Data("\(file.lastPathComponent)\n".utf8))
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        while let block = try handle.read(upToCount: 4 << 20), !block.isEmpty { hash.update(data: block) }
      }
      return hash.finalize().map { String(format: "%02x", $0) }.joined()
    }
  }

  /// A clip without a transcript.
  struct Failure: Codable, Equatable {
    let fileName: String
    let reason: String
  }

  static let fileName = "transcription.json"

  var settings: Settings
  /// How many transcripts there are.
  var transcripts = 0
  var failures: [Failure] = []

  /// Reads the record of a folder of transcripts; nil where there is none.
  static func read(_ folder: URL) throws -> TranscriptionRecord? {
    let file = folder.appending(path: fileName)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    do {
      return try JSONDecoder().decode(TranscriptionRecord.self, from: Data(contentsOf: file))
    } catch {
      throw FileError(
        url: file, message: "is no record of a transcription (\(DecodingProblem(error))); --replace makes all anew")
    }
  }

  func write(_ folder: URL) throws {
    try AtomicFile.write(CommandResult.encode(self), to: folder.appending(path: Self.fileName))
  }
}
