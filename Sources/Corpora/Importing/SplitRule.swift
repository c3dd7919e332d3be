import Foundation

/// The default splits of a corpus that has none of its own.
///
/// With three speakers or more, no speaker is in two splits: the speakers of each gender are sorted by name and spread
/// evenly over one list; its last 17.5 % (rounded, at least one) are `Test1`, as many before them `Development`, the rest
/// `Train`. With two, the second is `Test1` and the first is divided by text: every fifth of the sorted texts is
/// `Development`, so that no text is in both. With one, texts are divided 3 : 1 : 1.
enum SplitRule {
  /// The split of each clip, and a note where a speaker is, or may be, in two splits.
  static func splits(of clips: [ImportSource.Clip]) -> (splits: [Split], note: String?) {
    var genders = [String: Gender]()
    for clip in clips { if let speaker = clip.speaker { genders[speaker] = clip.gender } }
    switch genders.count {
    case 0: return splitsByLabel(clips)
    case 1, 2: return splitsByText(clips, speakers: genders.keys.sorted())
    default:
      let bySpeaker = splits(ofSpeakers: genders)
      let unknown = clips.count { $0.speaker == nil }
      return (
        clips.map { clip in clip.speaker.flatMap { bySpeaker[$0] } ?? .train },
        unknown == 0 ? nil : "\(unknown) clips of unknown speakers are in Train"
      )
    }
  }

  /// Where no speaker is known: of each label, every sixth clip is `Test1` and the one before it `Development`.
  private static func splitsByLabel(_ clips: [ImportSource.Clip]) -> (splits: [Split], note: String?) {
    var seen = [String: Int]()
    let splits = clips.map { clip -> Split in
      let number = seen[clip.label ?? "", default: 0]
      seen[clip.label ?? ""] = number + 1
      return number % 6 == 5 ? .test1 : number % 6 == 4 ? .development : .train
    }
    return (splits, "no speaker is known, so the splits may share speakers")
  }

  private static func splitsByText(
    _ clips: [ImportSource.Clip], speakers: [String]
  ) -> (splits: [Split], note: String?) {
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
