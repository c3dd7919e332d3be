/// What is wrong with a recipe.
public enum RecipeError: Error, Equatable, CustomStringConvertible {
  /// The file can't be read, or is not YAML.
  case file(path: String, problem: String)
  /// A key that no recipe has.
  case unknownKey(String, known: [String])
  /// A value that can't be.
  case value(key: String, problem: String)
  /// A `--set` that is not KEY=VALUE, or whose key leads nowhere.
  case setting(String, problem: String)

  /// A sentence that names the key and what would be right.
  public var description: String {
    switch self {
    case .file(let path, let problem): "\(path): \(problem)"
    case .unknownKey(let key, let known):
      "the recipe's key '\(key)' is not known; there are \(known.joined(separator: ", "))"
    case .value(let key, let problem): "the recipe's \(key): \(problem)"
    case .setting(let setting, let problem): "--set \(setting): \(problem)"
    }
  }
}
