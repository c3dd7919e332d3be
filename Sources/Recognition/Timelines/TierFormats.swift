import Basics
import Emotion
import Foundation

/// Praat's TextGrid in its long form.
enum TextGrid {
  static func text(_ timeline: Timeline) -> String {
    let tiers = timeline.tiers(unnamed: "emotion")
    let end = decimals(timeline.duration, 6)
    var lines = [
      "File type = \"ooTextFile\"", "Object class = \"TextGrid\"", "", "xmin = 0", "xmax = \(end)",
      tiers.isEmpty ? "tiers? <absent>" : "tiers? <exists>",
    ]
    if !tiers.isEmpty { lines += ["size = \(tiers.count)", "item []:"] }
    for (number, tier) in tiers.enumerated() {
      let intervals = intervals(tier, until: timeline.duration)
      lines += [
        "    item [\(number + 1)]:", "        class = \"IntervalTier\"", "        name = \(quoted(tier.name))",
        "        xmin = 0", "        xmax = \(end)", "        intervals: size = \(intervals.count)",
      ]
      for (place, interval) in intervals.enumerated() {
        lines += [
          "        intervals [\(place + 1)]:", "            xmin = \(decimals(interval.start, 6))",
          "            xmax = \(decimals(interval.end, 6))", "            text = \(quoted(interval.text))",
        ]
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Intervals without gaps, as Praat wants them: empty ones lie between the segments.
  private static func intervals(
    _ tier: Timeline.Tier, until end: Double
  ) -> [(start: Double, end: Double, text: String)] {
    var found: [(start: Double, end: Double, text: String)] = []
    var last = 0.0
    for entry in tier.entries {
      if entry.start - last > 1e-6 { found.append((last, entry.start, "")) }
      found.append((max(entry.start, last), entry.end, entry.text))
      last = entry.end
    }
    if end - last > 1e-6 { found.append((last, end, "")) }
    return found
  }

  private static func quoted(_ text: String) -> String { "\"\(text.replacing("\"", with: "\"\""))\"" }
}

/// ELAN's annotation format (EAF 3.0).
enum ELAN {
  /// The beginning or the end of an annotation.
  private struct Mark: Comparable {
    let time, tier, place, end: Int

    static func < (a: Mark, b: Mark) -> Bool {
      (a.time, a.tier, a.place, a.end) < (b.time, b.tier, b.place, b.end)
    }
  }

  static func text(_ timeline: Timeline) -> String {
    let tiers = timeline.tiers(unnamed: "emotion")
    // Each annotation has slots of its own: ELAN wants them sorted by time.
    var marks: [Mark] = []
    for (number, tier) in tiers.enumerated() {
      for (place, entry) in tier.entries.enumerated() {
        marks.append(Mark(time: milliseconds(entry.start), tier: number, place: place, end: 0))
        marks.append(Mark(time: milliseconds(entry.end), tier: number, place: place, end: 1))
      }
    }
    marks.sort()
    var slots: [[Int]: Int] = [:]
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<ANNOTATION_DOCUMENT AUTHOR=\"affect\" DATE=\"\(Date().formatted(.iso8601))\" FORMAT=\"3.0\" VERSION=\"3.0\" "
        + "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
        + "xsi:noNamespaceSchemaLocation=\"http://www.mpi.nl/tools/elan/EAFv3.0.xsd\">",
      "  <HEADER MEDIA_FILE=\"\" TIME_UNITS=\"milliseconds\">",
      "    <MEDIA_DESCRIPTOR MEDIA_URL=\"\(escaped(URL(filePath: timeline.file).absoluteString))\" MIME_TYPE=\"audio/*\"/>",
      "  </HEADER>", "  <TIME_ORDER>",
    ]
    for (number, mark) in marks.enumerated() {
      slots[[mark.tier, mark.place, mark.end]] = number + 1
      lines.append("    <TIME_SLOT TIME_SLOT_ID=\"ts\(number + 1)\" TIME_VALUE=\"\(mark.time)\"/>")
    }
    lines.append("  </TIME_ORDER>")
    var annotation = 0
    for (number, tier) in tiers.enumerated() {
      lines.append(
        "  <TIER LINGUISTIC_TYPE_REF=\"\(tier.holdsWords ? "words" : "emotion")\" TIER_ID=\"\(escaped(tier.name))\">")
      for (place, entry) in tier.entries.enumerated() {
        annotation += 1
        let (begin, end) = (slots[[number, place, 0]] ?? 0, slots[[number, place, 1]] ?? 0)
        lines += [
          "    <ANNOTATION>",
          "      <ALIGNABLE_ANNOTATION ANNOTATION_ID=\"a\(annotation)\" TIME_SLOT_REF1=\"ts\(begin)\" "
            + "TIME_SLOT_REF2=\"ts\(end)\">", "        <ANNOTATION_VALUE>\(escaped(entry.text))</ANNOTATION_VALUE>",
          "      </ALIGNABLE_ANNOTATION>", "    </ANNOTATION>",
        ]
      }
      lines.append("  </TIER>")
    }
    for type in ["emotion"] + (tiers.contains(where: \.holdsWords) ? ["words"] : []) {
      lines.append(
        "  <LINGUISTIC_TYPE GRAPHIC_REFERENCES=\"false\" LINGUISTIC_TYPE_ID=\"\(type)\" TIME_ALIGNABLE=\"true\"/>")
    }
    lines.append("</ANNOTATION_DOCUMENT>")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func milliseconds(_ seconds: Double) -> Int { Int((seconds * 1000).rounded()) }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
