/// The front ends by the names that recipes and feature stores use.
public enum FrontEnds {
  /// The names, in the order that errors show them.
  public static let names = ["log-mel-80", "log-mel-128", "prosody-10ms", "prosody-20ms", "functionals"]

  /// The front end of a name. Throws `UnknownFrontEnd`, which lists the names.
  public static func named(_ name: String) throws(UnknownFrontEnd) -> any FrontEnd {
    switch name {
    case "log-mel-80": LogMel(bins: 80)
    case "log-mel-128": LogMel(bins: 128)
    case "prosody-10ms": Prosody(hop: .tenMilliseconds)
    case "prosody-20ms": Prosody(hop: .twentyMilliseconds)
    case "functionals": Functionals()
    default: throw UnknownFrontEnd(name: name)
    }
  }
}

/// A name that no front end has.
public struct UnknownFrontEnd: Error, Equatable, CustomStringConvertible {
  /// The name.
  public let name: String

  /// The names that there are.
  public var description: String {
    "there is no encoder '\(name)'; there are \(FrontEnds.names.joined(separator: ", ")), and published models by their folder or id (owner/name)"
  }
}
