import ArgumentParser
import Foundation
import Workflows

/// `affect stack`
struct StackSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stack", abstract: "Brings several models together, from their prediction files alone.",
    subcommands: [StackFitSubcommand.self, StackPredictSubcommand.self])
}

/// How models are given, the same in both commands.
private let modelHelp = ArgumentHelp(
  "A model's CSV, or several of one model joined by commas: FileName and a column of probabilities or logits for each "
    + "class. Without names, models are told apart by their order.",
  valueName: "[name=]file[,file...]")

private func models(_ texts: [String]) throws -> [StackCommand.Model] {
  try texts.map {
    guard let model = StackCommand.Model($0) else {
      throw ValidationError("--predictions \($0): [NAME=]FILE[,FILE...] is expected")
    }
    return model
  }
}

struct StackFitSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fits random forests, or a vote, on the scores of several models.",
    discussion: """
      Examples:
        affect stack fit --predictions a.csv b.csv c.csv --labels labels.csv --split Train --output stack.safetensors
        affect stack fit --predictions wavlm=runs/a/predictions/folds.csv whisper=runs/b/predictions/folds.csv \\
          --labels CORPUS --out-of-fold --per-class 1120 --output stack.safetensors
        affect stack fit --predictions a0.csv,a1.csv,a2.csv b0.csv,b1.csv,b2.csv --labels CORPUS \\
          --fold-file CORPUS/Folds/speakers-3.csv --output stack.safetensors
        affect stack fit --predictions a.csv b.csv --method soft-vote --output vote.safetensors
      In-sample scores are those of networks on utterances that they were trained on; out-of-fold scores are of networks
      that did not see the utterance, as `affect train --folds` writes them.
      """)

  @Option(parsing: .upToNextOption, help: modelHelp) var predictions: [String]
  @Option(help: "A CSV with FileName and EmoClass, or a corpus's folder. Votes need none.") var labels: String?
  @Option(help: "Keep the labels of this Split_Set, such as Train.") var split: String?
  @Option(help: "The file to write.") var output: String
  @Option(help: "How models are brought together: \(StackCommand.methods.joined(separator: ", ")).")
  var method = "forest"
  @Option(help: "What a forest sees of the columns: \(StackCommand.scales.joined(separator: ", ")).")
  var scale = "as-is"
  @Option(help: "Utterances of each class to grow on: a number, `rarest` (as many as the rarest has) or `all`.")
  var perClass = "rarest"
  @Option(help: "Stratified folds, a forest for each, which does not see it; 1 grows one forest on all.") var folds = 5
  @Flag(help: "Record that the networks did not see the utterances in training.") var outOfFold = false
  @Option(help: "Check that against this file of folds (`affect corpus folds`).") var foldFile: String?
  @Option(help: "Trees in each forest.") var trees = 200
  @Option(help: "Splits between root and leaf at the most; 0 sets no limit.") var depth = 8
  @Option(help: "Utterances in a leaf at the least.") var minLeaf = 10
  @Option(help: "Utterances of a node that may be split at the least.") var minSplit = 10
  @Option(help: "Columns drawn for each split: sqrt, all or a number.") var featuresPerSplit = "sqrt"
  @Flag(inversion: .prefixedNo, help: "Whether each tree sees a bootstrap of the utterances.") var bootstrap = true
  @Option(help: "Decides every draw; the number of threads changes nothing.") var seed: UInt64 = 0
  @Option(help: "Threads; all cores without.") var threads: Int?
  @Flag(help: "Print what it came to as JSON.") var json = false

  func validate() throws {
    if let fault = try options().fault { throw ValidationError(fault) }
    guard labels != nil || method != "forest" else { throw ValidationError("a forest needs --labels") }
  }

  func run() throws {
    let console = Console()
    let result = try StackCommand.fit(options(), output: URL(filePath: output), report: console.show)
    try console.print(result, json: json)
  }

  private func options() throws -> StackCommand.FitOptions {
    var options = StackCommand.FitOptions(try models(predictions))
    options.labels = labels.map { URL(filePath: $0) }
    options.split = split
    options.method = method
    options.scale = scale
    options.perClass = perClass
    options.folds = folds
    options.isOutOfFold = outOfFold
    options.foldFile = foldFile.map { URL(filePath: $0) }
    options.trees = trees
    options.depth = depth
    options.minLeaf = minLeaf
    options.minSplit = minSplit
    options.featuresPerSplit = featuresPerSplit
    options.bootstrap = bootstrap
    options.seed = seed
    options.threads = threads
    return options
  }
}

struct StackPredictSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Applies a stack to the prediction files of its models.",
    discussion: """
      Examples:
        affect stack predict --predictions a.csv b.csv c.csv --model stack.safetensors --output Test1.csv
        affect stack predict --predictions whisper=w.csv wavlm=v.csv --model stack.safetensors --output Test1.csv
        affect stack predict --predictions a0.csv,a1.csv b0.csv,b1.csv --average --model stack.safetensors --output t.csv
      Models are found by the names that they were fitted with; without names, give them in the same order.
      """)

  @Option(parsing: .upToNextOption, help: modelHelp) var predictions: [String]
  @Option(help: "A file that `affect stack fit` wrote.") var model: String
  @Option(help: "The predictions file to write.") var output: String
  @Flag(help: "Average the files of one model, which hold the same utterances, instead of joining them.")
  var average = false
  @Option(help: "Threads; all cores without.") var threads: Int?
  @Flag(help: "Print what it came to as JSON.") var json = false

  func validate() throws {
    _ = try models(predictions)
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); allowed is 1 or more") }
  }

  func run() throws {
    let console = Console()
    let result = try StackCommand.predict(
      models(predictions), stack: URL(filePath: model), averages: average, output: URL(filePath: output),
      threads: threads, report: console.show)
    try console.print(result, json: json)
  }
}
