import Foundation
import Tensors
import Tokenizers

extension Languages {
  /// A language that a model writes.
  struct Choice {
    let code: String
    let id: Int
    /// How sure the model was, where it detected the language.
    var probability: Float?
  }
}

/// What the decoder is given before the first token of a window: language, task, whether to write times, and text that
/// came before. In this it follows transformers' `generate`, older models' `forced_decoder_ids` included.
struct WindowPrompts {
  /// The language asked for; nil where it is to be detected, or there is none to choose.
  let language: Languages.Choice?
  /// The tokens of the prompt asked for.
  let given: [Int]?
  /// The most tokens of earlier text that are given.
  let longestPast: Int
  private let configuration: GenerationConfiguration
  private let task: Int?
  /// What older models force, where neither language nor task are asked for.
  private let forced: [Int?]

  init(_ model: WhisperTranscriber, _ options: TranscriptionOptions) throws {
    let configuration = model.configuration
    self.configuration = configuration
    longestPast = model.decoder.longest / 2 - 1
    let task = options.task?.rawValue ?? configuration.task
    let name = options.language ?? configuration.language
    let code = try name.map { name in
      guard let code = Languages.code(of: name) else {
        throw TranscriptionError.language(name, known: model.languages)
      }
      return code
    }
    if configuration.isMultilingual {
      language = try code.map { code in
        guard let id = configuration.languages["<|\(code)|>"] else {
          throw TranscriptionError.language(code, known: model.languages)
        }
        return Languages.Choice(code: code, id: id)
      }
      self.task = try task.map { task in
        guard let id = configuration.tasks[task] else { throw TranscriptionError.task(task) }
        return id
      }
    } else {
      if let code, code != "en" { throw TranscriptionError.englishOnly(asked: "the language \(code)") }
      if task == "translate" { throw TranscriptionError.englishOnly(asked: "a translation") }
      (language, self.task) = (nil, nil)
    }
    var forced: [Int?] = []
    if language == nil, self.task == nil {
      for (position, id) in configuration.forced where position == forced.count + 1 { forced.append(id) }
    }
    self.forced = forced
    given = try options.prompt.map { try Self.tokens(of: $0, model) }
  }

  private static func tokens(of text: String, _ model: WhisperTranscriber) throws -> [Int] {
    guard model.configuration.previous != nil else {
      throw TranscriptionError.prompt(reason: "the model has no token for what came before")
    }
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    let ids = try model.tokenizer.encode(" " + text, addsSpecialTokens: false).ids
    if let special = ids.first(where: { $0 >= model.configuration.end }) {
      throw TranscriptionError.prompt(
        reason: "it holds \(model.tokenizer.token(special) ?? "\(special)"), which is no text")
    }
    return ids
  }

  /// Whether the model is asked what language is spoken.
  var detectsLanguage: Bool {
    language == nil && !configuration.languages.isEmpty && forced.first.flatMap { $0 } == nil
  }

  /// The tokens from the start token to the first that is decoded.
  func opening(_ detected: Languages.Choice?, writesTimes: Bool) throws -> [Int] {
    var tokens: [Int?] = [configuration.start] + forced
    if let id = (language ?? detected)?.id {
      if tokens.count > 1 { tokens[1] = id } else { tokens.append(id) }
    }
    if let task {
      tokens.append(task)
    } else if language != nil, let transcribe = configuration.tasks["transcribe"],
      !tokens.contains(where: { token in configuration.tasks.values.contains { $0 == token } })
    {
      tokens.append(transcribe)
    }
    if let none = configuration.noTimestamps {
      if !writesTimes, tokens.last != none {
        tokens.append(none)
      } else if writesTimes, tokens.last == none {
        tokens.removeLast()
      }
    }
    return tokens.compactMap { $0 }
  }

  /// The whole prompt of the next window.
  func prompt(of state: TranscriptionRun.State) -> [Int] {
    let opening = state.opening ?? [configuration.start]
    let past = state.isTold ? state.previous ?? given : given
    guard let past, let previous = configuration.previous else { return opening }
    return [previous] + past.suffix(longestPast) + opening
  }
}

extension WhisperTranscriber {
  /// The likeliest language of each clip, by what the model would write after the start token (Radford et al. 2022,
  /// section 2.3).
  func detectLanguages(_ memory: WhisperCrossMemory) throws -> [Languages.Choice?] {
    let known = configuration.languages.compactMap { token, id in Languages.code(of: token).map { ($0, id) } }
      .sorted { $0.1 < $1.1 }
    let cache = try decoder.cache(memory, sequences: 1, capacity: 1)
    let logits = try decoder.logits(
      after: Array(repeating: [configuration.start], count: memory.clips), wanted: [0], cache
    ).select(1, 0).indexSelected(1, Tensor(known.map(\.1)))
    let (best, probabilities) = try (logits.argmax(-1).array(of: Int.self), logits.softmax(-1))
    return try best.enumerated().map { clip, place in
      let probability = try probabilities[clip].select(0, place).item(of: Float.self)
      return Languages.Choice(code: known[place].0, id: known[place].1, probability: probability)
    }
  }
}
