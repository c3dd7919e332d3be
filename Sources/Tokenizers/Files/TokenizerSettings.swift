import Foundation

/// What `tokenizer_config.json` and `added_tokens.json` add to a vocabulary. A `tokenizer.json` says all of it itself.
struct TokenizerSettings {
  var addsPrefixSpace = false
  var lowercases: Bool?
  var stripsAccents: Bool?
  var isolatesChinese = true
  var splitsAtPunctuation = false
  var added: [AddedTokens.Token] = []

  init(_ folder: URL) throws {
    if let node = try Self.read(folder, "tokenizer_config.json") {
      addsPrefixSpace = try node.bool("add_prefix_space", default: false)
      lowercases = try node.member("do_lower_case")?.bool()
      stripsAccents = try node.member("strip_accents")?.bool()
      isolatesChinese = try node.bool("tokenize_chinese_chars", default: true)
      splitsAtPunctuation = try node.bool("split_by_punct", default: false)
    }
    if let node = try Self.read(folder, "added_tokens.json") {
      let tokens = try node.members().map { member in
        (id: try node.member(of: member).count(), token: AddedTokens.Token(content: member.key))
      }
      added = tokens.sorted { $0.id < $1.id }.map(\.token)
    }
  }

  private static func read(_ folder: URL, _ name: String) throws -> JSONNode? {
    let file = folder.appending(path: name)
    return FileManager.default.fileExists(atPath: file.path) ? try JSONNode(contentsOf: file) : nil
  }
}
