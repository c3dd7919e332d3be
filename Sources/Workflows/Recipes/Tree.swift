/// The values of a YAML or JSON file before they have types: what defaults are merged into and `--set` changes.
indirect enum Tree: Codable, Equatable {
  case group([String: Tree])
  case list([Tree])
  case text(String)
  case whole(Int)
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
      var child = group[key] ?? .group([:])
      try child.set(path.dropFirst(), to: value, setting: setting)
      group[key] = child
      self = .group(group)
    case .list(var list):
      guard let position = Int(key), list.indices.contains(position) else {
        throw RecipeError.setting(setting, problem: "'\(key)' is not a position in a list of \(list.count), from 0")
      }
      try list[position].set(path.dropFirst(), to: value, setting: setting)
      self = .list(list)
    default: throw RecipeError.setting(setting, problem: "'\(key)' is asked of a single value")
    }
  }
}
