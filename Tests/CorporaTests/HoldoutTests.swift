import Corpora
import Emotion
import Foundation
import Testing

@Suite("Holdouts and stratified folds")
struct HoldoutTests {
  /// Skewed classes; 200 of 1200 clips are in Test1, a tenth of the rest of unknown speakers.
  static func corpus(_ folder: URL = URL(filePath: "/corpus")) -> Corpus {
    let utterances = (0..<1200).map { index -> Utterance in
      let name = "\(index).wav"
      let letter: Consensus = index % 2 == 0 ? .emotion(.neutral) : index % 10 == 1 ? .emotion(.fear) : .noAgreement
      return Utterance(
        fileName: name, audio: folder.appending(path: "Audios/\(name)"), consensus: letter,
        speaker: index % 10 == 3 ? nil : "s\(index / 20)",
        split: index < 200 ? .test1 : index < 500 ? .development : .train)
    }
    return Corpus(folder: folder, utterances: utterances)
  }

  func shares(_ utterances: [Utterance]) -> [Character: Double] {
    Dictionary(grouping: utterances, by: \.consensus.letter).mapValues { Double($0.count) / Double(utterances.count) }
  }

  @Test("A tenth of each class is held out; test splits stay; the same seed holds out the same")
  func byClip() throws {
    let corpus = Self.corpus()
    let holdout = try Holdout(of: corpus, share: 0.1, bySpeaker: false)
    let view = try holdout.view(of: corpus)
    #expect(view[.test1] == corpus[.test1])
    #expect(view[.development].count == 100 && view[.train].count == 900)
    #expect(shares(view[.development]) == shares(corpus.utterances.filter { !$0.split.isTest }))
    var turned = corpus
    turned.utterances.reverse()
    #expect(try Holdout(of: turned, share: 0.1, bySpeaker: false) == holdout)
    #expect(try Holdout(of: corpus, share: 0.1, bySpeaker: false, seed: 1) != holdout)
  }

  @Test("Held out by speaker, no speaker is in both parts, and the unknown train")
  func bySpeaker() throws {
    let corpus = Self.corpus()
    let view = try Holdout(of: corpus, share: 0.2, bySpeaker: true).view(of: corpus)
    let held = Set(view[.development].map(\.speaker))
    #expect(!held.contains(nil) && held.isDisjoint(with: Set(view[.train].map(\.speaker))))
    #expect(abs(Double(view[.development].count) - 200) < 30)
    for (letter, share) in shares(view[.train]) {
      #expect(abs((shares(view[.development])[letter] ?? 0) - share) < 0.1, "\(letter)")
    }
  }

  @Test("A speaker of very many clips trains; several others are held out")
  func muchByOne() throws {
    // Speaker 0 has a tenth of the clips, and would be a fold alone.
    let utterances = (0..<1000).map { index in
      Utterance(
        fileName: "\(index).wav", audio: URL(filePath: "/corpus/Audios/\(index).wav"),
        consensus: .emotion(index % 2 == 0 ? .neutral : .fear), speaker: index < 100 ? "0" : "\(1 + index / 20)",
        split: .train)
    }
    let corpus = Corpus(folder: URL(filePath: "/corpus"), utterances: utterances)
    for seed in 0..<5 as Range<UInt64> {
      let view = try Holdout(of: corpus, share: 0.1, bySpeaker: true, seed: seed).view(of: corpus)
      let held = Set(view[.development].compactMap(\.speaker))
      #expect(held.count > 3 && !held.contains("0"), "\(held)")
    }
  }

  @Test("A split file is written and read back; what it lacks, or has too much, is named")
  func file() throws {
    let scratch = try Scratch()
    var corpus = Self.corpus(scratch.url)
    let holdout = try Holdout(of: corpus, share: 0.1, bySpeaker: false)
    let file = try holdout.write(to: corpus, name: "h")
    #expect(try scratch.text("Splits/h.csv").hasPrefix("FileName,Split_Set\n0.wav,Test1\n"))
    #expect(try Holdout(contentsOf: file) == holdout)
    corpus.utterances[600].fileName = "new.wav"
    #expect(throws: CorporaError.self) { try holdout.view(of: corpus) }
    for (text, problem) in [
      ("a,Dev", "f.csv, row 2: Split_Set is \"Dev\""), ("a,Train\na,Train", "f.csv, row 3: a is"),
    ] {
      try scratch.write("FileName,Split_Set\n\(text)\n", to: "f.csv")
      let error = #expect(throws: CorporaError.self) {
        try Holdout(contentsOf: scratch.url.appending(path: "f.csv"))
      }
      #expect(try #require(error).description.hasPrefix(problem))
    }
    for share in [0, 0.6, -1] {
      #expect(throws: CorporaError.self) { try Holdout(of: corpus, share: share, bySpeaker: false) }
    }
  }

  @Test("Stratified folds have each class in equal share", arguments: [2, 7])
  func clipFolds(count: Int) throws {
    let scratch = try Scratch()
    let corpus = Self.corpus(scratch.url)
    let folds = try ClipFolds(of: corpus, count: count, seed: 3)
    #expect(folds.folds.count == 1200)
    for letter in ["N", "F", "X"] {
      let members = corpus.utterances.filter { String($0.consensus.letter) == letter }
      let sizes = (0..<count).map { fold in members.count { folds.folds[$0.fileName] == fold } }
      #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    }
    #expect(try ClipFolds(of: corpus, count: count, seed: 3) == folds)
    try folds.write(to: corpus)
    #expect(try scratch.text("Folds/clips-\(count).csv").split(separator: "\n").count == 1201)
    #expect(throws: CorporaError.self) { try ClipFolds(of: corpus, count: 1) }
  }
}
