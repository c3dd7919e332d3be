import Evaluation
import Foundation
import Testing

@Suite struct RunReportTests {
  /// Markup, quotes and a quotation mark under a combining mark, in every text that a caller can give.
  static let combiningMark = "\u{301}"
  static let hostile =
    "<script>alert(1)</script>\"' onload='x\"" + combiningMark + " onmouseover=\u{0}1 {{title}} &amp;"

  static func hostileContent() throws -> RunReport.Content {
    var content = try SampleReport.content(count: 60)
    let bad = hostile
    content.title = bad
    content.summary = bad
    content.speech.description = bad
    content.figures = [.init(name: bad, value: bad, note: bad)]
    content.facts = [.init(bad, bad)]
    content.history = (1...3).map {
      .init(epoch: $0, stage: $0 == 1 ? "a\(bad)" : bad, values: ["loss" + bad: 1, "devF1" + bad: 0.5])
    }
    content.evaluatedOn = bad
    content.evaluation?.confusion = .init(classes: [bad, "b"], counts: [[1, 2], [0, 3]])
    content.evaluation?.perClass = [bad: ClassScore(precision: 1, recall: 1, f1: 1, support: 3)]
    content.clips = [
      .init(
        fileName: bad, transcript: bad, label: bad, decision: bad, probabilities: [.init(bad, 0.5), .init("b", .nan)])
    ]
    content.notes = [bad]
    content.command = bad
    return content
  }

  @Test func everyTextIsEscaped() throws {
    let html = try RunReport(Self.hostileContent()).html()
    let scalars = html.unicodeScalars
    func occurs(_ text: String) -> Bool { Data(html.utf8).range(of: Data(text.utf8)) != nil }
    #expect(!occurs("<script>alert"))
    #expect(!occurs("\"' onload"))
    let endedAttribute = "\"" + Self.combiningMark
    #expect(!occurs(endedAttribute), "an attribute ends before a combining mark")
    #expect(!scalars.contains("\0"))
    let escaped = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39; onload=&#39;x&quot;" + Self.combiningMark
    #expect(occurs(escaped))
    #expect(occurs("{{title}} &amp;amp;"), "texts are no templates and are escaped once")
  }

