public import Foundation

/// One line of a run's `metrics.jsonl`: the numbers of one epoch.
///
/// A line is an object with `epoch`, mostly `stage` (a number or a name), and any numbers beside them, such as
/// `trainLoss` and `devMacroF1`; `null` stands for a number that was not finite. Other values are not looked at.
public struct TrainingRecord: Codable, Equatable, Sendable {
  /// The epoch, as the trainer counts.
  public var epoch: Int
  /// The stage of training, where there are several.
  public var stage: String?
  /// The numbers of the epoch by their keys.
  public var values: [String: Double]

  /// A record, as it is.
  public init(epoch: Int, stage: String? = nil, values: [String: Double]) {
    self.epoch = epoch
    self.stage = stage
    self.values = values
  }

  /// Reads one object.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    epoch = try container.decode(Int.self, forKey: Key("epoch"))
    stage =
      (try? container.decode(Int.self, forKey: Key("stage"))).map { "\($0)" }
      ?? (try? container.decode(String.self, forKey: Key("stage")))
    values = [:]
    for key in container.allKeys where key.stringValue != "epoch" && key.stringValue != "stage" {
      if let value = try? container.decode(Double.self, forKey: key) { values[key.stringValue] = value }
    }
  }

  /// Writes one object, as `metrics.jsonl` has it.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(epoch, forKey: Key("epoch"))
    if let stage {
      if let number = Int(stage) {
        try container.encode(number, forKey: Key("stage"))
      } else {
        try container.encode(stage, forKey: Key("stage"))
      }
    }
    for (key, value) in values where value.isFinite { try container.encode(value, forKey: Key(key)) }
  }

  /// Reads the records of a `metrics.jsonl`; lines without an epoch, such as notes of other events, are passed over.
  ///
  /// - Throws: `EvaluationError` with the line that is no JSON object.
  public static func read(from url: URL) throws(EvaluationError) -> [TrainingRecord] {
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .file(url.path, problem: "cannot be read: \(error.localizedDescription)")
    }
    var records: [TrainingRecord] = []
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.allSatisfy({ $0 == 32 || $0 == 13 }) {
      guard let object = try? JSONSerialization.jsonObject(with: Data(line)), object is [String: Any] else {
        throw .row(file: url.path, row: index + 1, problem: "is not JSON; each line holds one object with an epoch")
      }
      if let record = try? JSONDecoder().decode(TrainingRecord.self, from: Data(line)) { records.append(record) }
    }
    return records
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ string: String) { stringValue = string }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
