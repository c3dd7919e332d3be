import Basics
public import Foundation
import Mustache

/// A report as one page of HTML that needs nothing beside it: no font, no image, no request. What it shows can also be
/// written as files: every chart as SVG, every table as CSV.
public struct Page: Sendable {
  /// A chart with its caption.
  public struct Chart: Sendable {
    /// Its heading.
    var title: String
    /// What is drawn how.
    var note: String
    var legend: [Legend] = []
    /// Markup that is safe: its texts are escaped.
    var svg: String
  }

  /// A line style with its name.
  struct Legend: Sendable {
    var name: String
    var style: Int
  }

  /// A table; cells of the first column are row headings.
  public struct Table: Sendable {
    var title: String
    var columns: [String]
    var rows: [[String]]
    /// Whether it is shown at once, and not only when asked for.
    var isOpen = false
    var note = ""
  }

  /// A clip with what can be seen and heard of it.
  struct Clip: Sendable {
    var file: String
    var transcript: String?
    var label: String?
    var decision: String
    var note: String?
    /// Markup that is safe.
    var bars: String
    /// A chart that is a picture, markup that is safe.
    var spectrogram: String?
    /// A data URI.
    var audio: String?
  }

  /// What a section consists of, shown in this order.
  struct Section: Sendable {
    var id: String
    var title: String
    var about = ""
    var charts: [Chart] = []
    var tables: [Table] = []
    var clips: [Clip] = []
    var facts: [RunReport.Fact] = []
    var notes: [String] = []
    var command: String?
  }

  var brand: String
  var title: String
  var lead: String
  /// A statement above everything, such as that the speech is synthetic.
  var notice: (strong: String, text: String, isWarning: Bool)?
  var figures: [RunReport.Figure]
  var sections: [Section]

  /// The page. Every text is escaped.
  public func html() throws -> String {
    try HTML.template(Self.template).render(context)
  }

  /// Writes the page aside, syncs it and renames it to `url`; with `exports`, every chart and table into that folder.
  public func write(to url: URL, exports: URL? = nil) throws {
    if let exports {
      for (name, text) in files { try AtomicFile.write(text, to: exports.appending(path: name)) }
    }
    try AtomicFile.write(Data(html().utf8), to: url)
  }

  /// Every chart as an SVG of its own and every table as CSV, by file name.
  public var files: [(name: String, text: String)] {
    var found: [(String, String)] = []
    var used: Set<String> = []
    func add(_ section: Section, _ title: String, _ ending: String, _ text: String) {
      let stem = Self.slug("\(section.id)-\(title)")
      var name = "\(stem).\(ending)"
      var number = 2
      while !used.insert(name).inserted {
        name = "\(stem)-\(number).\(ending)"
        number += 1
      }
      found.append((name, text))
    }
    for section in sections {
      for chart in section.charts { add(section, chart.title, "svg", SVG.standalone(chart.svg, title: chart.title)) }
      for table in section.tables { add(section, table.title, "csv", Self.csv(table)) }
      for clip in section.clips {
        if let picture = clip.spectrogram {
          add(section, "spectrogram-\(clip.file)", "svg", SVG.standalone(picture, title: clip.file))
        }
      }
    }
    return found
  }

  private static func csv(_ table: Table) -> String {
    ([table.columns] + table.rows).map { $0.map(CSVTable.quoted).joined(separator: ",") }.joined(separator: "\n") + "\n"
  }

  /// A name for a file: small letters, digits and dashes.
  static func slug(_ text: String) -> String {
    let plain = text.lowercased().unicodeScalars.map { scalar -> Character in
      ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "-"
    }
    let parts = String(plain).split(separator: "-")
    return String(parts.joined(separator: "-").prefix(80))
  }

  private var context: [String: Any] {
    var context: [String: Any] = [
      "brand": brand, "title": title, "summary": lead, "style": Self.style, "script": Self.script,
      "figures": figures.map { ["name": $0.name, "value": $0.value, "note": $0.note] },
      "hasFigures": !figures.isEmpty, "sections": sections.map(Self.context),
      "contents": sections.map { ["id": $0.id, "title": $0.title] }, "hasContents": sections.count > 2,
    ]
    if let notice {
      context["notice"] = [
        "strong": notice.strong, "text": notice.text, "kind": notice.isWarning ? "synthetic" : "recorded",
      ]
    }
    return context
  }

  private static func context(_ section: Section) -> [String: Any] {
    var context: [String: Any] = [
      "id": section.id, "title": section.title, "about": section.about, "hasAbout": !section.about.isEmpty,
      "hasCharts": !section.charts.isEmpty, "hasClips": !section.clips.isEmpty, "hasFacts": !section.facts.isEmpty,
      "hasNotes": !section.notes.isEmpty, "notes": section.notes, "long": section.clips.isEmpty ? "" : " long",
      "wide": section.charts.count == 1 ? " one" : "",
      "charts": section.charts.map { chart in
        [
          "title": chart.title, "note": chart.note.isEmpty || chart.legend.isEmpty ? chart.note : chart.note + " ·",
          "svg": chart.svg, "name": slug("\(section.id)-\(chart.title)"),
          "legend": chart.legend.map { ["name": $0.name, "style": "\($0.style)"] },
        ] as [String: Any]
      },
      "tables": section.tables.map { table in
        [
          "title": table.title, "columns": table.columns, "open": table.isOpen ? " open" : "", "note": table.note,
          "name": slug("\(section.id)-\(table.title)"), "hasNote": !table.note.isEmpty,
          "rows": table.rows.map { ["head": $0.first ?? "", "cells": Array($0.dropFirst())] as [String: Any] },
        ] as [String: Any]
      },
      "facts": section.facts.map { ["name": $0.name, "value": $0.value] },
      "clips": section.clips.map { clip in
        var item: [String: Any] = ["file": clip.file, "decision": clip.decision, "bars": clip.bars]
        if let text = clip.transcript, !text.isEmpty { item["transcript"] = text }
        if let label = clip.label {
          item["label"] = label
          item["verdict"] = label == clip.decision ? "right" : "wrong"
        }
        if let note = clip.note { item["note"] = note }
        if let picture = clip.spectrogram { item["spectrogram"] = picture }
        if let audio = clip.audio { item["audio"] = audio }
        item["hasSound"] = clip.spectrogram != nil || clip.audio != nil
        return item
      },
    ]
    if let command = section.command { context["command"] = command }
    return context
  }
}
