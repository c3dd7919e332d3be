import Foundation

/// What of a model is wanted.
public enum ModelPart: Sendable {
  /// Its configuration, tokenizer, preprocessor and weights.
  case model
  /// Its configuration and tokenizer.
  case tokenizer
}

/// The files of a repository that a model needs: weights in one layout out of several, and what stands beside them.
/// Repositories hold the same weights for other frameworks and in other precisions too, often several times as much.
struct FileSelection {
  /// Where the weights are.
  enum Weights: Equatable {
    /// In these files.
    case files([String])
    /// In the shards that an index names.
    case index(String)
  }

  private static let besides = [
    "config.json", "generation_config.json", "preprocessor_config.json", "processor_config.json",
    "feature_extractor_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
    "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "normalizer.json", "spm.model", "spiece.model",
    "sentencepiece.bpe.model", "tokenizer.model", "bpe.codes",
  ]

  /// Layouts of weights, the first that a repository has is taken. The last is NaturalSpeech 3's codec, of which only the
  /// second version is published with all that its features need.
  private static let layouts: [Weights] = [
    .files(["model.safetensors"]), .index("model.safetensors.index.json"), .files(["pytorch_model.bin"]),
    .index("pytorch_model.bin.index.json"), .files(["ns3_facodec_encoder_v2.bin", "ns3_facodec_decoder_v2.bin"]),
  ]

  /// Configuration, tokenizer and the index of shards: small, and fetched first.
  let first: [RepositoryFile]
  /// nil where no weights are wanted.
  let weights: Weights?

  /// - Throws: `HubError.noWeights`
  init(_ listing: RepositoryListing, part: ModelPart, id: ModelID) throws {
    var names = Self.besides
    if part == .model {
      let layout = Self.layouts.first { layout in
        switch layout {
        case .files(let files): files.allSatisfy { listing.files[$0] != nil }
        case .index(let index): listing.files[index] != nil
        }
      }
      guard let layout else {
        let found = listing.files.keys.filter { $0.contains(#/\.(safetensors|bin|pt|pth|h5|msgpack|onnx|gguf|ckpt)$/#) }
        let names = found.sorted().prefix(6).joined(separator: ", ")
        throw HubError.noWeights(
          id: id.name, reason: found.isEmpty ? "it holds no weights at all" : "it holds \(names)")
      }
      weights = layout
      if case .index(let index) = layout { names.append(index) }
    } else {
      weights = nil
    }
    first = names.compactMap { listing.files[$0] }
  }

  /// The files of the weights.
  ///
  /// - Parameter snapshot: the folder in which the index of shards lies by now
  /// - Throws: `HubError.noWeights` for an index that names what the repository has not
  func weightFiles(_ listing: RepositoryListing, snapshot: URL, id: ModelID) throws -> [RepositoryFile] {
    switch weights {
    case nil: return []
    case .files(let names): return names.compactMap { listing.files[$0] }
    case .index(let index):
      struct Index: Decodable { let weight_map: [String: String] }
      guard let data = try? Data(contentsOf: snapshot.appending(path: index)),
        let map = try? JSONDecoder().decode(Index.self, from: data).weight_map, !map.isEmpty
      else { throw HubError.noWeights(id: id.name, reason: "'\(index)' is no index of shards") }
      return try Set(map.values).sorted().map { name in
        guard let file = listing.files[name] else {
          throw HubError.noWeights(id: id.name, reason: "'\(index)' names '\(name)', which the repository has not")
        }
        return file
      }
    }
  }
}
