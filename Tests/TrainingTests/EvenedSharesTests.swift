import Basics
import Foundation
import Testing
import Training

@Suite struct EvenedSharesTests {
  /// Corpus a: 600 clips of one speaker; b: 200 of two; c: 100 of ten, none with a consensus. A third of a and b is of class 1.
  static let origins: [ClipOrigin] =
    (0..<600).map { _ in ClipOrigin(corpus: "a", speaker: "a0") }
    + (0..<200).map { ClipOrigin(corpus: "b", speaker: "b\($0 % 10 == 0 ? 0 : 1)") }
    + (0..<100).map { ClipOrigin(corpus: "c", speaker: "c\($0 % 10)") }
  static let clips = origins.indices.map { clip in
    (clip: clip, label: clip >= 800 ? nil : clip % 3 == 0 ? 1 : 0 as Int?)
  }

  /// How often each clip is drawn in an epoch, over many of them.
  func rates(_ shares: EvenedShares, epochs: Int = 300) -> [Double] {
    var counts = [Int](repeating: 0, count: Self.clips.count)
    for epoch in 0..<epochs {
      var random = SeededGenerator(seed: 5, epoch)
      let drawn = Sampling.evened(shares).clips(Self.clips, origin: { Self.origins[$0] }, using: &random)
      #expect(drawn.count == Self.clips.count)
      for clip in drawn { counts[clip] += 1 }
    }
    return counts.map { Double($0) / Double(epochs) }
  }

  func sum(_ rates: [Double], where condition: (ClipOrigin) -> Bool) -> Double {
    zip(rates, Self.origins).reduce(0) { $0 + (condition($1.1) ? $1.0 : 0) }
  }

  @Test func withoutExponentsEachClipIsDrawnOnce() {
    var random = SeededGenerator(seed: 1)
    let drawn = Sampling.evened(.init(corpora: 0, speakers: 0, classes: 0))
      .clips(Self.clips, origin: { Self.origins[$0] }, using: &random)
    #expect(drawn.sorted() == Self.clips.map(\.clip) && drawn != drawn.sorted())
  }

  @Test func exponentsOfOneDrawAllAlike() {
    let corpora = rates(.init(corpora: 1, speakers: 0, classes: 0))
    for name in ["a", "b", "c"] { #expect(abs(sum(corpora) { $0.corpus == name } - 300) < 3, "corpus \(name)") }
    let speakers = rates(.init(corpora: 0, speakers: 1, classes: 0))
    // 13 speakers share 900 clips.
    for name in ["a0", "b0", "b1", "c4"] {
      #expect(abs(sum(speakers) { $0.speaker == name } - 900.0 / 13) < 2, "speaker \(name)")
    }
    let classes = rates(.init(corpora: 0, speakers: 0, classes: 1))
    // Within a and b both classes alike, and the clips without consensus are a class of c's own: five in all.
    for corpus in ["a", "b"] {
      for label in [0, 1] {
        let found = zip(classes, Self.clips).filter { Self.origins[$1.clip].corpus == corpus && $1.label == label }
          .reduce(0) { $0 + $1.0 }
        #expect(abs(found - 180) < 3, "corpus \(corpus), class \(label)")
      }
    }
  }

  @Test func temperedSharesLieBetween() {
    let rates = rates(.init(corpora: 0.5, speakers: 0, classes: 0))
    let roots = [600, 200, 100].map { Double($0).squareRoot() }
    for (name, root) in zip(["a", "b", "c"], roots) {
      #expect(abs(sum(rates) { $0.corpus == name } - 900 * root / roots.reduce(0, +)) < 3, "corpus \(name)")
    }
  }

  @Test func theSameNumbersDrawTheSameClips() {
    let shares = EvenedShares(corpora: 0.5, speakers: 0.25, classes: 0.5)
    let drawn = (0..<2).map { _ in
      var random = SeededGenerator(seed: 3)
      return Sampling.evened(shares).clips(Self.clips, origin: { Self.origins[$0] }, using: &random)
    }
    #expect(drawn[0] == drawn[1])
    var random = SeededGenerator(seed: 3)
    #expect(Sampling.evened(shares).clips([], using: &random).isEmpty)
  }
}
