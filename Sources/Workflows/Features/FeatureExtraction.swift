import Audio
import Basics
import Corpora
import Encoders
public import FeatureStore
public import Foundation
import Tensors

/// Brings the features of a corpus into a store: each clip is decoded once for all encoders, and what is there is kept.
public struct FeatureExtraction {
  /// A clip whose features could not be made.
  public struct Failure: Codable, Equatable, Sendable {
    /// The clip.
    public let fileName: String
    /// Why, as a sentence.
    public let reason: String
  }

  /// How far it is.
  public struct Progress: Sendable {
    /// Clips done, those that were there already not counted.
    public let done: Int
    /// Clips to do.
    public let total: Int
    /// Seconds since it began.
    public let elapsed: Double
  }

  /// What can be chosen.
  public struct Options: Sendable {
    /// Seconds that a clip may have at the most. Longer ones are recordings to be cut; they would take memory without
    /// end, and are recorded as failures.
    public var longest = 600.0
    /// Seconds that a clip must have: a shorter one holds no sound of speech, and is recorded as a failure.
    public var shortest = 0.05
    /// This process's share of the shards.
    public var share = WorkShare.whole
    /// Whether clips that failed are tried again although their files are the same.
    public var retrying = false
    /// Bytes in a shard, about.
    public var shardBytes = FeaturePlan.shardBytes

    /// The usual choices.
    public init() {}
  }

  /// An encoder with how its numbers are stored.
  struct Source {
    let name: String
    let identity: EncoderIdentity
    let maker: Maker

    /// What makes the numbers.
    enum Maker {
      /// Nothing here: they were imported.
      case imported
      /// Computed of each clip by itself, on the threads that decode.
      case frontEnd(any FrontEnd)
      /// The same of a version that augmentation makes of each clip.
      case augmented(any FrontEnd, AugmentedCopy)
      /// Computed of several clips together, on all cores.
      case pretrained(PretrainedSource)
    }

    var isImported: Bool { if case .imported = maker { true } else { false } }

    /// Which version of what it reads of an utterance is there.
    func stamp(of utterance: Utterance, audio: SourceStamp?) -> SourceStamp? {
      if case .pretrained(let model) = maker { model.stamp(of: utterance, audio: audio) } else { audio }
    }

    /// Whether it reads the sound.
    var hears: Bool { if case .pretrained(let model) = maker { model.kind == .speech } else { true } }
  }

  private let store: FeatureStore
  private let sources: [Source]
  /// The source of each encoder that was named, as an index.
  private let positions: [Int]
  private let options: Options

  /// An extraction by encoders. What is there twice is made once.
  ///
  /// - Parameter report: is told of models that are fetched
  /// - Throws: `UnknownFrontEnd` for a name that no encoder has, `HubError` for a model that can't be had, `EncoderError`
  ///   for one that is not supported
  public init(
    _ encoders: [EncoderChoice], into folder: URL, options: Options = Options(), report: (Notice) -> Void = { _ in }
  ) throws {
    let store = FeatureStore(folder)
    var sources: [Source] = []
    positions = try encoders.map { encoder in
      let source = try encoder.source(in: store, report: report)
      if let known = sources.firstIndex(where: { $0.identity == source.identity }) { return known }
      sources.append(source)
      return sources.count - 1
    }
    self.sources = sources
    self.store = store
    self.options = options
  }

  /// Has the clips of a Whisper written down from the pass of its encoder that makes their features.
  func share(with scribe: ClipScribe) {
    for source in sources { if case .pretrained(let model) = source.maker { model.scribe = scribe } }
  }

  /// The folder of each encoder that was named and is a published model; nil for the others.
  var models: [URL?] {
    positions.map { if case .pretrained(let model) = sources[$0].maker { model.folder } else { nil } }
  }

  /// The set of features of each encoder that was named, as it is now.
  func sets() throws -> [FeatureSet] {
    let sets = try sources.map { try store.set(of: $0.identity) }
    return positions.map { sets[$0] }
  }

  /// The sets that this process writes to.
  func ownSets() throws -> [FeatureSet] { try sources.map { try ownStore.set(of: $0.identity) } }

  /// The process's own store where several share the work: whoever merges them finds each whole.
  private var ownStore: FeatureStore {
    let share = options.share
    return share.count == 1
      ? store : FeatureStore(store.folder.appending(path: "part-\(share.index)-of-\(share.count)"))
  }

