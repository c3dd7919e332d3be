import Emotion
import Evaluation
import Foundation
import Testing

@Suite struct ResamplingTests {
  /// Utterances drawn from a confusion of probabilities.
  static func clips(
    count: Int, seed: UInt64, speakers: Int = 0, effect: Double = 0, drawsLabels: Bool = true
  ) throws -> JudgedClips {
    var generator = CaseGenerator(state: seed &* 7919 &+ 13)
    let classes = EmotionClass.allCases
    let shifts = (0..<max(speakers, 1)).map { _ in (generator.unit() - 0.5) * effect }
    var predictions = ["FileName,angry,sad,happy,neutral,EmoClass,EmoAct"]
    var labels = ["FileName,EmoClass,EmoAct,SpkrID,Gender"]
    let known = [0, 1, 2, 7]
    for row in 0..<count {
      let speaker = speakers > 0 ? row % speakers : 0
      let draw = generator.below(10)
      let truth = drawsLabels ? draw : row % 10
      let label = truth < 4 ? 3 : truth < 7 ? 2 : truth < 9 ? 0 : 1
      let right = generator.unit() < 0.6 + shifts[speaker]
      let decision = right ? label : generator.below(4)
      var scores = (0..<4).map { _ in generator.unit() * 0.2 }
      scores[decision] += 0.5
      let sum = scores.reduce(0, +)
      let rated = 1 + 6 * generator.unit()
      predictions.append(
        "\(row)," + scores.map { "\($0 / sum)" }.joined(separator: ",")
          + ",\(classes[known[decision]].letter),\(rated + generator.unit())")
      labels.append("\(row),\(classes[known[label]].letter),\(rated),\(speaker),\(row % 2 == 0 ? "Female" : "Male")")
    }
    return try JudgedClips(
      PredictionColumns(csv: predictions.joined(separator: "\n")), LabelColumns(csv: labels.joined(separator: "\n")))
  }

  /// Every metric of a resample is the metric of the utterances drawn: the weights are read back from what each resample
  /// counts of single utterances.
  @Test func metricsOfResamplesAreThoseOfTheUtterancesDrawn() throws {
    let clips = try Self.clips(count: 40, seed: 3)
    let found = try ResampledMetrics(clips, Resampling(count: 33, seed: 9))
    #expect(found.resamples.count == 33)
    // A set of one stratum of two kinds of utterance: accuracy tells how many of each were drawn, and all else follows.
    let two = try JudgedClips(
      PredictionColumns(csv: "FileName,sad,fear,EmoClass\na,0.9,0.1,S\nb,0.2,0.8,F\nc,0.9,0.1,S\nd,0.2,0.8,F\n"),
      LabelColumns(csv: "FileName,EmoClass\na,S\nb,S\nc,S\nd,S\n"))
    let metrics = try ResampledMetrics(two, Resampling(count: 50))
    let place = { (name: String) in try #require(metrics.names.firstIndex(of: name)) }
    for resample in metrics.resamples {
      let hits = (resample[try place("accuracy")] * 4).rounded()
      let expected = -(hits * log(0.9) + (4 - hits) * log(0.2)) / 4
      #expect(abs(resample[try place("logLoss")] - expected) < 1e-12)
      let brier = (hits * 0.02 + (4 - hits) * 1.28) / 4
      #expect(abs(resample[try place("brier")] - brier) < 1e-12)
      let calibration = (hits * 0.1 + (4 - hits) * 0.8) / 4
      #expect(abs(resample[try place("ece")] - calibration) < 1e-12)
    }
    #expect(Set(metrics.resamples.map { $0[0] }).count > 2)
  }

  @Test func theSameSeedGivesTheSameResamples() throws {
    let clips = try Self.clips(count: 300, seed: 1, speakers: 12)
    for unit in [Resampling.Unit.utterances, .groups(column: "SpkrID")] {
      let one = try ResampledMetrics(clips, Resampling(unit: unit, count: 40, seed: 5))
      let two = try ResampledMetrics(clips, Resampling(unit: unit, count: 40, seed: 5))
      let other = try ResampledMetrics(clips, Resampling(unit: unit, count: 40, seed: 6))
      #expect(one.resamples == two.resamples)
      #expect(one.resamples != other.resamples)
    }
  }

  @Test func stepsOfALargeRankingStayCloseToTheExactAreas() throws {
    // Above 2^17 utterances, areas of resamples are taken by steps.
    let clips = try Self.clips(count: 140_000, seed: 21)
    let found = try ResampledMetrics(clips, Resampling(count: 16))
    for name in ["auroc", "averagePrecision"] {
      let place = try #require(found.names.firstIndex(of: name))
      let spread = found.resamples.map { abs($0[place] - found.values[place]) }.max() ?? 1
      // Within what resampling itself moves, some 0.003.
      #expect(spread < 0.01, "\(name)")
      let mean = found.resamples.reduce(0) { $0 + $1[place] } / 16
      #expect(abs(mean - found.values[place]) < 0.001, "\(name)")
    }
  }

  /// Where the surest are the most often right, equal steps lose some 0.003 at the top of the ranking, more than chance moves
  /// the figure; steps of a resample must lie about the exact areas.
  @Test func stepsDoNotMoveIntervals() throws {
    var generator = CaseGenerator(state: 5)
    var (predictions, labels) = ("FileName,sad,fear\n", "FileName,EmoClass\n")
    for row in 0..<140_000 {
      let score = generator.unit()
      // A class of one in fifty, with few others at the very top.
      let isSad = generator.unit() < pow(score, 200)
      predictions += "\(row),\(score),\(1 - score)\n"
      labels += "\(row),\(isSad ? "S" : "F")\n"
    }
    let clips = try JudgedClips(
      PredictionColumns(csv: predictions), LabelColumns(csv: labels), trustingColumns: true)
    let found = try ResampledMetrics(clips, Resampling(count: 400))
    for name in ["auroc", "averagePrecision"] {
      let place = try #require(found.names.firstIndex(of: name))
      let values = found.resamples.map { $0[place] }
      let mean = values.reduce(0, +) / 400
      let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 399).squareRoot()
      // Resamples of so many lie about the figure; four standard errors of their mean.
      #expect(abs(mean - found.values[place]) < 4 * deviation / 20, "\(name): \(found.values[place]), \(mean)")
    }
  }

