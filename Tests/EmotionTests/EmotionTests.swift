import Emotion
import Testing

@Suite("Classes, letters and words")
struct ClassTests {
  @Test("The classes stand in the order that both systems use")
  func order() {
    #expect(String(EmotionClass.allCases.map(\.letter)) == "ASHUFDCN")
    #expect(EmotionClass.allCases.map(\.index) == Array(0..<8))
    #expect(EmotionClass.allCases.reversed().sorted() == EmotionClass.allCases)
  }

  @Test("Every consensus is read back from its letter, every vote from its word")
  func roundTrip() {
    #expect(String(Consensus.all.map(\.letter)) == "ASHUFDCNOX")
    #expect(Consensus.all.map { Consensus(letter: $0.letter) } == Consensus.all)
    #expect(
      Vote.all.map(\.word)
        == ["Angry", "Sad", "Happy", "Surprise", "Fear", "Disgust", "Contempt", "Neutral", "Other"])
    #expect(Vote.all.map { Vote(word: $0.word) } == Vote.all)
    #expect(Consensus(letter: "a") == nil)
    #expect(Vote(word: "Excited") == nil)
  }
}

@Suite("Soft targets")
struct DistributionTests {
  let ratings = [
    Rating(primary: .emotion(.happy), secondary: [.emotion(.happy), .emotion(.surprise)]),
    Rating(primary: .emotion(.happy)),
    Rating(primary: .emotion(.neutral), secondary: [.other]),
    Rating(primary: .other, secondary: [.emotion(.neutral), .emotion(.neutral)]),
  ]

  @Test("Primary votes: each rater one vote, other does not count")
  func primary() throws {
    let target = try #require(Distribution(of: ratings, rule: .primary))
    #expect(target.probabilities == [0, 0, 2.0 / 3, 0, 0, 0, 0, 1.0 / 3])
    #expect(target[.happy] == 2.0 / 3)
    #expect(target[.neutral] == 1.0 / 3)
  }

  @Test("Primary and secondary votes: an emotion named twice by a rater gets one vote")
  func secondary() throws {
    let target = try #require(Distribution(of: ratings, rule: .primaryAndSecondary))
    #expect(target.probabilities == [0, 0, 0.4, 0.2, 0, 0, 0, 0.4])
  }

  @Test("No vote on the eight classes leaves no target")
  func none() {
    #expect(Distribution(of: [Rating(primary: .other)], rule: .primary) == nil)
    #expect(Distribution(of: [], rule: .primaryAndSecondary) == nil)
    #expect(Distribution(weights: [.sad: -1, .happy: 2]) == nil)
    #expect(Distribution(weights: [.sad: .infinity]) == nil)
  }

  @Test("Every class has its place", arguments: EmotionClass.allCases)
  func places(emotion: EmotionClass) {
    let target = Distribution(oneHot: emotion)
    #expect(target[emotion] == 1)
    #expect(target.probabilities.reduce(0, +) == 1)
    #expect(Distribution(of: [Rating(primary: .emotion(emotion))], rule: .primary) == target)
  }

  @Test("Rules have stable names")
  func names() {
    #expect(
      VoteRule.allCases.map(\.rawValue) == [
        "primary", "primary-without-other", "primary-without-no-agreement", "primary-without-other-and-no-agreement",
        "primary-and-secondary", "primary-and-secondary-without-other", "primary-and-secondary-without-no-agreement",
        "primary-and-secondary-without-other-and-no-agreement",
      ])
  }
}

@Suite("Plurality and means")
struct PluralityTests {
  func consensus(_ letters: String) -> Consensus {
    Consensus(
      pluralityOf: letters.map { letter in
        Rating(primary: EmotionClass(letter: letter).map(Vote.emotion) ?? .other)
      })
  }

  @Test("The most frequent primary vote wins, ties win nothing")
  func plurality() {
    #expect(consensus("AAS") == .emotion(.angry))
    #expect(consensus("HNNHN") == .emotion(.neutral))
    #expect(consensus("OOS") == .other)
    #expect(consensus("AASS") == .noAgreement)
    #expect(consensus("AASSN") == .noAgreement)
    #expect(consensus("OOSS") == .noAgreement)
    #expect(consensus("ASHUF") == .noAgreement)
    #expect(consensus("") == .noAgreement)
  }

  @Test("Means of attributes run over the raters who gave them")
  func means() {
    let means = AttributeValues.mean(of: [
      AttributeValues(arousal: 2, valence: 5), AttributeValues(arousal: 5), AttributeValues(),
    ])
    #expect(means == AttributeValues(arousal: 3.5, valence: 5))
    #expect(!means.isEmpty)
    #expect(AttributeValues.mean(of: []).isEmpty)
  }
}
