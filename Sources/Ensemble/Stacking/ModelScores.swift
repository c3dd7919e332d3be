import Emotion
public import Evaluation

/// What one model says of a set of utterances, joined from one file or several.
public struct ModelScores: Equatable, Sendable {
  /// How the files of one model come together.
  public enum Joining: Sendable {
    /// Each utterance is in one file: files of splits, or of folds that were held out in turn.
    case distinct
    /// Each utterance is in all files, whose scores are averaged: the networks of all folds on utterances that none of
    /// them was trained on. A decision is then the class of the highest mean.
    case average
  }

  /// The model's name in messages and among importances.
  public let name: String
  /// Its scores, all files together.
  public let table: ScoreFile
  /// Which utterances each file holds; empty where files were averaged.
  let parts: [(source: String, range: Range<Int>)]

  /// Joins the files of a model.
  ///
  /// - Throws: `EnsembleError` where classes differ, where an utterance is in two files (`.distinct`), or where files do
  ///   not hold the same utterances (`.average`)
  public init(name: String, files: [ScoreFile], _ joining: Joining = .distinct) throws(EnsembleError) {
    guard let first = files.first else { throw .models("the model '\(name)' has no file") }
    self.name = name
    for file in files where file.classes != first.classes {
      throw .models(
        "\(file.source) has the classes \(Self.list(file.classes)), but \(first.source), of the same model, has "
          + Self.list(first.classes))
    }
    guard files.count > 1 else {
      (table, parts) = (first, [(first.source, first.fileNames.indices)])
      return
    }
    switch joining {
    case .distinct: (table, parts) = try Self.joined(files)
    case .average: (table, parts) = (try Self.averaged(files), [])
    }
  }

  /// The predictions of a model that are at hand.
  ///
  /// - Throws: `EnsembleError.file` where there are none
  public init(name: String, predictions: Predictions) throws(EnsembleError) {
    try self.init(name: name, files: [ScoreFile(predictions, source: "the predictions of \(name)")])
  }

  private static func joined(
    _ files: [ScoreFile]
  ) throws(EnsembleError) -> (ScoreFile, [(source: String, range: Range<Int>)]) {
    var owners: [String: Int] = [:]
    var parts: [(source: String, range: Range<Int>)] = []
    for (index, file) in files.enumerated() {
      for name in file.fileNames {
        if let other = owners.updateValue(index, forKey: name) {
          throw .models(
            "'\(name)' is in \(files[other].source) and in \(file.source); of one model, each utterance is in one file "
              + "(predictions can be averaged instead: --average)")
        }
      }
      let start = parts.last?.range.upperBound ?? 0
      parts.append((file.source, start..<start + file.fileNames.count))
    }
    let decisions = files.compactMap(\.decisions)
    var table = ScoreFile(
      source: files.map(\.source).joined(separator: ", "), classes: files[0].classes,
      fileNames: files.flatMap(\.fileNames), scores: files.flatMap(\.scores),
      decisions: decisions.count == files.count ? Array(decisions.joined()) : nil,
      attributes: common(files) { attribute in files.flatMap { $0.attributes[attribute] ?? [] } })
    table.embeddings = try Embeddings(joining: files)
    return (table, parts)
  }

  /// A column for each attribute that all files have.
  private static func common(_ files: [ScoreFile], _ column: (Attribute) -> [Double]) -> [Attribute: [Double]] {
    let shared = Attribute.allCases.filter { attribute in files.allSatisfy { $0.attributes[attribute] != nil } }
    return Dictionary(shared.map { ($0, column($0)) }, uniquingKeysWith: { first, _ in first })
  }

  /// Embeddings are left out: those of several networks have nothing in common that a mean could be of.
  private static func averaged(_ files: [ScoreFile]) throws(EnsembleError) -> ScoreFile {
    let order = try Alignment(files).orders
    let width = files[0].classes.count
    for file in files where file.kind != files[0].kind {
      throw .models(
        "\(file.source) holds \(file.kind.rawValue), but \(files[0].source), of the same model, "
          + "\(files[0].kind.rawValue); their mean would be neither")
    }
    var mean = [Double](repeating: 0, count: files[0].scores.count)
    for (file, order) in zip(files, order) {
      for (row, place) in order.enumerated() {
        for c in 0..<width { mean[row * width + c] += file.scores[place * width + c] / Double(files.count) }
      }
    }
    let attributes = common(files) { attribute in
      files[0].fileNames.indices.map { row in
        zip(files, order).reduce(0) { $0 + ($1.0.attributes[attribute]?[$1.1[row]] ?? .nan) } / Double(files.count)
      }
    }
    return ScoreFile(
      source: files.map(\.source).joined(separator: ", "), classes: files[0].classes, fileNames: files[0].fileNames,
      scores: mean, decisions: nil, attributes: attributes)
  }

  /// Checks that scores are of networks that were not trained on the utterances: every utterance has a fold, and where
  /// there are several files each holds utterances of one fold.
  ///
  /// - Parameter folds: the fold of each utterance
  /// - Throws: `EnsembleError.division`
  public func checkOutOfFold(_ folds: [String: Int]) throws(EnsembleError) {
    let without = table.fileNames.filter { folds[$0] == nil }
    guard without.isEmpty else {
      throw .division(
        "\(without.count) utterances of \(name) are in no fold (\(without.sorted().prefix(10).joined(separator: ", "))): "
          + "no network can have been trained without them alone")
    }
    guard parts.count > 1 else { return }
    for part in parts {
      let held = Set(table.fileNames[part.range].compactMap { folds[$0] }).sorted()
      guard held.count == 1 else {
        throw .division(
          "\(part.source) holds utterances of the folds \(held.map(String.init).joined(separator: ", ")); the network of "
            + "one fold predicts that fold alone")
      }
    }
  }

  static func list(_ classes: [EmotionClass]) -> String { classes.map(\.rawValue).joined(separator: ", ") }

  /// Whether all is the same.
  public static func == (a: ModelScores, b: ModelScores) -> Bool {
    a.name == b.name && a.table == b.table && a.parts.map(\.range) == b.parts.map(\.range)
  }
}

/// Where each file has the utterances of the first.
struct Alignment {
  /// For each file the rows that hold the utterances, in the order of the first file's.
  let orders: [[Int]]

  /// Throws `EnsembleError.mismatch`, which lists every utterance that is not in all files. Names that most files have
  /// are taken for what is expected.
  init(_ files: [ScoreFile]) throws(EnsembleError) {
    let places = files.map { file in
      Dictionary(zip(file.fileNames, file.fileNames.indices), uniquingKeysWith: { first, _ in first })
    }
    let first = files.first?.fileNames ?? []
    let agree = files.indices.allSatisfy { i in
      files[i].fileNames.count == first.count && first.allSatisfy { places[i][$0] != nil }
    }
    guard agree else {
      var counts: [String: Int] = [:]
      for file in files { for name in file.fileNames { counts[name, default: 0] += 1 } }
      let expected = Set(counts.filter { $0.value * 2 >= files.count }.keys)
      throw .mismatch(
        files.indices.compactMap { i in
          let missing = expected.filter { places[i][$0] == nil }.sorted()
          let surplus = files[i].fileNames.filter { !expected.contains($0) }.sorted()
          return missing.isEmpty && surplus.isEmpty
            ? nil : UtteranceMismatch(file: files[i].source, missing: missing, surplus: surplus)
        })
    }
    orders = places.map { places in first.compactMap { places[$0] } }
  }
}