  @Test func isWellFormedXMLButForItsDoctype() throws {
    // Elements that HTML leaves open are closed for the parser; all else must nest and be quoted.
    for content in [try SampleReport.content(), try Self.hostileContent()] {
      let html = try RunReport(content).html()
      let body = html.replacing("<!DOCTYPE html>\n", with: "").replacing(#/<(meta|link)([^>]*)>/#) {
        "<\($0.1)\($0.2)/>"
      }.replacing(#/<script>.*<\/script>/#.dotMatchesNewlines(), with: "")
      let parser = XMLChecker(body)
      #expect(parser.problem == nil)
    }
  }

  @Test func asksForNothingOutside() throws {
    let html = try RunReport(SampleReport.content()).html()
    for trace in [
      "https:", "url(", "@import", "<img", "<iframe", "src=", "<object", "<embed", "fetch(", "XMLHttpRequest",
      "import(",
    ] {
      #expect(!html.contains(trace), "\(trace)")
    }
    // The only address is the name of SVG, which nothing fetches.
    #expect(html.replacing("http://www.w3.org/2000/svg", with: "").contains("http:") == false)
    for reference in html.split(separator: "href=\"").dropFirst() {
      #expect(reference.hasPrefix("#") || reference.hasPrefix("data:,"))
    }
  }

  @Test func saysWhetherTheSpeechIsSynthetic() throws {
    var content = RunReport.Content(
      title: "T", summary: "S", speech: .init(origin: .synthetic, description: "Twelve voices."))
    #expect(try RunReport(content).html().contains("The speech is synthetic: a program made it."))
    content.speech.origin = .recorded
    let recorded = try RunReport(content).html()
    #expect(recorded.contains("The speech was recorded from people.") && !recorded.contains("is synthetic"))
    content.speech.origin = .mixed
    #expect(try RunReport(content).html().contains("Some of the speech is synthetic"))
  }

  @Test func leavesOutWhatThereIsNot() throws {
    let html = try RunReport(.init(title: "T", summary: "S", speech: .init(origin: .recorded, description: ""))).html()
    #expect(!html.contains("<h2>") && !html.contains("<svg") && !html.contains("{{"))
    let full = try RunReport(SampleReport.content()).html()
    #expect(full.components(separatedBy: "<h2>").count == 7)
    #expect(!full.contains("{{") && !full.contains("Optional("))
  }

  @Test func degenerateContentMakesAPage() throws {
    var content = try SampleReport.content()
    content.history = [.init(epoch: 1, values: ["trainLoss": 0, "devMacroF1": 0])]
    content.evaluation?.confusion = .init(classes: [], counts: [])
    content.evaluation?.perClass = [:]
    content.clips = [.init(fileName: "a", label: nil, decision: "sad", probabilities: [])]
    let html = try RunReport(content).html()
    #expect(!html.contains("nan") && !html.contains("inf\""))
    content.history = [.init(epoch: 1, values: [:]), .init(epoch: 2, values: ["trainLoss": .infinity])]
    #expect(!(try RunReport(content).html()).contains("nan"))
  }

  @Test("A system's models learn in charts of four at the most, each under its name; one without epochs is not there")
  func models() throws {
    var content = try SampleReport.content()
    content.history = []
    content.models = ["a", "b", Self.hostile, "d", "e"].map { name in
      .init(name: name, history: (1...3).map { .init(epoch: $0, values: ["devMacroF1": 0.1 * Double($0)]) })
    }
    content.models[1].history = (1...2).map { .init(epoch: $0, values: ["trainLoss": 1]) }
    content.models.append(.init(name: "silent", history: []))
    let html = try RunReport(content).html()
    #expect(html.contains("<h2>How its models learned</h2>") && !html.contains("<h2>How it learned</h2>"))
    #expect(html.components(separatedBy: "dev macro F1 by epoch").count == 3)
    #expect(html.contains("dev macro F1: e<") && !html.contains("silent") && !html.contains("<script>alert"))
    // One keeps its line where it has no such number, and a chart of nobody's numbers is not there.
    let lines = html.ranges(of: #/<polyline class="curve l(\d)/#).map { html[$0].last }
    #expect(lines == ["0", "2", "3", "0", "1"], "\(lines)")
  }

  @Test func contentSurvivesJSON() throws {
    let content = try SampleReport.content()
    #expect(try JSONDecoder().decode(RunReport.Content.self, from: JSONEncoder().encode(content)) == content)
  }

  @Test func readsMetricsAsTheyAreWritten() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "metrics-\(UUID().uuidString).jsonl")
    defer { try? FileManager.default.removeItem(at: url) }
    let lines = """
      {"event":"start"}
      {"epoch":1,"stage":1,"trainLoss":2.5,"devMacroF1":null,"note":"warm-up","best":true}

      {"epoch":2,"stage":"soup","trainLoss":1}
      """
    try Data(lines.utf8).write(to: url)
    #expect(
      try TrainingRecord.read(from: url) == [
        .init(epoch: 1, stage: "1", values: ["trainLoss": 2.5]),
        .init(epoch: 2, stage: "soup", values: ["trainLoss": 1]),
      ])
    try Data((lines + "\n{\"epoch\":3,").utf8).write(to: url)
    let error = #expect(throws: EvaluationError.self) { try TrainingRecord.read(from: url) }
    #expect(error?.description == "\(url.path), row 5: is not JSON; each line holds one object with an epoch")
  }

  @Test func textAndMarksAreLegible() {
    for palette in [Palette.light, .dark] {
      for background in [palette.page, palette.surface] {
        for text in [palette.ink, palette.muted] + palette.series { #expect(text.contrast(with: background) >= 4.5) }
      }
      // Small texts stand on the tracks of probability bars.
      #expect(palette.muted.contrast(with: palette.heat(0).fill) >= 4.5)
      #expect(palette.noticeInk.contrast(with: palette.notice) >= 4.5)
      for step in 0..<Palette.heatSteps {
        let (fill, text) = palette.heat(step)
        #expect(fill.contrast(with: text) >= 4.5)
      }
    }
    #expect(abs(Colour(0x777777).contrast(with: Colour(0xffffff)) - 4.478) < 0.001)
  }
}

/// Checks nesting and quoting with a few rules: no library on Linux parses HTML, and XML's parser is a module of its own.
struct XMLChecker {
  var problem: String?

  init(_ text: String) {
    var open: [String] = []
    let bytes = Array(text.utf8)
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "<") else {
        index += 1
        continue
      }
      var end = index + 1
      var quote: UInt8?
      while end < bytes.count, quote != nil || bytes[end] != UInt8(ascii: ">") {
        if bytes[end] == UInt8(ascii: "\"") { quote = quote == nil ? bytes[end] : nil }
        if bytes[end] == UInt8(ascii: "<") {
          problem = "a tag inside a tag at byte \(end)"
          return
        }
        end += 1
      }
      let tag = String(decoding: bytes[(index + 1)..<min(end, bytes.count)], as: UTF8.self)
      let name = String(tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber })
      if tag.hasPrefix("/") {
        guard open.popLast() == name else {
          problem = "</\(name)> closes what is not open"
          return
        }
      } else if !tag.hasSuffix("/") {
        open.append(name)
      }
      index = end + 1
    }
    if !open.isEmpty { problem = "\(open) stay open" }
  }
}
