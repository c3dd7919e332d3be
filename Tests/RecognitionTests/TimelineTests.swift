import Emotion
import Foundation
import Recognition
import TestSupport
import Testing

/// Exports are opened in the readers of the tools that they are for.
@Suite("Timelines in other tools' formats")
struct TimelineTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  static func segment(
    _ start: Double, _ end: Double, _ emotion: EmotionClass, speaker: String? = nil, text: String? = nil
  ) -> RecognizedSegment {
    RecognizedSegment(
      start: start, end: end, probabilities: EmotionClass.allCases.map { .init($0, $0 == emotion ? 0.79 : 0.03) },
      attributes: [:], speaker: speaker, text: text)
  }

  /// Two speakers who talk over each other, with all that a format may stumble over.
  static let timeline = Timeline(
    file: "calls/of \"May\" & June.wav", duration: 4000.5,
    segments: [
      segment(0.25, 2, .angry, speaker: "Ann <1> & \"co\"", text: "never\n\nagain --> no"),
      segment(1.5, 3.125, .sad, speaker: "Bé"), segment(3.125, 4, .neutral, speaker: "Bé"),
      segment(3.5, 3.75, .fear, speaker: "Bé"), segment(3999.5, 4000.5, .happy),
    ])

  static let script = """
    import json, re, sys
    import audformat, pandas as pd, pympi, srt, textgrid
    from pyannote.core import Annotation, Segment
    folder = sys.argv[1]
    grid = textgrid.TextGrid.fromFile(folder + "/t.TextGrid")
    # The package leaves the doubled quotes of names, with which Praat writes a quote, as they are.
    found = {"grid": [[tier.name.replace('""', '"'), [[i.minTime, i.maxTime, i.mark] for i in tier if i.mark]] for tier in grid],
             "gridEnd": grid.maxTime, "gaps": max([abs(a.maxTime - b.minTime) for tier in grid for a, b in zip(tier, tier[1:])] + [0])}
    eaf = pympi.Elan.Eaf(folder + "/t.eaf")
    found["elan"] = [[name, [list(a[:3]) for a in eaf.get_annotation_data_for_tier(name)]] for name in eaf.get_tier_names()]
    cues = list(srt.parse(open(folder + "/t.srt").read(), ignore_errors=False))
    found["srt"] = [[c.start.total_seconds(), c.end.total_seconds(), c.content] for c in cues]
    annotation = Annotation(uri="x")
    for n, line in enumerate(open(folder + "/t.rttm")):
        kind, uri, channel, start, length, _, _, name, confidence, _ = line.split(" ")
        annotation[Segment(float(start), float(start) + float(length)), n] = name
    found["rttm"] = [[s.start, s.end, label] for s, _, label in annotation.itertracks(yield_label=True)]
    table = pd.read_csv(folder + "/t.csv")
    for column in ["start", "end"]: table[column] = pd.to_timedelta(table[column]).astype("timedelta64[ns]")
    table = table.set_index(["file", "start", "end"])
    audformat.assert_index(table.index)
    assert audformat.is_segmented_index(table.index)
    found["audformat"] = [[f, s.total_seconds(), e.total_seconds(), r["emotion"]] for (f, s, e), r in table.iterrows()]
    tasks = json.load(open(folder + "/t.json"))
    found["studio"] = [[r["value"]["start"], r["value"]["end"], r["value"]["labels"][0], r["from_name"]] for r in tasks[0]["predictions"][0]["result"]]
    print(json.dumps(found))
    """

  @Test("Praat's, ELAN's, pyannote's, audformat's, subtitle and Label Studio's readers find every segment")
  func readers() throws {
    for format in TimelineFormat.allCases {
      let text = try format.text(of: [Self.timeline])
      try Data(text.utf8).write(to: scratch("t.\(format.fileExtension)"))
    }
    let output = try Peer.python(Self.script, [scratch.url.path])
    let found = try #require(
      JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
    let rows = Self.timeline.segments.map { [$0.start, $0.end, $0.emotion?.rawValue ?? ""] as NSArray }
    #expect(found["rttm"] as? NSArray == rows as NSArray, "\(output)")
    #expect(
      found["audformat"] as? NSArray
        == Self.timeline.segments.map { [Self.timeline.file, $0.start, $0.end, $0.emotion?.rawValue ?? ""] } as NSArray)
    #expect(
      found["studio"] as? NSArray == Self.timeline.segments.map {
        [$0.start, $0.end, $0.emotion?.rawValue ?? "", "emotion"]
      }
        as NSArray)
    let tiers: NSArray = [
      ["Ann <1> & \"co\"", [[0.25, 2, "angry"]]],
      ["Ann <1> & \"co\" words", [[0.25, 2, "never again --> no"]]],
      ["Bé", [[1.5, 3.125, "sad"], [3.125, 4, "neutral"]]],
      ["Bé (2)", [[3.5, 3.75, "fear"]]], ["emotion", [[3999.5, 4000.5, "happy"]]],
    ]
    #expect(found["grid"] as? NSArray == tiers, "\(output)")
    #expect(found["gridEnd"] as? Double == 4000.5)
    #expect(found["gaps"] as? Double == 0)
    let elan: NSArray = [
      ["Ann <1> & \"co\"", [[250, 2000, "angry"]]],
      ["Ann <1> & \"co\" words", [[250, 2000, "never again --> no"]]],
      ["Bé", [[1500, 3125, "sad"], [3125, 4000, "neutral"]]],
      ["Bé (2)", [[3500, 3750, "fear"]]], ["emotion", [[3_999_500, 4_000_500, "happy"]]],
    ]
    #expect(found["elan"] as? NSArray == elan, "\(output)")
    let cues = try #require(found["srt"] as? [[Any]])
    #expect(cues.count == 5)
    #expect(cues[0][2] as? String == "Ann <1> & \"co\": angry 79 %\nnever again --> no", "\(cues[0])")
    #expect(cues[4][0] as? Double == 3999.5 && cues[4][2] as? String == "happy 79 %")
  }

  @Test("Speakers by channel are tiers of their own, and an answer that is withheld counts as none, in every reader")
  func speakers() throws {
    var segments = [
      Self.segment(0.5, 2, .angry, speaker: "channel 1"), Self.segment(1, 1.5, .sad, speaker: "channel 2"),
    ]
    segments[1].abstains = true
    let timeline = Timeline(file: "call.wav", duration: 3, segments: segments)
    for format in TimelineFormat.allCases {
      try Data(format.text(of: [timeline]).utf8).write(to: scratch("t.\(format.fileExtension)"))
    }
    let output = try Peer.python(Self.script, [scratch.url.path])
    let found = try #require(JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
    let tiers: NSArray = [["channel 1", [[0.5, 2, "angry"]]], ["channel 2", [[1, 1.5, "sad?"]]]]
    #expect(found["grid"] as? NSArray == tiers, "\(output)")
    let elan: NSArray = [["channel 1", [[500, 2000, "angry"]]], ["channel 2", [[1000, 1500, "sad?"]]]]
    #expect(found["elan"] as? NSArray == elan, "\(output)")
    let rttm: NSArray = [[0.5, 2, "angry"], [1, 1.5, "sad?"]]
    #expect(found["rttm"] as? NSArray == rttm, "\(output)")
    let studio: NSArray = [[0.5, 2, "angry", "emotion"], [1, 1.5, "sad?", "emotion"]]
    #expect(found["studio"] as? NSArray == studio, "\(output)")
    let cues = try #require(found["srt"] as? [[Any]])
    #expect(cues.map { $0[2] as? String } == ["channel 1: angry 79 %", "channel 2: sad? 79 %"])
    // A table has a column for it, and keeps the class.
    let script = """
      import pandas as pd, sys
      table = pd.read_csv(sys.argv[1] + "/t.csv")
      print(list(table["emotion"]), list(table["abstains"]), list(table["speaker"]))
      """
    let table = try Peer.python(script, [scratch.url.path])
    #expect(table == "['angry', 'sad'] [nan, True] ['channel 1', 'channel 2']\n")
  }

  @Test(
    "What is said has a tier beside each speaker's classes, whatever speakers are called, in Praat's and ELAN's readers"
  )
  func words() throws {
    let timeline = Timeline(
      file: "call.wav", duration: 6,
      segments: [
        Self.segment(0, 1, .angry, speaker: "Ann", text: " so\tit \"goes\" < & "),
        Self.segment(1, 2, .sad, speaker: "Ann", text: " \n"), Self.segment(2, 3, .sad, speaker: "Ann words"),
        Self.segment(2.5, 4, .neutral, speaker: "Ann words", text: "über"), Self.segment(4, 6, .fear, text: "oh"),
      ])
    for format in TimelineFormat.allCases {
      try Data(format.text(of: [timeline]).utf8).write(to: scratch("t.\(format.fileExtension)"))
    }
    let output = try Peer.python(Self.script, [scratch.url.path])
    let found = try #require(JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
    func tiers(_ scale: Double) -> NSArray {
      let tiers: [(String, [(Double, Double, String)])] = [
        ("Ann", [(0, 1, "angry"), (1, 2, "sad")]), ("Ann words (3)", [(0, 1, "so it \"goes\" < &")]),
        ("Ann words", [(2, 3, "sad")]), ("Ann words (2)", [(2.5, 4, "neutral")]),
        ("Ann words (2) words", [(2.5, 4, "über")]), ("emotion", [(4, 6, "fear")]), ("emotion words", [(4, 6, "oh")]),
      ]
      return tiers.map { name, entries in [name, entries.map { [$0.0 * scale, $0.1 * scale, $0.2] }] } as NSArray
    }
    #expect(found["grid"] as? NSArray == tiers(1), "\(output)")
    #expect(found["elan"] as? NSArray == tiers(1000), "\(output)")
  }

  @Test("A recording without segments is a whole document in every format", arguments: TimelineFormat.allCases)
  func empty(format: TimelineFormat) throws {
    let text = try format.text(of: [Timeline(file: "silence.wav", duration: 3, segments: [])])
    switch format {
    case .textgrid: #expect(text.contains("xmax = 3.000000\ntiers? <absent>"))
    case .elan:
      #expect(
        text.contains("<TIME_ORDER>\n  </TIME_ORDER>\n  <LINGUISTIC_TYPE") && text.hasSuffix("</ANNOTATION_DOCUMENT>\n")
      )
    case .labelStudio: #expect(try JSONSerialization.jsonObject(with: Data(text.utf8)) is [[String: Any]])
    case .audformat: #expect(text == "file,start,end,emotion,abstains,speaker\n")
    case .rttm, .srt: #expect(text.isEmpty)
    }
  }
}
