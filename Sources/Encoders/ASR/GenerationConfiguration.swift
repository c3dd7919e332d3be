import Basics
import Foundation
import Tokenizers

/// How a Whisper is to be decoded: `generation_config.json` as it is published, older models' `config.json` for what that
/// lacks, and the tokenizer for ids that neither names. No id is known to the code.
struct GenerationConfiguration {
  /// `<|startoftranscript|>`
  let start: Int
  /// `<|endoftext|>`
  let end: Int
  /// `<|notimestamps|>`; nil for a model that knows no timestamps
  let noTimestamps: Int?
  /// `<|startofprev|>`
  let previous: Int?
  let suppressed: [Int]
  let suppressedAtBegin: [Int]
  let isMultilingual: Bool
  /// `<|en|>` and so on to ids; empty for English alone.
  let languages: [String: Int]
  let tasks: [String: Int]
  /// What older models force after the start: position and id, nil for a language that is to be detected.
  let forced: [(position: Int, id: Int?)]
  let language: String?
  let task: String?
  let maximumInitialTimestamp: Int?
  /// Tokens of a sequence, the prompt not counted.
  let maximumLength: Int?
  let topK: Int
  let lengthPenalty: Double

  /// The first of the timestamps, `<|0.00|>`; beyond all ids where there are none.
  var firstTimestamp: Int { noTimestamps.map { $0 + 1 } ?? .max }
  /// The token for windows without speech stands before `<|notimestamps|>` in every vocabulary, under two names.
  var noSpeech: Int? { noTimestamps.map { $0 - 1 } }

  init(folder: URL, tokenizer: Tokenizer, vocabularySize: Int) throws {
    let file = folder.appending(path: "generation_config.json")
    let own = try Self.read(file)
    let model = try Self.read(folder.appending(path: "config.json")) ?? Published()
    let published = own ?? model
    func missing(_ name: String) -> EncoderError {
      .configuration(file: file.path, reason: "'\(name)' is missing, here, in config.json and in the tokenizer")
    }
    func id(_ names: String...) -> Int? { names.lazy.compactMap { tokenizer.id(of: $0) }.first }
    guard
      let start = published.decoder_start_token_id ?? model.decoder_start_token_id ?? id("<|startoftranscript|>")
    else { throw missing("decoder_start_token_id") }
    guard let end = published.eos_token_id ?? model.eos_token_id ?? id("<|endoftext|>") else {
      throw missing("eos_token_id")
    }
    (self.start, self.end) = (start, end)
    noTimestamps = published.no_timestamps_token_id ?? id("<|notimestamps|>")
    previous = published.prev_sot_token_id ?? id("<|startofprev|>")
    suppressed = published.suppress_tokens ?? []
    suppressedAtBegin = published.begin_suppress_tokens ?? []
    forced = (published.forced_decoder_ids ?? model.forced_decoder_ids ?? []).compactMap { pair in
      pair.count == 2 ? pair[0].map { ($0, pair[1]) } : nil
    }
    // English-only vocabularies have the names of languages too, which the models were not trained with; they have one
    // token less than the first multilingual one.
    let known = Dictionary(
      Languages.codes.compactMap { code in tokenizer.id(of: "<|\(code)|>").map { ("<|\(code)|>", $0) } },
      uniquingKeysWith: { first, _ in first })
    let isMultilingual =
      published.is_multilingual ?? (published.lang_to_id != nil || (vocabularySize != 51_864 && !known.isEmpty))
    self.isMultilingual = isMultilingual
    languages = isMultilingual ? published.lang_to_id ?? known : [:]
    let transcribe = id("<|transcribe|>"), translate = id("<|translate|>")
    tasks =
      isMultilingual
      ? published.task_to_id
        ?? ["transcribe": transcribe, "translate": translate].compactMapValues { $0 } : [:]
    (language, task) = (published.language, published.task)
    maximumInitialTimestamp = published.max_initial_timestamp_index
    maximumLength = published.max_length
    topK = published.top_k ?? 50
    lengthPenalty = published.length_penalty ?? 1
    let ids = [start, end] + [noTimestamps, previous].compactMap { $0 } + languages.values + tasks.values
    if let id = (ids + forced.compactMap(\.id)).first(where: { !(0..<vocabularySize).contains($0) }) {
      throw EncoderError.configuration(
        file: file.path, reason: "the id \(id) is none of a vocabulary of \(vocabularySize) tokens")
    }
  }

  private static func read(_ file: URL) throws -> Published? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    do {
      return try JSONDecoder().decode(Published.self, from: Data(contentsOf: file))
    } catch {
      throw EncoderError.configuration(file: file.path, reason: DecodingProblem(error).description)
    }
  }

  /// The fields of either file, under their own names.
  private struct Published: Decodable {
    var decoder_start_token_id: Int?
    var eos_token_id: Int?
    var no_timestamps_token_id: Int?
    var prev_sot_token_id: Int?
    var suppress_tokens: [Int]?
    var begin_suppress_tokens: [Int]?
    var forced_decoder_ids: [[Int?]]?
    var is_multilingual: Bool?
    var lang_to_id: [String: Int]?
    var task_to_id: [String: Int]?
    var language: String?
    var task: String?
    var max_initial_timestamp_index: Int?
    var max_length: Int?
    var top_k: Int?
    var length_penalty: Double?
  }
}
