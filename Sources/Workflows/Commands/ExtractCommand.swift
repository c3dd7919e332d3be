import Basics
import Corpora
import Encoders
import FeatureStore
public import Foundation
import Tensors

/// `affect extract`
public struct ExtractCommand {
  /// What to do.
  public struct Options: Sendable {
    /// The corpus's folder.
    public var corpus: URL
    /// The encoders: names of front ends, and published models by their folders or ids.
    public var encoders: [String]
    /// The store's folder.
    public var output: URL
    /// `I/N`, this process's share; nil takes that of the rank, where torchrun, srun or mpirun started several.
    public var shard: String?
    /// How numbers are stored: `bfloat16`, `float16` or `float32`.
    public var dtype = "bfloat16"
    /// Where published models compute.
    public var device = "cpu"
    /// Which hidden state of published models: `last`, a number, `mean:FIRST-LAST` or `sum:FIRST-LAST`; `all` and
    /// `all:FIRST-LAST` keep several side by side.
    public var layer = "last"
    /// What published models compute in: `auto`, `float32` or `bfloat16`.
    public var precision = "auto"
    /// What Whisper sees around a clip: `window` or `clip`.
    public var context = "window"
    /// Whether a text's special tokens become features.
    public var specialTokens = true
    /// Seconds that a clip may have at the most.
    public var longest = FeatureExtraction.Options().longest
    /// Megabytes in a shard, about.
    public var shardMegabytes = FeaturePlan.shardBytes / 1_000_000
    /// Whether clips that failed are tried again although their files are the same.
    public var retrying = false

    /// Options with the required ones.
    public init(corpus: URL, encoders: [String], output: URL) {
      (self.corpus, self.encoders, self.output) = (corpus, encoders, output)
    }
  }

  /// What came of an extraction.
  struct Summary: Encodable {
    let utterances: Int
    let share: String
    let sets: [FeatureStatistics]
    let failures: [FeatureExtraction.Failure]
    /// What is wrong in the corpus's tables; the rows concerned are left out.
    let faults: [Finding]
    let corpus: String
    let seconds: Double

    var text: String {
      var lines = sets.map { set in
        "\(set.set): \(set.utterances) utterances, \(set.frames) frames of \(set.width ?? 0) numbers, "
          + "\(set.shards) shards, \(decimals(Double(set.bytes) / 1e6, 1)) MB"
      }
      if !failures.isEmpty {
        lines.append("\(failures.count) of \(utterances) clips have no features:")
        lines += failures.prefix(20).map { "  \($0.fileName): \($0.reason)" }
        if failures.count > 20 {
          lines.append("  and \(failures.count - 20) more; affect features check lists them all")
        }
      }
      if !faults.isEmpty {
        lines.append("\(faults.count) faults in the corpus's tables, whose rows were left out:")
        lines += faults.prefix(20).map { "  \($0)" }
        if faults.count > 20 {
          lines.append("  and \(faults.count - 20) more; affect corpus check \(corpus) lists all")
        }
      }
      return lines.joined(separator: "\n")
    }
  }

  private let options: Options
  private let extraction: FeatureExtraction.Options
  private let encoders: [EncoderChoice]
  private let report: (Notice) -> Void

