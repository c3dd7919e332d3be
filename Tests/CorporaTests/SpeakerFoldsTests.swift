import Corpora
import Emotion
import Foundation
import Testing

@Suite("Speaker folds")
struct SpeakerFoldsTests {
  /// 40 speakers with 1 to 60 clips each, classes mixed differently by speaker.
  static func corpus(folder: URL = URL(filePath: "/corpus"), speakers: Int = 40) -> Corpus {
    var utterances = [Utterance]()
    for speaker in 0..<speakers {
      for clip in 0..<(1 + (speaker * 37) % 60) {
        let consensus = Consensus.all[(clip * (1 + speaker % 3) + speaker) % Consensus.all.count]
        let name = "\(speaker)-\(clip).wav"
        utterances.append(
          Utterance(
            fileName: name, audio: folder.appending(path: "Audios/\(name)"), consensus: consensus,
            speaker: "s\(speaker)", split: .train))
      }
    }
    return Corpus(folder: folder, utterances: utterances)
  }

  @Test("Every utterance is in one fold, no speaker in two", arguments: [3, 5, 10, 40])
  func disjoint(count: Int) throws {
    let corpus = Self.corpus()
    let folds = try SpeakerFolds(of: corpus, count: count, seed: 7)
    #expect(folds.assignments.map(\.fileName) == corpus.utterances.map(\.fileName))
    let bySpeaker = Dictionary(grouping: folds.assignments, by: \.speaker)
    #expect(bySpeaker.values.allSatisfy { Set($0.map(\.fold)).count == 1 })
    #expect(Set(folds.assignments.map(\.fold)) == Set(0..<count))
  }

  @Test("Folds are balanced in size and in each class")
  func balance() throws {
    let corpus = Self.corpus()
    let folds = try SpeakerFolds(of: corpus, count: 5)
    let letters = Dictionary(uniqueKeysWithValues: corpus.utterances.map { ($0.fileName, $0.consensus.letter) })
    let mean = Double(corpus.utterances.count) / 5
    for fold in 0..<5 {
      let members = folds.assignments.filter { $0.fold == fold }
      #expect(abs(Double(members.count) - mean) < 0.05 * mean)
      for letter in "ASHUFDCNOX" {
        let total = Double(letters.values.count { $0 == letter })
        let share = Double(members.count { letters[$0.fileName] == letter })
        #expect(abs(share - total / 5) < 0.35 * total / 5, "\(letter) in fold \(fold)")
      }
    }
  }

  @Test("The same seed gives the same folds, whatever the order of rows; another seed may not")
  func determinism() throws {
    let corpus = Self.corpus()
    let folds = try SpeakerFolds(of: corpus, count: 5, seed: 1)
    #expect(try SpeakerFolds(of: corpus, count: 5, seed: 1) == folds)
    var turned = corpus
    turned.utterances.reverse()
    let again = try SpeakerFolds(of: turned, count: 5, seed: 1)
    #expect(again.assignments.reversed() == folds.assignments)
    let equals = Corpus(
      folder: corpus.folder,
      utterances: corpus.utterances.filter { $0.fileName.hasSuffix("-0.wav") })
    let other = try SpeakerFolds(of: equals, count: 5, seed: 2)
    #expect(try SpeakerFolds(of: equals, count: 5, seed: 1) != other)
  }

  @Test("A view tests on its fold, develops on the next, trains on the rest")
  func views() throws {
    let corpus = Self.corpus()
    let folds = try SpeakerFolds(of: corpus, count: 4)
    let places = Dictionary(uniqueKeysWithValues: folds.assignments.map { ($0.fileName, $0.fold) })
    for fold in 0..<4 {
      let view = try folds.view(fold, of: corpus)
      #expect(view.utterances.count == corpus.utterances.count)
      #expect(view[.test1].allSatisfy { places[$0.fileName] == fold })
      #expect(view[.development].allSatisfy { places[$0.fileName] == (fold + 1) % 4 })
      let trained = Set(view[.train].compactMap { places[$0.fileName] })
      let held: Set<Int> = [fold, (fold + 1) % 4]
      #expect(trained == Set(0..<4).subtracting(held))
    }
    let error = #expect(throws: CorporaError.self) { try folds.view(4, of: corpus) }
    #expect(try #require(error).description == "there is no fold 4; allowed is 0 to 3")
  }

  @Test("Folds that can't be made are refused with what is possible")
  func refusals() throws {
    let corpus = Self.corpus(speakers: 4)
    let many = #expect(throws: CorporaError.self) { try SpeakerFolds(of: corpus, count: 5) }
    #expect(
      try #require(many).description
        == "5 speaker-disjoint folds were asked for, but /corpus has 4 speakers; allowed are 3 to 4 folds")
    #expect(throws: CorporaError.self) { try SpeakerFolds(of: corpus, count: 2) }
  }

  @Test("Utterances of unknown speakers are stated and in no view; the file keeps all")
  func unknownSpeakers() throws {
    let scratch = try Scratch()
    var corpus = Self.corpus(folder: scratch.url, speakers: 6)
    corpus.utterances[0].speaker = nil
    let folds = try SpeakerFolds(of: corpus, count: 3)
    #expect(folds.withoutSpeaker == ["0-0.wav"])
    #expect(try folds.view(0, of: corpus).utterances.count == corpus.utterances.count - 1)

    let file = try folds.write(to: corpus)
    #expect(file.lastPathComponent == "speakers-3.csv")
    #expect(try SpeakerFolds(contentsOf: file) == folds)
    #expect(try scratch.text("Folds/speakers-3.csv").hasPrefix("FileName,SpkrID,Fold\n1-0.wav,s1,"))
    #expect(try scratch.files("Folds") == ["speakers-3.csv"])
    corpus.utterances[1].fileName = "new.wav"
    #expect(throws: CorporaError.self) { try folds.view(0, of: corpus) }
  }

  @Test(
    "A fold file is read strictly",
    arguments: [
      ("a,s,0\na,s,0", "f.csv, row 3: a is there twice"),
      ("a,s,x", "f.csv, row 2: Fold is \"x\""),
      ("a,s,0\nb,s,1", "f.csv, row 3: the speaker s is in the folds 0 and 1"),
    ])
  func strict(rows: String, message: String) throws {
    let scratch = try Scratch()
    try scratch.write("FileName,SpkrID,Fold\n\(rows)\n", to: "f.csv")
    let error = #expect(throws: CorporaError.self) {
      try SpeakerFolds(contentsOf: scratch.url.appending(path: "f.csv"))
    }
    #expect(try #require(error).description.hasPrefix(message))
  }
}