  /// A clip with the encoders that wait for it, as indices.
  private struct Work {
    let utterance: Utterance
    let source: SourceStamp?
    var encoders: [Int]
  }

  /// Makes the features that are missing.
  ///
  /// - Parameters:
  ///   - waiting: is told where another process writes to the same features, before this one waits for it
  ///   - report: is told after each clip
  /// - Returns: the clips of this share that have no features, in the corpus's order, those that failed earlier included
  func run(
    _ utterances: [Utterance], waiting: (URL) -> Void = { _ in }, report: (Progress) -> Void
  ) throws -> [Failure] {
    let stamps = utterances.map { try? SourceStamp(of: $0.audio) }
    try fill(utterances, stamps, waiting: waiting, report: report)
    let sets = try sources.map { try (own: ownStore.set(of: $0.identity), base: store.set(of: $0.identity), $0) }
    return zip(utterances, stamps).compactMap { utterance, audio in
      let name = utterance.fileName
      for (own, base, source) in sets {
        let stamp = source.stamp(of: utterance, audio: audio)
        if let reason = own.failure(of: name, from: stamp) ?? base.failure(of: name, from: stamp) {
          return Failure(fileName: name, reason: reason)
        }
        if source.isImported, base.frames(of: name) == nil {
          return Failure(fileName: name, reason: "no features of it were imported into \(base.folder.path)")
        }
      }
      return nil
    }
  }

  private func fill(
    _ utterances: [Utterance], _ stamps: [SourceStamp?], waiting: (URL) -> Void, report: (Progress) -> Void
  ) throws {
    let made = sources.filter { !$0.isImported }
    guard try !isComplete(made, utterances, stamps) else { return }
    let rates = AudioRates(zip(utterances, stamps).map { ($0.audio, $1) })
    // Locks are taken in one order everywhere, so that two processes never wait for each other.
    var writers: [Int: FeatureWriter] = [:]
    let folders = try made.map { try ownStore.folder(of: $0.identity) }
    for number in folders.indices.sorted(by: { folders[$0].path < folders[$1].path }) {
      writers[number] = try FeatureWriter(ownStore, made[number].identity) { waiting(folders[number]) }
    }
    var queues: [[String]] = []
    var groups: [Int: GroupedFeatures] = [:]
    for (number, source) in made.enumerated() {
      guard let writer = writers[number] else { continue }
      let wanted = try zip(utterances, stamps).map { utterance, audio in
        FeaturePlan.Wanted(
          name: utterance.fileName, source: source.stamp(of: utterance, audio: audio),
          expectedBytes: try source.expectedBytes(of: utterance, seconds: rates.seconds(utterance.audio, audio)))
      }
      let base = options.share.count > 1 ? try store.set(of: source.identity) : nil
      try writer.plan(wanted, beside: base, retrying: options.retrying, shardBytes: options.shardBytes)
      let left = try writer.begin(options.share)
      if case .pretrained(let model) = source.maker {
        let grouped = try GroupedFeatures(model, source, writer, utterances)
        groups[number] = grouped
        queues.append(grouped.names)
      } else {
        queues.append(left)
      }
    }
    let work = Self.work(queues, zip(utterances, stamps).map { ($0, $1) })
    if !groups.isEmpty { try TrainingMemory.keepForEncoders() }
    let start = Date()
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let options = options
    let results = OrderedPipeline(count: work.count, threads: threads, ahead: 4 * threads) { number in
      Runtime.withThreadCount(1) {
        Self.prepared(work[number].utterance, for: work[number].encoders.map { made[$0] }, options)
      }
    }
    for (number, item) in work.enumerated() {
      guard let prepared = try results.next() else { break }
      for (encoder, result) in zip(item.encoders, prepared.features) {
        if let grouped = groups[encoder] {
          try grouped.add(item.utterance, prepared.samples)
          continue
        }
        switch result {
        case .success(let tensor?): try writers[encoder]?.append(item.utterance.fileName, tensor)
        case .success(nil): break
        case .failure(let error): try writers[encoder]?.fail(item.utterance.fileName, "\(error)")
        }
      }
      report(Progress(done: number + 1, total: work.count, elapsed: Date().timeIntervalSince(start)))
    }
    for writer in writers.values { try writer.save() }
  }