  /// Each group of speakers is held against the others of its own: flags come as often as chance has it, though whole
  /// speakers are drawn.
  @Test func speakersWhoDoNotDifferAreRarelyFlagged() throws {
    var (flags, groups) = (0, 0)
    for round in 0..<12 {
      let clips = try Self.clips(count: 900, seed: UInt64(8000 + round), speakers: 30)
      let grouping = Grouping("SpkrID", texts: clips.columns["SpkrID"] ?? [])
      let resampling = Resampling(unit: .groups(column: "SpkrID"), count: 400, seed: UInt64(round))
      let report = try GroupReport.reports(of: clips, by: [grouping], resampling)[0]
      let single = report.groups.count { $0.isDrawnByUtterance }
      #expect(single == report.groups.count)
      groups += report.groups.count
      flags += report.groups.count { $0.accuracy.isFlagged }
      let halves = try GroupReport.reports(
        of: clips, by: [Grouping("Gender", texts: clips.columns["Gender"] ?? [])], resampling)[0]
      let halved = halves.groups.count { $0.isDrawnByUtterance }
      #expect(halved == 0)
    }
    // 5 % of 360 is 18, 4 either way; of 30 clips a speaker the bootstrap flags a little more.
    #expect((6...36).contains(flags), "\(flags) of \(groups)")
  }

  @Test func aHandfulOfClipsHasNoInterval() throws {
    let names = (0..<60).map { $0 < 9 ? "few" : $0 < 19 ? "enough" : "many" }
    let rows = names.indices.map { "\($0),\($0 < 19 || $0 % 2 == 0 ? "S" : "F")" }
    let labels = names.indices.map { "\($0),S,\(names[$0])" }
    let clips = try JudgedClips(
      PredictionColumns(csv: "FileName,EmoClass\n" + rows.joined(separator: "\n")),
      LabelColumns(csv: "FileName,EmoClass,Room\n" + labels.joined(separator: "\n")))
    let report = try GroupReport.reports(of: clips, by: [Grouping("Room", texts: clips.columns["Room"] ?? [])])[0]
    let found = Dictionary(uniqueKeysWithValues: report.groups.map { ($0.name, $0.accuracy) })
    #expect(found["few"]?.value == 1 && (found["few"]?.gap ?? 0) > 0.3)
    #expect(found["few"]?.interval == nil && found["few"]?.gapInterval == nil && found["few"]?.isFlagged == false)
    #expect(found["enough"]?.interval != nil && found["enough"]?.isFlagged == true)
  }

