import ArgumentParser
import Foundation
import Workflows

struct TrainSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a model, or a system of many, by a recipe: from audio to predictions.",
    discussion: """
      Examples:
        affect train quick --corpus corpora/emodb --output runs/emodb
        affect train quick --corpus corpora/emodb --output runs/emodb --resume
        affect train recipes/quick.yaml --corpus corpora/emodb --output runs/folds --folds 5
        affect train quick --corpus corpora/emodb --output runs/wide --set model.width=128 --set training.seed=7
      A system of many models, its stacks and tables; on two machines that share a disk, each a half of the models:
        affect train unicamp --corpus corpora/msp --output runs/unicamp --resume
        affect train medusa --corpus corpora/msp --output runs/medusa --set encoders.wavlm-large=models/wavlm
        affect train medusa --corpus corpora/msp --output runs/medusa --shard 0/2
      Several processes that share each batch, on one machine or many:
        torchrun --no-python --nproc-per-node 2 affect train quick --corpus corpora/emodb --output runs/two
        srun --ntasks 2 affect train quick --corpus corpora/emodb --output runs/two
      """)

  @Argument(
    help: """
      A recipe's file, or the name of one that comes with Affect (affect, unicamp, medusa, medusa-ablations, default, \
      baseline, quick).
      """
  )
  var recipe: String
  @Option(help: "The corpus's folder.") var corpus: String
  @Option(help: "The run's folder.") var output: String
  @Option(help: "The feature store (default: CORPUS/Features).") var features: String?
  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Change a value of the recipe.", valueName: "key=value")) var settings: [String] = []
  @Option(help: "Train once for each of so many speaker-disjoint folds.") var folds: Int?
  @Option(help: "A split that `affect corpus split` wrote, in place of the corpus's own.") var split: String?
  @Option(help: ArgumentHelp("This process's share of a system's models, from 0/N.", valueName: "i/n")) var shard:
    String?
  @Flag(help: "Go on with what a killed run left.") var resume = false
  @Flag(help: "Print the evaluation as JSON.") var json = false

  func run() throws {
    let console = Console()
    var options = TrainCommand.Options(
      recipe: recipe, corpus: URL(filePath: corpus), output: URL(filePath: output))
    options.settings = settings
    options.features = features.map { URL(filePath: $0) }
    options.folds = folds
    options.split = split
    options.shard = shard
    options.resume = resume
    let command = try TrainCommand(options, whenLost: Self.end, report: console.show)
    if let result = try command.run() { try console.print(result, json: json) }
  }

  /// Ends the process from whatever thread: the one that works may be waiting for a rank that is no more.
  @Sendable private static func end(reason: String) {
    Console.error(reason)
    _exit(1)
  }
}
