import Foundation

/// How utterances are put into shards: in the order of their names, by an estimate of their size that is known before any
/// is decoded. Every machine and every run after a kill therefore comes to the same shards.
public enum FeaturePlan {
  /// An utterance whose features are wanted.
  public struct Wanted: Equatable, Sendable {
    /// Its name in the store.
    public let name: String
    /// The version of its file; nil where there is none, which is recorded as a failure.
    public let source: SourceStamp?
    /// About how many bytes its features will take.
    public let expectedBytes: Int

    /// Makes a wish of its parts.
    public init(name: String, source: SourceStamp?, expectedBytes: Int) {
      self.name = name
      self.source = source
      self.expectedBytes = expectedBytes
    }
  }

  /// Bytes in a shard, about.
  public static let shardBytes = 256_000_000

  /// Cuts utterances, which are put in order, into shards of at least one, each as near to `shardBytes` as those before
  /// the next utterance come.
  static func shards(_ wanted: [Wanted], shardBytes: Int) -> [[Wanted]] {
    var shards: [[Wanted]] = []
    var bytes = 0
    for item in wanted.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
      if shards.isEmpty || (bytes > 0 && bytes + item.expectedBytes > shardBytes) {
        shards.append([])
        bytes = 0
      }
      shards[shards.count - 1].append(item)
      // Even what is not there takes a row: a shard of a million missing files would be no shard.
      bytes += max(item.expectedBytes, 256)
    }
    return shards
  }
}

/// A process's share of work that several do.
public struct WorkShare: Equatable, Sendable {
  /// From 0.
  public let index: Int
  /// How many processes there are.
  public let count: Int

  /// All of the work.
  public static let whole = WorkShare(unchecked: 0, of: 1)

  /// Share `index` of `count`; nil where there is no such share.
  public init?(_ index: Int, of count: Int) {
    guard count >= 1, (0..<count).contains(index) else { return nil }
    self.init(unchecked: index, of: count)
  }

  private init(unchecked index: Int, of count: Int) { (self.index, self.count) = (index, count) }

  /// This share of a list: stretches of it, so that shares of lists in the same order lie side by side.
  func part<Element>(of elements: [Element]) -> ArraySlice<Element> {
    elements[(elements.count * index / count)..<(elements.count * (index + 1) / count)]
  }
}
