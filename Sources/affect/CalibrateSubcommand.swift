import ArgumentParser
import Foundation
import Workflows

struct CalibrateSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Fits a run's confidence on its development clips, and keeps that in its bundle.",
    discussion: """
      From then on `affect predict` gives calibrated probabilities, and with --coverage the sets of classes too.

      Examples:
        affect calibrate RUN
        affect calibrate RUN --method vector --coverage 0.9 --per-class
        affect calibrate RUN --method vector --priors estimate
        affect calibrate RUN --risk 0.2
        affect calibrate RUN --method none
      """)

  @Argument(help: ArgumentHelp("The folder of a training run.", valueName: "run")) var folder: String
  @Option(help: "temperature, vector, isotonic or none.") var method = "temperature"
  @Option(help: "Make sets of classes that hold the true one with this probability.") var coverage: Double?
  @Flag(help: "Promise the coverage for each class.") var perClass = false
  @Option(
    help: ArgumentHelp(
      "Frequencies of the classes in use: estimate, or angry=0.1,sad=0.2,...", valueName: "shares")) var priors: String?
  @Option(help: "Give no answer where more than this share of the answers would be wrong.") var risk: Double?
  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws {
    guard ["temperature", "vector", "isotonic", "none"].contains(method) else {
      throw ValidationError("there is no method '\(method)'; there are temperature, vector, isotonic, none")
    }
    if let coverage, !(coverage > 0 && coverage < 1) {
      throw ValidationError("--coverage is \(coverage); a number between 0 and 1 is expected")
    }
    if let risk, !(risk >= 0 && risk < 1) {
      throw ValidationError("--risk is \(risk); a share from 0 to less than 1 is expected")
    }
  }

  func run() throws {
    var options = CalibrateCommand.Options(run: URL(filePath: folder))
    options.method = method
    options.coverage = coverage
    options.perClass = perClass
    (options.priors, options.risk) = (priors, risk)
    try Console().print(CalibrateCommand(options).run(), json: json)
  }
}