  @Test func groupsAreFlaggedWhereTheyDiffer() throws {
    var rows = ["FileName,sad,fear,EmoClass"]
    var labels = ["FileName,EmoClass,Room,Noise"]
    for row in 0..<400 {
      let isSad = row % 2 == 0
      let isWrong = row < 200 ? row % 10 < 4 : row % 20 == 0
      rows.append("\(row),\(isSad != isWrong ? "0.8,0.2,S" : "0.2,0.8,F")")
      labels.append("\(row),\(isSad ? "S" : "F"),\(row < 200 ? "hall" : "studio"),\(row % 3 == 0 ? "loud" : "soft")")
    }
    let clips = try JudgedClips(
      PredictionColumns(csv: rows.joined(separator: "\n")), LabelColumns(csv: labels.joined(separator: "\n")))
    let reports = try GroupReport.reports(
      of: clips,
      by: [
        Grouping("Room", texts: clips.columns["Room"] ?? []), Grouping("Noise", texts: clips.columns["Noise"] ?? []),
      ])
    #expect(reports[0].groups.map(\.name) == ["hall", "studio"])
    #expect(reports[0].groups.allSatisfy { $0.macroF1.isFlagged && $0.accuracy.isFlagged && $0.count == 200 })
    let hall = reports[0].groups[0]
    #expect(abs(hall.accuracy.value - 0.6) < 1e-12)
    #expect(abs((hall.accuracy.gap ?? 0) - (0.6 - 0.95)) < 1e-12)
    #expect((hall.accuracy.interval?.low ?? 1) < 0.6 && (hall.accuracy.interval?.high ?? 0) > 0.6)
    #expect(!reports[1].groups.contains { $0.macroF1.isFlagged })
  }

  @Test func numbersAreGroupedByTheirEdges() {
    let grouping = Grouping("Duration", numbers: [1, 2, 3.9, 4, 9, .nan], edges: [2, 4, 8], unit: " s")
    #expect(grouping.groups == ["below 2 s", "2 to 4 s", "4 to 8 s", "8 s and more"])
    #expect(grouping.members == [0, 1, 1, 2, 3, -1])
    let shares = Grouping("Agreement", numbers: [0.4, 0.9, 1], edges: [0.5, 0.999], last: "1")
    #expect(shares.groups == ["below 0.5", "0.5 to 1", "1"])
    let many = Grouping("Pitch", texts: (0..<100).map { "\($0)" })
    #expect(many.groups == ["below 25", "25 to 50", "50 to 75", "75 and more"])
    #expect(Grouping("Rater", texts: ["b", "", "a", "b"]).members == [1, -1, 0, 1])
  }

  @Test func comparisonsFindDifferencesAndOnlyThose() throws {
    let a = try Self.clips(count: 600, seed: 1)
    let same = try Comparison([("a", a), ("b", a)], Resampling(count: 200), rounds: 500)
    let pair = same.pairs[0]
    #expect(pair.differences["macroF1"]?.value == 0)
    #expect(pair.differences["macroF1"]?.randomisationP == 1)
    #expect(pair.differences["macroF1"]?.bootstrapP == 1)
    #expect(pair.mcNemar?.exact == 1)

    // The second system answers angry for every tenth utterance.
    let worse = try JudgedClips(
      PredictionColumns(
        csv: "FileName,EmoClass\n"
          + a.names.indices.map { row in
            "\(a.names[row]),\(row % 10 == 0 ? "A" : String(EmotionClass.allCases[Int(a.decisions[row])].letter))"
          }.joined(separator: "\n")),
      LabelColumns(
        csv: "FileName,EmoClass\n"
          + a.names.indices.map { "\(a.names[$0]),\(EmotionClass.allCases[Int(a.truth[$0])].letter)" }
          .joined(separator: "\n")))
    let found = try Comparison([("a", a), ("worse", worse)], Resampling(count: 400), rounds: 2000).pairs[0]
    let difference = try #require(found.differences["accuracy"])
    #expect(difference.value > 0 && difference.interval?.excludesZero == true)
    #expect(difference.bootstrapP < 0.01 && (difference.randomisationP ?? 1) < 0.01)
    #expect((found.mcNemar?.exact ?? 1) < 0.01)
    #expect(difference.bootstrapHolm >= difference.bootstrapP)
    let error = #expect(throws: EvaluationError.self) {
      try Comparison([("a", a), ("b", try Self.clips(count: 10, seed: 2))], Resampling(count: 10))
    }
    #expect(error?.description.contains("did not predict the same files") == true)
  }
}
