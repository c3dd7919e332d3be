import Audio
import Recognition

/// How a request wants its recording to be cut. Durations in seconds.
struct Cutting: Codable, Equatable, Sendable {
  enum Kind: String, CaseIterable, Codable, Sendable {
    /// As voice activity shows them.
    case utterances
    /// Of one length.
    case windows
  }

  /// The names of the parameters, in the query, beside the file, or in a stream's first message.
  static let names = ["segmentation", "window", "hop", "pause", "longest", "whole"]
  /// The longest stretch: an hour in one stretch would be an hour's memory in the model.
  static let longestStretch = 60.0

  var kind = Kind.utterances
  var window = WindowPlan().window
  var hop = WindowPlan().hop
  /// A pause that ends an utterance.
  var pause = VoiceActivityDetector.Options().pause
  /// Utterances are cut beyond.
  var longest = VoiceActivityDetector.Options().longest
  /// A recording of at most so many seconds is one stretch.
  var whole = WindowPlan().whole

  /// Windows.
  init(window: Double, hop: Double, whole: Double) {
    (kind, self.window, self.hop, self.whole) = (.windows, window, hop, whole)
  }

  /// Reads the parameters; windows are meant where one of theirs is given. Throws a problem for a value that can't be, and for
  /// a parameter of the other kind, which would otherwise do nothing.
  init(_ values: [String: String]) throws(Problem) {
    if let text = values["segmentation"] {
      guard let found = Kind(rawValue: text) else {
        throw .badRequest(
          "there is no segmentation '\(text.prefix(50))'; there are \(Kind.allCases.map(\.rawValue).joined(separator: ", "))",
          parameter: "segmentation")
      }
      kind = found
    } else if values["window"] != nil || values["hop"] != nil {
      kind = .windows
    }
    for name in kind == .windows ? ["pause", "longest"] : ["window", "hop"] where values[name] != nil {
      throw .badRequest("'\(name)' has no meaning for \(kind.rawValue)", parameter: name)
    }
    if let value = try Self.seconds("window", values) { (window, hop, whole) = (value, value, value) }
    hop = try Self.seconds("hop", values) ?? hop
    pause = try Self.seconds("pause", values) ?? pause
    longest = try Self.seconds("longest", values) ?? longest
    whole = try Self.seconds("whole", values) ?? whole
    for (name, value) in [("window", window), ("longest", longest), ("whole", whole)] where value > Self.longestStretch
    {
      throw .badRequest(
        "\(name)=\(value.words) can't be: a segment is at most \(Self.longestStretch.words) s long", parameter: name)
    }
    if let fault = plan.fault {
      throw .badRequest(
        fault, parameter: Self.names.dropFirst().first { values[$0] != nil && fault.contains(Self.word($0)) })
    }
    guard kind == .utterances || window / hop <= 100 else {
      throw .badRequest("a hop of \(hop.words) s can't be; from a hundredth of the window can", parameter: "hop")
    }
  }

  /// The word by which a plan's fault calls a parameter.
  private static func word(_ name: String) -> String {
    switch name {
    case "longest": "utterances of up to"
    case "whole": "left whole"
    default: "a \(name) of"
    }
  }

  /// The plan for a recording.
  var plan: SegmentationPlan {
    switch kind {
    case .windows: .windows(WindowPlan(window: window, hop: hop, whole: whole))
    case .utterances: .utterances(options, whole: whole)
    }
  }

  /// What cuts live audio.
  var liveCutter: any LiveCutter {
    switch kind {
    case .windows: return LiveWindowCutter(seconds: window)
    case .utterances:
      var options = options
      // Whoever speaks waits for the answer.
      options.lookahead = 0.5
      return UtteranceCutter(options, whole: 0)
    }
  }

  /// What parts utterances.
  var options: VoiceActivityDetector.Options {
    var options = VoiceActivityDetector.Options()
    (options.pause, options.longest) = (pause, longest)
    options.margin = min(options.margin, pause)
    options.shortest = min(options.shortest, longest)
    return options
  }

  /// A parameter that is a number of seconds. Throws a problem for text that is none.
  static func seconds(_ name: String, _ values: [String: String]) throws(Problem) -> Double? {
    guard let text = values[name] else { return nil }
    guard let value = Double(text), value.isFinite, text.utf8.count < 30 else {
      throw .badRequest("\(name)=\(text.prefix(50)) is no number of seconds", parameter: name)
    }
    return value
  }
}
