import Yams

extension Tree {
  /// Reads a YAML document; an empty one is `nothing`. Throws `YAMLProblem`.
  init(yaml: String) throws {
    do {
      self = try compose(yaml: yaml).map(Tree.init) ?? .nothing
    } catch let error as YamlError {
      throw YAMLProblem(error)
    }
  }

  private init(_ node: Node) throws {
    switch node {
    case .scalar(let scalar): self = Self.scalar(scalar, Tag.Name(rawValue: node.tag.rawValue))
    case .sequence(let sequence): self = .list(try sequence.map(Tree.init))
    case .mapping(let mapping):
      var group: [String: Tree] = [:]
      for (key, value) in mapping {
        guard let name = key.scalar?.string else { throw YAMLProblem("a key is not a text", at: key.mark) }
        group[name] = try Tree(value)
      }
      self = .group(group)
    case .alias: throw YAMLProblem("an alias stands for nothing", at: node.mark)
    }
  }

  /// A plain scalar by its form; whatever is quoted is a text.
  private static func scalar(_ scalar: Node.Scalar, _ tag: Tag.Name) -> Tree {
    switch tag {
    case .null: .nothing
    case .bool: Bool.construct(from: scalar).map(Tree.flag) ?? .text(scalar.string)
    case .int:
      Int.construct(from: scalar).map(Tree.whole) ?? UInt64.construct(from: scalar).map(Tree.large)
        ?? Double.construct(from: scalar).map(Tree.number) ?? .text(scalar.string)
    case .float: Double.construct(from: scalar).map(Tree.number) ?? .text(scalar.string)
    default: .text(scalar.string)
    }
  }

  /// The values as YAML, keys sorted; numbers keep every bit.
  func yaml() throws -> String { try serialize(node: node, allowUnicode: true, sortKeys: true) }

  private var node: Node {
    switch self {
    case .group(let group): Node(group.sorted { $0.key < $1.key }.map { (Node($0), $1.node) })
    case .list(let list): Node(list.map(\.node))
    case .text(let text): .scalar(text.represented())
    case .whole(let whole): .scalar(whole.represented())
    case .large(let large): .scalar(large.represented())
    // Yams itself writes 15 digits, which is not every bit.
    case .number(let number): .scalar(Node.Scalar("\(number)", Tag(.float)))
    case .flag(let flag): .scalar(flag.represented())
    case .nothing: Node("null", Tag(.null))
    }
  }
}

/// What is wrong with a text that should be YAML, on one line.
struct YAMLProblem: Error, CustomStringConvertible {
  let description: String

  init(_ problem: String, at mark: Mark?) {
    description = (mark.map { "line \($0.line), column \($0.column): " } ?? "") + problem
  }

  init(_ error: YamlError) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self.init(problem, at: mark)
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      self.init("\(names) is there twice in the group that begins here", at: context.mark)
    case .reader(let problem, _, _, _), .writer(let problem), .emitter(let problem), .representer(let problem):
      self.init(problem, at: nil)
    default: self.init("\(error)", at: nil)
    }
  }
}
