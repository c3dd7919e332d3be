import Foundation

/// The default splits of a corpus that has none of its own.
///
/// With three speakers or more, no speaker is in two splits: the speakers of each gender are sorted by name and spread
/// evenly over one list; its last 17.5 % (rounded, at least one) are `Test1`, as many before them `Development`, the rest
/// `Train`. With two, the second is `Test1` and the first is divided by text: every fifth of the sorted texts is
/// `Development`, so that no text is in both. With one, texts are divided 3 : 1 : 1.
enum SplitRule {
  /// The split of each clip, and a note where a speaker had to be in two splits.
  static func splits(of clips: [ImportSource.Clip]) -> (splits: [Split], note: String?) {
    var genders = [String: Gender]()
    for clip in clips { genders[clip.speaker] = clip.gender }
    guard genders.count < 3 else {
      let bySpeaker = splits(ofSpeakers: genders)
      return (clips.map { bySpeaker[$0.speaker] ?? .train }, nil)
    }
    let speakers = genders.keys.sorted()
    let texts = Set(clips.map(text)).sorted()
    let places = Dictionary(uniqueKeysWithValues: zip(texts, 0...))
    let splits = clips.map { clip -> Split in
      if speakers.count == 2, clip.speaker == speakers[1] { return .test1 }
      switch (places[text(of: clip)] ?? 0) % 5 {
      case 4: return .development
      case 3: return speakers.count == 1 ? .test1 : .train
      default: return .train
      }
    }
    let note =
      speakers.count == 2
      ? "there are 2 speakers: \(speakers[1]) is Test1; \(speakers[0]) is Train and, for every fifth text, Development, "
        + "so those two share a speaker but no text"
      : "there is 1 speaker: Train, Development and Test1 share the speaker but no text"
    return (splits, note)
  }

  /// Speaker-disjoint splits of three speakers or more.
  static func splits(ofSpeakers genders: [String: Gender]) -> [String: Split] {
    var spread = [(place: Double, gender: String, name: String)]()
    for (gender, members) in Dictionary(grouping: genders.keys, by: { genders[$0]?.rawValue ?? "" }) {
      for (index, name) in members.sorted().enumerated() {
        spread.append(((Double(index) + 0.5) / Double(members.count), gender, name))
      }
    }
    spread.sort { ($0.place, $0.gender, $0.name) < ($1.place, $1.gender, $1.name) }
    let held = max(1, Int((0.175 * Double(spread.count)).rounded()))
    var splits = [String: Split]()
    for (index, speaker) in spread.enumerated() {
      let fromEnd = spread.count - index
      splits[speaker.name] = fromEnd <= held ? .test1 : fromEnd <= 2 * held ? .development : .train
    }
    return splits
  }

  private static func text(of clip: ImportSource.Clip) -> String { clip.transcript ?? clip.path }
}
