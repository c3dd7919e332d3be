import HTTPTypes
import Recognition

/// What a request says of how its recording is to be recognised.
struct RecognitionParameters: Sendable, Equatable {
  /// The names of the parameters, in the query or beside the file.
  static let names = ["model", "format", "explain"] + Cutting.names

  var model: String?
  var format: TimelineExport
  var cutting: Cutting
  /// Whether each segment says what carried the decision.
  var explains: Bool

  /// Reads the query, and the fields of a multipart body. Throws a problem for one that is not known, is given twice, or
  /// has a value that can't be.
  init(_ query: [String: String], fields: [String: String] = [:]) throws(Problem) {
    var values = query
    for (name, value) in fields {
      guard Self.names.contains(name) else {
        throw .badRequest(
          "there is no field '\(name.prefix(100))'; there are file, \(Self.names.joined(separator: ", "))",
          parameter: String(name.prefix(100)))
      }
      guard values.updateValue(value, forKey: name) == nil else {
        throw .badRequest("'\(name)' is given in the query and in the body", parameter: name)
      }
    }
    model = values["model"]
    format = try TimelineExport(parameter: values["format"])
    cutting = try Cutting(values)
    guard let explain = Bool(values["explain"] ?? "false") else {
      throw .badRequest(
        "explain=\(values["explain"]?.prefix(50) ?? "") can't be; true and false can", parameter: "explain")
    }
    explains = explain
  }
}