  /// Whether there is nothing to do, which readers can tell without a lock.
  private func isComplete(_ sources: [Source], _ utterances: [Utterance], _ stamps: [SourceStamp?]) throws -> Bool {
    guard !options.retrying else { return false }
    for source in sources {
      let base = try store.set(of: source.identity)
      for (utterance, audio) in zip(utterances, stamps) {
        let stamp = source.stamp(of: utterance, audio: audio)
        if !base.contains(utterance.fileName, from: stamp), base.failure(of: utterance.fileName, from: stamp) == nil {
          return false
        }
      }
    }
    return true
  }

  /// What is to be done, each clip once for all encoders that wait for it. Queues of one plan are in one order; those of
  /// several, after the corpus changed, need not be, and a clip may then come twice.
  private static func work(_ queues: [[String]], _ utterances: [(Utterance, SourceStamp?)]) -> [Work] {
    let byName = Dictionary(utterances.map { ($0.0.fileName, $0) }, uniquingKeysWith: { first, _ in first })
    var positions = queues.map { _ in 0 }
    var work: [Work] = []
    while true {
      let heads = queues.indices.compactMap { i in
        positions[i] < queues[i].count ? (queue: i, name: queues[i][positions[i]]) : nil
      }
      guard let next = heads.map(\.name).min(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) else { return work }
      let waiting = heads.filter { $0.name == next }.map(\.queue)
      for queue in waiting { positions[queue] += 1 }
      // Everything planned is wanted, and everything wanted is an utterance.
      if let (utterance, stamp) = byName[next] {
        work.append(Work(utterance: utterance, source: stamp, encoders: waiting))
      }
    }
  }

  /// What the threads that decode make of a clip.
  private struct Prepared {
    /// The sound, where an encoder wants it.
    let samples: Result<[Float], any Error>
    /// The features of each front end, in the order of the encoders; nil for published models, which come later.
    let features: [Result<Tensor?, any Error>]
  }

  private static func prepared(_ utterance: Utterance, for sources: [Source], _ options: Options) -> Prepared {
    // Decoded once for all encoders, and not for those of texts.
    let samples = Result { sources.contains { $0.hears } ? try self.samples(of: utterance.audio, options) : [] }
    // Front ends of one copy hear the same.
    var copies: [AugmentedCopy: [Float]] = [:]
    return Prepared(
      samples: samples,
      features: sources.map { source in
        Result { () throws -> Tensor? in
          switch source.maker {
          case .frontEnd(let frontEnd): return try source.stored(frontEnd.features(of: samples.get()))
          case .augmented(let frontEnd, let copy):
            let heard =
              try copies[copy] ?? copy(samples.get(), clip: utterance.fileName)
            copies[copy] = heard
            return try source.stored(frontEnd.features(of: heard))
          case .imported, .pretrained: return nil
          }
        }
      })
  }

  /// Decodes a clip block by block, no further than it may be long.
  private static func samples(of audio: URL, _ options: Options) throws -> [Float] {
    let path = audio.path(percentEncoded: false)
    let decoder = try AudioDecoder(path: path)
    let rate = Double(decoder.sampleRate)
    var samples: [Float] = []
    while let block = try decoder.next() {
      samples += block
      guard Double(samples.count) <= options.longest * rate else {
        throw ClipLength(path: path, seconds: decoder.metadata.duration, limit: .longest(options.longest))
      }
    }
    guard Double(samples.count) >= options.shortest * rate else {
      throw ClipLength(path: path, seconds: Double(samples.count) / rate, limit: .shortest(options.shortest))
    }
    return samples
  }
}

/// A clip that is too long or too short.
struct ClipLength: Error, Equatable, CustomStringConvertible {
  enum Limit: Equatable { case longest(Double), shortest(Double) }

  let path: String
  /// nil where a header does not say it
  let seconds: Double?
  let limit: Limit

  var description: String {
    let found = seconds.map { "lasts \(decimals($0, $0 < 1 ? 3 : 1)) s" } ?? "lasts longer than it may"
    switch limit {
    case .longest(let limit):
      return "\(path): \(found), and \(decimals(limit, 0)) s at the most are taken; cut it, or raise --longest"
    case .shortest(let limit): return "\(path): \(found), too short for speech; \(decimals(limit, 2)) s are needed"
    }
  }
}

extension EncoderIdentity {
  /// Whether the features were made elsewhere and brought in.
  var isImported: Bool { settings["origin"] == "imported" }
}
