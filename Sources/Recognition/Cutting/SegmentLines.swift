import Basics
import Foundation

/// The lines of a file of segments, with their numbers for errors.
struct SegmentLines {
  struct Line {
    let number: Int
    let text: String
  }

  /// A value of a TextGrid.
  struct Value {
    let text: String
    let isQuoted: Bool
    let line: Line
  }

  let url: URL
  /// Those that are not blank.
  let lines: [Line]
  private let text: String

  init(url: URL, text: String) {
    self.url = url
    self.text = text
    lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
      .compactMap { number, line in
        line.allSatisfy(\.isWhitespace) ? nil : Line(number: number + 1, text: String(line))
      }
  }

  func error(_ line: Line, _ message: String) -> FileError {
    FileError(url: url, message: "line \(line.number): \(message)")
  }

  func segment(
    _ line: Line, start: Double, end: Double, speaker: String? = nil, text: String? = nil
  ) throws -> GivenSegment {
    let segment = GivenSegment(start: start, end: end, speaker: speaker, text: text)
    if let fault = segment.fault { throw error(line, fault) }
    return segment
  }

  /// The fields of a line of CSV; quoted fields may hold commas and doubled quotes, no line breaks.
  func fields(_ line: Line) throws -> [String] {
    var fields: [String] = []
    var field = ""
    var isQuoted = false
    var characters = line.text[...]
    while let character = characters.popFirst() {
      switch character {
      case "\"" where isQuoted && characters.first == "\"":
        field.append(character)
        characters.removeFirst()
      case "\"" where isQuoted || field.isEmpty: isQuoted.toggle()
      case "," where !isQuoted:
        fields.append(field)
        field = ""
      default: field.append(character)
      }
    }
    guard !isQuoted else { throw error(line, "a quote is opened and not closed") }
    return (fields + [field]).map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// The quoted texts, numbers and flags of a TextGrid in their order; names before `=` and the indices of items are left out.
  func textGridValues() -> [Value] {
    var values: [Value] = []
    var number = 1
    var characters = text[...]
    func line() -> Line { Line(number: number, text: "") }
    while let character = characters.popFirst() {
      if character.isNewline { number += 1 }
      if character == "\"" {
        let begin = line()
        var value = ""
        while let inner = characters.popFirst() {
          if inner.isNewline { number += 1 }
          if inner == "\"" {
            guard characters.first == "\"" else { break }
            characters.removeFirst()
          }
          value.append(inner)
        }
        values.append(Value(text: value, isQuoted: true, line: begin))
      } else if character == "[" {
        // The index of an item, as in `item [1]:`, with which the long form numbers what follows.
        while let inner = characters.first, inner != "]", !inner.isNewline { characters.removeFirst() }
      } else if character == "<" || character == "-" || character.isNumber {
        var value = String(character)
        while let inner = characters.first, !inner.isWhitespace { value.append(characters.removeFirst()); _ = inner }
        values.append(Value(text: value, isQuoted: false, line: line()))
      } else if !character.isWhitespace {
        // A name of the long form.
        while let inner = characters.first, !inner.isWhitespace, inner != "[", inner != "\"" {
          characters.removeFirst()
        }
      }
    }
    return values
  }
}
