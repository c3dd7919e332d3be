/// Why a run can't be made.
public enum RunError: Error, Equatable, CustomStringConvertible {
  /// The output holds a run already.
  case outputExists(path: String)
  /// The output's run, which was to be gone on with, has another recipe.
  case otherRecipe(path: String, difference: String)
  /// No clip's features could be made.
  case noFeatures(corpus: String, example: String)
  /// A demo's output that no demo made.
  case foreignFolder(path: String, found: String)
  /// A demo's speech lies in its own output, which is made anew.
  case sourceInOutput(path: String)
  /// Nothing to tell apart.
  case tooFewClasses(corpus: String, found: [String])

  /// A sentence that says what is wrong and what would be right.
  public var description: String {
    switch self {
    case .outputExists(let path): "\(path) holds a run already; go on with it by --resume, or give another --output"
    case .otherRecipe(let path, let difference):
      "\(path) was begun with another recipe: \(difference); go on with the same recipe, or give another --output"
    case .noFeatures(let corpus, let example): "\(corpus): no clip could be used; the first: \(example)"
    case .foreignFolder(let path, let found):
      "\(path) holds \(found), which no demo made; give an --output that is new, or an earlier demo's"
    case .sourceInOutput(let path): "\(path) lies in the demo's output, which is made anew; give another --output"
    case .tooFewClasses(let corpus, let found):
      "\(corpus): the training split has clips of \(found.isEmpty ? "no class" : found.joined(separator: ", ")); "
        + "at least two classes are needed"
    }
  }
}
