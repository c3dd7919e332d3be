/// What the two systems that led the Interspeech 2025 challenge published of themselves, on MSP-Podcast's eight classes.
struct PublishedFigures {
  let system: String
  let what: String
  let macroF1: Double
  let accuracy: Double?

  static let all = [
    PublishedFigures(
      system: "UNICAMP (system A)", what: "stack of 12, development", macroF1: 0.379, accuracy: 0.498),
    PublishedFigures(system: "UNICAMP (system A)", what: "BS-F1, development", macroF1: 0.430, accuracy: nil),
    PublishedFigures(system: "UNICAMP (system A)", what: "challenge test", macroF1: 0.409, accuracy: 0.413),
    PublishedFigures(system: "MEDUSA (system B)", what: "soup, internal balanced set", macroF1: 0.472, accuracy: nil),
    PublishedFigures(system: "MEDUSA (system B)", what: "challenge test", macroF1: 0.4316, accuracy: nil),
  ]
}
