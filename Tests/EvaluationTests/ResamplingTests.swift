import Emotion
import Evaluation
import Foundation
import Testing

@Suite struct ResamplingTests {
  /// Utterances drawn from a confusion of probabilities.
  static func clips(
    count: Int, seed: UInt64, speakers: Int = 0, effect: Double = 0
  ) throws -> JudgedClips {
    var generator = CaseGenerator(state: seed &* 7919 &+ 13)
    let classes = EmotionClass.allCases
    let shifts = (0..<max(speakers, 1)).map { _ in (generator.unit() - 0.5) * effect }
    var predictions = ["FileName,angry,sad,happy,neutral,EmoClass,EmoAct"]
    var labels = ["FileName,EmoClass,EmoAct,SpkrID,Gender"]
    let known = [0, 1, 2, 7]
    for row in 0..<count {
      let speaker = speakers > 0 ? row % speakers : 0
      let truth = generator.below(10)
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

  /// The stated coverage in a simulation: sets drawn from a known system, and how often the interval holds its true metric.
  @Test func intervalsCoverTheTruth() throws {
    // The true metrics of the system that `clips` draws from, by labels' shares 0.2, 0.1, 0.3, 0.4 and 0.6 + 0.4/4 right.
    let shares = [0.2, 0.1, 0.3, 0.4]
    let right = 0.7
    let f1 = shares.map { share in 2 * share * right / (share + share * right + (1 - share) * 0.1) }
    let truth = ["accuracy": right, "uar": right, "macroF1": f1.reduce(0, +) / 4]
    var covered: [String: Int] = [:]
    let rounds = 300
    for round in 0..<rounds {
      let clips = try Self.clips(count: 250, seed: UInt64(1000 + round))
      let intervals = try ResampledMetrics(clips, Resampling(count: 400, seed: UInt64(round))).intervals
      for (name, value) in truth {
        let interval = try #require(intervals[name])
        if interval.low <= value && value <= interval.high { covered[name, default: 0] += 1 }
      }
    }
    // 95 % of 300 is 285; chance moves it by 4 either way (one standard deviation).
    for name in truth.keys {
      #expect((273...297).contains(covered[name] ?? 0), "\(name): \(covered[name] ?? 0) of 300")
    }
  }

  @Test func clusteredIntervalsCoverWhereSpeakersDiffer() throws {
    var (clustered, plain) = (0, 0)
    let rounds = 200
    for round in 0..<rounds {
      // 60 speakers whose accuracy spreads over 0.7 ± 0.2 (before the lucky guesses, 0.6 ± 0.2).
      let clips = try Self.clips(count: 1200, seed: UInt64(5000 + round), speakers: 60, effect: 0.4)
      for unit in [Resampling.Unit.groups(column: "SpkrID"), .utterances] {
        let found = try ResampledMetrics(clips, Resampling(unit: unit, count: 300, seed: UInt64(round)))
        let interval = try #require(found.intervals["accuracy"])
        if interval.low <= 0.7 && 0.7 <= interval.high {
          if unit == .utterances { plain += 1 } else { clustered += 1 }
        }
      }
    }
    // 95 % of 200 is 190, 3 either way; an interval that takes utterances of a speaker for independent is too narrow.
    #expect((180...199).contains(clustered), "\(clustered) of 200")
    #expect(plain < clustered, "\(plain) of 200 without speakers")
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
