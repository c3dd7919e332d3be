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

private func models(_ texts: [String], _ option: String = "--predictions") throws -> [StackCommand.Model] {
  try texts.map {
    guard let model = StackCommand.Model($0) else {
      throw ValidationError("\(option) \($0): [NAME=]FILE[,FILE...] is expected")
    }
    return model
  }
}

private func list(_ names: [String]) -> String { names.joined(separator: ", ") }

/// The options of a forest.
struct StackForestOptions: ParsableArguments {
  @Option(help: "Utterances of each class to grow on: a number, `rarest` (as many as the rarest has) or `all`.")
  var perClass = "rarest"
  @Option(help: "Trees in each forest.") var trees = 200
  @Option(help: "Splits between root and leaf at the most; 0 sets no limit.") var depth = 8
  @Option(help: "Utterances in a leaf at the least.") var minLeaf = 10
  @Option(help: "Utterances of a node that may be split at the least.") var minSplit = 10
  @Option(help: "Columns drawn for each split: sqrt, all or a number.") var featuresPerSplit = "sqrt"
  @Flag(inversion: .prefixedNo, help: "Whether each tree sees a bootstrap of the utterances.") var bootstrap = true

  func set(_ options: inout StackFitOptions) {
    options.perClass = perClass
    options.trees = trees
    options.depth = depth
    options.minLeaf = minLeaf
    options.minSplit = minSplit
    options.featuresPerSplit = featuresPerSplit
    options.bootstrap = bootstrap
  }
}

/// The options of meta-classifiers.
struct StackMetaOptions: ParsableArguments {
  @Flag(help: "Take the models' attributes as inputs, and learn the rated ones beside the classes.")
  var attributes = false
  @Flag(help: "Take the models' embeddings as inputs: NAME.embeddings.safetensors beside NAME.csv.")
  var embeddings = false
  @Option(help: "Widths of hidden layers with ReLU, joined by commas; without, the classifier is linear.")
  var hidden: String?
  @Option(help: "What is learnt: \(list(StackFitOptions.targets)).") var targets = "soft"
  @Option(help: "How a corpus's ratings become soft targets: \(list(StackFitOptions.voteRules)).")
  var votes = "primary"
  @Option(help: "What an epoch goes through: \(list(StackFitOptions.samplings)).") var sampling = "balanced"
  @Option(
    help: "Utterances without consensus in a balanced epoch, as a share of the others; as many as of one class without."
  )
  var noConsensusShare: Double?
  @Option(help: "Utterances in a batch.") var batchSize = 128
  @Option(help: "The learning rate of AdamW.") var learningRate = 1e-3
  @Option(help: "How it changes: \(list(StackFitOptions.schedules)).") var schedule = "constant"
  @Option(help: "The weight decay of AdamW.") var weightDecay = 1e-2
  @Option(help: "By what epochs and ingredients are selected: \(list(StackFitOptions.selections)).")
  var selectBy = "macro-f1"
  @Option(help: "Epochs at the most.") var epochs = 200
  @Option(help: "Epochs without a better held-out score after which a run ends.") var patience = 20
  @Option(help: "Runs in a soup, which differ in their seed.") var runs = 6
  @Option(help: "The share of out-of-fold utterances to select on, where none are given by --held-out.")
  var heldOutShare = 0.1

  func set(_ options: inout StackFitOptions) throws {
    options.usesAttributes = attributes
    options.usesEmbeddings = embeddings
    options.hiddenWidths = try (hidden ?? "").split(separator: ",").map {
      guard let width = Int($0) else {
        throw ValidationError("--hidden is \(hidden ?? ""); allowed are numbers joined by commas")
      }
      return width
    }
    options.targets = targets
    options.votes = votes
    options.sampling = sampling
    options.noConsensusShare = noConsensusShare
    options.batchSize = batchSize
    options.learningRate = learningRate
    options.schedule = schedule
    options.selection = selectBy
    options.weightDecay = weightDecay
    options.epochs = epochs
    options.patience = patience
    options.runs = runs
    options.heldOutShare = heldOutShare
  }
}