  /// A command that tells `report` how it goes. Throws `ExtractError` for options that make no sense, and
  /// `RankEnvironmentError` for ranks that make none.
  ///
  /// - Parameter environment: where ranks are looked for
  public init(
    _ options: Options, environment: [String: String] = ProcessInfo.processInfo.environment,
    report: @escaping (Notice) -> Void
  ) throws {
    self.options = options
    self.report = report
    guard !options.encoders.isEmpty else { throw ExtractError.noEncoder }
    let dtype = try Self.dtype(options.dtype)
    // Front ends have no layers: beside published models they go without the choice of one.
    let hasModels = options.encoders.contains { !FrontEnds.names.contains($0) }
    encoders = options.encoders.map { name in
      var choice = EncoderChoice(name, dtype: dtype)
      if !hasModels || !FrontEnds.names.contains(name) { choice.layer = options.layer }
      (choice.device, choice.precision) = (options.device, options.precision)
      (choice.context, choice.specialTokens) = (options.context, options.specialTokens)
      return choice
    }
    if let fault = encoders.lazy.compactMap(\.fault).first {
      throw ExtractError.option(name: fault.option, problem: fault.problem)
    }
    guard Device(options.device)?.isAvailable ?? false else { throw ExtractError.device(options.device) }
    guard options.longest > 0, options.shardMegabytes > 0 else { throw ExtractError.limits }
    var extraction = FeatureExtraction.Options()
    extraction.share = try options.shard.map(Self.share) ?? Self.share(of: environment)
    extraction.longest = options.longest
    extraction.retrying = options.retrying
    extraction.shardBytes = options.shardMegabytes.multipliedReportingOverflow(by: 1_000_000).partialValue
    self.extraction = extraction
  }

  static func dtype(_ name: String) throws -> DType {
    guard let dtype = EncoderIdentity.dtypes.first(where: { $0.rawValue == name }) else {
      throw ExtractError.dtype(name)
    }
    return dtype
  }

  /// The share of the rank that a launcher made of this process.
  private static func share(of environment: [String: String]) throws -> WorkShare {
    try RankEnvironment.read(environment, meeting: false).flatMap { WorkShare($0.rank, of: $0.ranks) } ?? .whole
  }

  private static func share(_ text: String) throws -> WorkShare {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], let share = WorkShare(index, of: count) else {
      throw ExtractError.shard(text)
    }
    return share
  }

  /// Extracts; it fails when some clip has no features or the corpus's tables have faults, after all others have features.
  public func run() throws -> CommandResult {
    let start = Date()
    // Features need no labels, so that rows with a fault keep nobody from the others.
    let (corpus, findings) = try Corpus.usable(in: options.corpus, including: .transcripts)
    let faults = findings.filter { $0.severity == .error }
    if corpus.utterances.isEmpty, let first = faults.first {
      throw CorporaError.invalid(first, corpus: options.corpus.path, others: faults.count - 1)
    }
    let run = try FeatureExtraction(encoders, into: options.output, options: extraction, report: report)
    let failures = try run.run(
      corpus.utterances, waiting: { report(.line("waiting for another process that writes to \($0.path)")) },
      report: { report($0.rendered) })
    let summary = Summary(
      utterances: corpus.utterances.count, share: "\(extraction.share.index)/\(extraction.share.count)",
      sets: try run.ownSets().map(FeatureStatistics.init), failures: failures, faults: faults,
      corpus: options.corpus.path, seconds: Date().timeIntervalSince(start))
    return try CommandResult(text: summary.text, json: summary, succeeded: failures.isEmpty && faults.isEmpty)
  }
}

/// A command line of `affect extract` or `affect features` that makes no sense.
public enum ExtractError: Error, Equatable, CustomStringConvertible {
  /// No encoder is named.
  case noEncoder
  /// A share that is none.
  case shard(String)
  /// A dtype that features can't be stored in.
  case dtype(String)
  /// A device that is not there.
  case device(String)
  /// A value that an option can't have.
  case option(name: String, problem: String)
  /// A limit that nothing meets.
  case limits

  /// A sentence that says what is wrong and what would be right.
  public var description: String {
    switch self {
    case .noEncoder: "no encoder is named; give at least one --encoder"
    case .shard(let text): "--shard \(text) is no share; I/N with I from 0 to N-1 is expected, such as 0/4"
    case .dtype(let name): "features can't be stored as \(name); they can as bfloat16, float16, float32"
    case .device(let name): "--device \(name) can't be had, cpu can"
    case .option(let name, let problem): "--\(name) \(problem)"
    case .limits: "--longest and --shard-size need positive numbers"
    }
  }
}
