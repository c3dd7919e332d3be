import HTTPTypes
import Recognition

/// What a request says of how its recording is to be recognised.
struct RecognitionParameters: Sendable, Equatable {
  /// The names of the parameters, in the query or beside the file.
  static let names = ["model", "format", "window", "hop"]

  var model: String?
  var format: TimelineExport
  var windows: WindowPlan

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
    windows = WindowPlan()
    if let window = try Self.seconds("window", values) {
      windows = WindowPlan(window: window, whole: window)
    }
    if let hop = try Self.seconds("hop", values) { windows.hop = hop }
    // An hour in one stretch would be an hour's memory in the model.
    guard windows.window <= Self.longestWindow else {
      throw .badRequest(
        "a window of \(windows.window) s can't be; from 0.1 to \(Self.longestWindow) s can", parameter: "window")
    }
    if let fault = windows.fault { throw .badRequest(fault, parameter: values["hop"] == nil ? "window" : "hop") }
    guard windows.window / windows.hop <= 100 else {
      throw .badRequest("a hop of \(windows.hop) s can't be; from a hundredth of the window can", parameter: "hop")
    }
  }

  /// The longest stretch, in seconds.
  static let longestWindow = 60.0

  static func seconds(_ name: String, _ values: [String: String]) throws(Problem) -> Double? {
    guard let text = values[name] else { return nil }
    guard let value = Double(text), value.isFinite, text.utf8.count < 30 else {
      throw .badRequest("\(name)=\(text.prefix(50)) is no number of seconds", parameter: name)
    }
    return value
  }
}
