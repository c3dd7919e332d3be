import Basics
public import Foundation

extension ModelBundle {
  /// The folder of the bundle that comes with Affect, for speech whose emotions are wanted at once: a small network trained on
  /// acted speech, calibrated on speakers that it did not learn from. docs/model-card.md says what it knows, how well, and
  /// what it must not be used for.
  ///
  ///     let recognizer = try await Recognizer(bundle: ModelBundle.standard)
  ///
  /// - Throws: `FileError` where the command was moved without the folders of resources beside it.
  public static var standard: URL {
    get throws {
      guard let folder = Bundle.module.url(forResource: "standard", withExtension: nil) else {
        throw FileError(
          url: Bundle.module.bundleURL,
          message: "does not hold the bundle that comes with Affect; give one with --model, or build Affect again")
      }
      return folder
    }
  }

  /// What is said where nobody named a bundle.
  public static let standardNotice =
    "the model that comes with Affect is used, trained on acted speech (docs/model-card.md); --model takes another"
}
