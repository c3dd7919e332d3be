/// The values of a YAML or JSON file before they have types: what defaults are merged into and `--set` changes.
indirect enum Tree: Codable, Equatable {
  case group([String: Tree])
  case list([Tree])
  case text(String)
  case whole(Int)
  /// A whole number beyond `Int`, as a seed may be.
  case large(UInt64)
  case number(Double)
  case flag(Bool)
  case nothing

  init(from decoder: any Decoder) throws {
    if let group = try? [String: Tree](from: decoder) {
      self = .group(group)
    } else if let list = try? [Tree](from: decoder) {
      self = .list(list)
    } else {
      let value = try decoder.singleValueContainer()
      if value.decodeNil() {
        self = .nothing
      } else if let flag = try? value.decode(Bool.self) {
        self = .flag(flag)
      } else if let whole = try? value.decode(Int.self) {
        self = .whole(whole)
      } else if let large = try? value.decode(UInt64.self) {
        self = .large(large)
      } else if let number = try? value.decode(Double.self) {
        self = .number(number)
      } else {
        self = .text(try value.decode(String.self))
      }
    }
  }

  func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .group(let group): try value.encode(group)
    case .list(let list): try value.encode(list)
    case .text(let text): try value.encode(text)
    case .whole(let whole): try value.encode(whole)
    case .large(let large): try value.encode(large)
    case .number(let number): try value.encode(number)
    case .flag(let flag): try value.encode(flag)
    case .nothing: try value.encodeNil()
    }
  }

  /// These values with another tree's laid over them. Groups are merged key by key; each element of a list is laid over
  /// `prototypes` of that key, if there is one.
  ///
  /// Throws `RecipeError.unknownKey` for a key that these values do not have.
  func merged(with other: Tree, prototypes: [String: Tree], path: [String] = []) throws -> Tree {
    switch (self, other) {
    case (_, .nothing): return self
    case (.group(var group), .group(let changes)):
      for (key, change) in changes.sorted(by: { $0.key < $1.key }) {
        guard let present = group[key] else {
          throw RecipeError.unknownKey((path + [key]).joined(separator: "."), known: group.keys.sorted())
        }
        group[key] = try present.merged(with: change, prototypes: prototypes, path: path + [key])
      }
      return .group(group)
    case (.list, .list(let elements)):
      guard let prototype = prototypes[path.joined(separator: ".")] else { return other }
      return .list(
        try elements.enumerated().map {
          try prototype.merged(with: $1, prototypes: prototypes, path: path + ["\($0)"])
        })
    default: return other
    }
  }

  /// Changes the value at a path of keys and list positions. Throws `RecipeError.setting` for a path that leads nowhere.
  mutating func set(_ path: ArraySlice<String>, to value: Tree, setting: String) throws {
    guard let key = path.first else {
      self = value
      return
    }
    switch self {
    case .group(var group):
      // Keys that a file leaves out have defaults, so that any key may be set here; unknown ones are found in merging.
      var child = group[key] ?? .nothing
      try child.set(path.dropFirst(), to: value, setting: setting)
      group[key] = child
      self = .group(group)
    case .list(var list):
      guard let position = Int(key), list.indices.contains(position) else {
        let there = list.isEmpty ? "the list is empty" : "there are 0 to \(list.count - 1)"
        throw RecipeError.setting(setting, problem: "'\(key)' is not a position in the list; \(there)")
      }
      try list[position].set(path.dropFirst(), to: value, setting: setting)
      self = .list(list)
    case .nothing:
      self = .group([:])
      try set(path, to: value, setting: setting)
    default: throw RecipeError.setting(setting, problem: "'\(key)' is asked of a single value")
    }
  }

  /// Every single value with its path, in the order of keys and positions.
  func leaves(_ path: [String] = []) -> [(path: [String], value: Tree)] {
    switch self {
    case .group(let group): group.sorted { $0.key < $1.key }.flatMap { $1.leaves(path + [$0]) }
    case .list(let list): list.enumerated().flatMap { $1.leaves(path + ["\($0)"]) }
    default: [(path, self)]
    }
  }

  /// The value as a person writes it; groups and lists by what they are.
  var brief: String {
    switch self {
    case .group: "a group"
    case .list: "a list"
    case .text(let text): "'\(text)'"
    case .whole(let whole): "\(whole)"
    case .large(let large): "\(large)"
    case .number(let number): "\(number)"
    case .flag(let flag): "\(flag)"
    case .nothing: "nothing"
    }
  }
}