struct StackFitSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fits forests, meta-classifiers, a soup of them or a vote on the scores of models.",
    discussion: """
      Examples:
        affect stack fit --predictions a.csv b.csv c.csv --labels labels.csv --split Train --output stack.safetensors
        affect stack fit --predictions wavlm=runs/a/predictions/folds.csv whisper=runs/b/predictions/folds.csv \\
          --labels CORPUS --out-of-fold --per-class 1120 --output stack.safetensors
        affect stack fit --predictions a0.csv,a1.csv,a2.csv b0.csv,b1.csv,b2.csv --labels CORPUS \\
          --fold-file CORPUS/Folds/speakers-3.csv --method greedy-soup --output soup.safetensors
        affect stack fit --predictions a=a-train.csv b=b-train.csv --held-out a=a-dev.csv b=b-dev.csv \\
          --labels CORPUS --split Train --held-out-split Development --method meta --output meta.safetensors
        affect stack fit --predictions a.csv b.csv --method soft --output vote.safetensors
        affect stack fit --predictions m1.csv m2.csv m3.csv --top 2 --out-of-fold --labels CORPUS --method majority \\
          --output vote.safetensors
      In-sample scores are those of networks on utterances that they were trained on; out-of-fold scores are of networks
      that did not see the utterance, as `affect train --folds` writes them. Epochs of meta-classifiers, the ingredients
      of a greedy soup and the best models are selected on utterances that no network was trained on.
      What is finished is kept in OUTPUT.parts until the stack is written: the same command goes on with it.
      """)

  @Option(parsing: .upToNextOption, help: modelHelp) var predictions: [String]
  @Option(help: "A CSV with FileName and EmoClass, or a corpus's folder. Votes need none.") var labels: String?
  @Option(help: "Keep the labels of this Split_Set, such as Train.") var split: String?
  @Option(help: "The file to write.") var output: String
  @Option(help: "How models are brought together: \(list(StackFitOptions.methods)).") var method = "forest"
  @Option(help: "What the stack sees of the columns: \(list(StackFitOptions.scales)). Forests see them as they are.")
  var scale: String?
  @Option(
    help: """
      Of forests: stratified folds, a forest for each, which does not see it; 1 grows one on all. Of meta-classifiers: \
      folds that are held out in turn; 1 holds out once. (default: 5 and 1)
      """)
  var folds: Int?
  @Option(help: "Keep this many of the models, those that are best by themselves.") var top: Int?
  @Option(
    help: """
      How a class is decided on: \(list(StackFitOptions.decisions)). With macro-f1, probabilities are multiplied by factors \
      of the classes that make the best Macro-F1 on --held-out, or for soft votes on --out-of-fold scores.
      """)
  var decision = StackFitOptions.decisions[0]
  @Option(
    name: .customLong("held-out"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "The same models' files for other utterances, to select on.", valueName: "[name=]file[,file...]"))
  var heldOut: [String] = []
  @Option(help: "The labels of --held-out; those of --labels without.") var heldOutLabels: String?
  @Option(help: "Their Split_Set; without, the rows that the files have.") var heldOutSplit: String?
  @Flag(help: "Record that the networks did not see the utterances in training.") var outOfFold = false
  @Option(help: "Check that against this file of folds (`affect corpus folds`).") var foldFile: String?
  @OptionGroup(title: "Forest Options") var forest: StackForestOptions
  @OptionGroup(title: "Meta-Classifier Options") var meta: StackMetaOptions
  @Option(help: "Decides every draw; the number of threads changes nothing.") var seed: UInt64 = 0
  @Option(help: "Threads; all cores without.") var threads: Int?
  @Flag(help: "Print what it came to as JSON.") var json = false

  func validate() throws {
    if let fault = try options().fault { throw ValidationError(fault) }
  }

  func run() throws {
    let console = Console()
    let result = try StackCommand.fit(options(), output: URL(filePath: output), report: console.show)
    try console.print(result, json: json)
  }

  private func options() throws -> StackFitOptions {
    var options = StackFitOptions(try models(predictions))
    options.labels = labels.map { URL(filePath: $0) }
    options.split = split
    options.heldOut = try models(heldOut, "--held-out")
    options.heldOutLabels = heldOutLabels.map { URL(filePath: $0) }
    options.heldOutSplit = heldOutSplit
    options.method = method
    options.scale = scale
    options.folds = folds
    options.topModels = top
    options.decision = decision
    options.isOutOfFold = outOfFold
    options.foldFile = foldFile.map { URL(filePath: $0) }
    options.seed = seed
    options.threads = threads
    forest.set(&options)
    try meta.set(&options)
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
