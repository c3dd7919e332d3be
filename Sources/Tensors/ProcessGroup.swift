import CTorch
import Foundation

/// Processes that compute together, each knowing itself by its rank: Gloo exchanges tensors in CPU memory, NCCL those on
/// CUDA devices.
///
/// Collectives wait for all ranks: each rank calls the same ones in the same order with tensors of one shape and dtype.
/// One that fails throws `ProcessGroupError`, which names the rank that is to blame: every rank gives a sign of life each
/// second, so that one that was killed is told apart from those that fail because of it. Used from one thread at a time.
public final class ProcessGroup {
  /// How the elements that the ranks have in one place become one.
  public enum Reduction: Sendable { case sum, min, max }

  /// Which of the processes this one is, from 0.
  public let rank: Int
  /// How many there are.
  public let ranks: Int
  let handle: CTGroup
  private let timeout: Double
  private let watcher: Watcher?

  /// Whether this is rank 0, the one that writes and reports.
  public var leads: Bool { rank == 0 }

  /// Joins a group and waits for the other ranks.
  ///
  /// - Parameters:
  ///   - device: the device of the tensors that will be exchanged; CPU tensors can always be
  ///   - whenLost: called once, on a thread of its own, when a rank is lost or has failed and this process does not end by
  ///     itself within ten seconds, as one that waits for a GPU may not; it should end the process
  /// - Throws: `ProcessGroupError`
  public init(
    _ environment: RankEnvironment, device: Device = .cpu, whenLost: (@Sendable (String) -> Void)? = nil
  ) throws {
    rank = environment.rank
    ranks = environment.ranks
    timeout = environment.timeout
    let watcher = whenLost.map(Watcher.init)
    self.watcher = watcher
    let keeps = environment.rank == 0 && !environment.isLauncherListening
    var joined: CTGroup?
    let status = environment.host.withCString { host in
      "affect/\(environment.session)".withCString { prefix in
        var meeting = CTMeeting(
          host: host, port: environment.port, keeps_store: keeps,
          launcher_keeps_store: environment.isLauncherListening, prefix: prefix,
          rank: Int32(clamping: environment.rank), ranks: Int32(clamping: environment.ranks), device: device.code,
          timeout_seconds: environment.timeout, silence_seconds: environment.silence)
        guard let watcher else { return ct_group_join(&meeting, nil, nil, &joined) }
        return ct_group_join(
          &meeting,
          { context, reason in
            guard let context else { return }
            Unmanaged<Watcher>.fromOpaque(context).takeUnretainedValue().lost(String(cString: reason))
          }, Unmanaged.passUnretained(watcher).toOpaque(), &joined)
      }
    }
    guard status == 0, let joined else {
      throw ProcessGroupError(
        "rank \(environment.rank) of \(environment.ranks) could not join the others at "
          + "\(environment.host):\(environment.port): \(tidy(String(cString: ct_error_message())))")
    }
    handle = joined
  }

  /// Leaves the group. Others that still wait for this rank fail.
  deinit { ct_group_leave(handle) }

  /// Replaces a contiguous tensor's elements by their sums, minima or maxima over all ranks.
  public func allReduce(_ tensor: Tensor, _ reduction: Reduction = .sum) throws {
    let code =
      switch reduction {
      case .sum: CTReductionSum
      case .min: CTReductionMin
      case .max: CTReductionMax
      }
    try withoutGradients { try checkGroup(ct_group_all_reduce(handle, tensor.handle, code)) }
  }

  /// Replaces a contiguous tensor's elements by those of one rank.
  public func broadcast(_ tensor: Tensor, from root: Int = 0) throws {
    try withoutGradients { try checkGroup(ct_group_broadcast(handle, tensor.handle, Int32(clamping: root))) }
  }

  /// What one rank knows, on all.
  public func broadcast(_ bytes: [UInt8], from root: Int = 0) throws -> [UInt8] {
    let length = try Tensor([bytes.count])
    try broadcast(length, from: root)
    let count = try length.item(of: Int.self)
    guard count > 0 else { return [] }
    let content = rank == root ? try Tensor(bytes) : try Tensor.zeros([count], dtype: .uint8)
    try broadcast(content, from: root)
    return try content.array()
  }

  /// What every rank knows, on all, by rank. The lengths may differ.
  public func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let lengths = try gather(Tensor([bytes.count])).map { try $0.item(of: Int.self) }
    let longest = max(lengths.max() ?? 0, 1)
    let padded = bytes + [UInt8](repeating: 0, count: longest - bytes.count)
    return try zip(gather(Tensor(padded)), lengths).map { Array(try $0.array(of: UInt8.self).prefix($1)) }
  }

  /// Waits until all ranks are here.
  ///
  /// - Parameter seconds: how long at the most; nil waits as long as the other ranks live.
  public func barrier(atMost seconds: Double? = nil) throws {
    try checkGroup(ct_group_barrier(handle, seconds ?? 1e8))
  }

  /// Whether a tensor has the same elements on all ranks.
  public func agrees(on tensor: Tensor) throws -> Bool {
    let (low, high) = (try tensor.detached().clone(), try tensor.detached().clone())
    try allReduce(low, .min)
    try allReduce(high, .max)
    return try low.equals(high)
  }

  /// Does on rank 0 what one process should do for all, while the others wait as long as it takes.
  ///
  /// - Returns: what `body` returned, on all ranks.
  public func leading<Output: Codable>(_ body: () throws -> Output) throws -> Output {
    let made = leads ? try body() : nil
    try barrier()
    let bytes = try broadcast(made.map { Array(try JSONEncoder().encode([$0])) } ?? [])
    if let made { return made }
    guard let output = try JSONDecoder().decode([Output].self, from: Data(bytes)).first else {
      throw ProcessGroupError("rank \(rank) got nothing from rank 0")
    }
    return output
  }

  /// Runs `body`; if it throws, the other ranks learn why before this one ends, and fail with that reason.
  public func announcingFailure<Output>(_ body: () throws -> Output) throws -> Output {
    do {
      return try body()
    } catch let error as ProcessGroupError {
      // The failure of another rank, whose own reason is known.
      throw error
    } catch {
      ct_group_fault(handle, "\(error)")
      throw error
    }
  }

  private func gather(_ tensor: Tensor) throws -> [Tensor] {
    var found = [CTTensor?](repeating: nil, count: ranks)
    try checkGroup(ct_group_all_gather(handle, tensor.handle, &found))
    return found.compactMap { $0.map(Tensor.init(owning:)) }
  }
}

/// Sums parameters' gradients over the ranks of a group in buckets, each of which leaves as soon as backward has filled it,
/// while the rest is still being computed (Li et al. 2020, "PyTorch Distributed").
///
/// Sums, not means: losses are divided by what all ranks have together, so that ranks with fewer clips count for less.
public final class GradientReducer {
  private let group: ProcessGroup
  private let handle: CTReducer

  /// Watches parameters, which every rank gives in the same order, from now on.
  ///
  /// - Parameters:
  ///   - firstBucketBytes: the size of the first bucket, which is small so that it leaves soon
  ///   - bucketBytes: the size of the others
  public init(
    _ group: ProcessGroup, _ parameters: [Tensor], firstBucketBytes: Int = 1 << 20, bucketBytes: Int = 25 << 20
  ) throws {
    self.group = group
    var made: CTReducer?
    let handles = parameters.map(\.handle)
    try withExtendedLifetime(parameters) {
      try check(
        ct_reducer_create(
          group.handle, handles, handles.count, Int64(firstBucketBytes), Int64(bucketBytes), &made),
        "preparing to sum gradients over ranks")
    }
    guard let made else { throw TensorError(operation: "summing gradients", message: "no reducer was made") }
    handle = made
  }

  deinit { ct_reducer_release(handle) }

  /// Waits for all ranks' gradients and puts their sums in the place of this rank's: after each backward, and where this
  /// rank had nothing to go backward from. A parameter that no rank has a gradient of keeps none.
  ///
  /// - Returns: how many buckets had left before the call.
  @discardableResult
  public func finish() throws -> Int {
    var early: Int64 = 0
    try checkGroup(ct_reducer_finish(handle, &early))
    return Int(early)
  }
}

/// A failed exchange between ranks.
public struct ProcessGroupError: Error, Equatable, CustomStringConvertible {
  /// Which rank is to blame, and how it was noticed.
  public let description: String

  init(_ description: String) { self.description = description }
}

/// What C calls when a rank is lost.
private final class Watcher: Sendable {
  let lost: @Sendable (String) -> Void

  init(_ lost: @escaping @Sendable (String) -> Void) { self.lost = lost }
}

private func checkGroup(_ status: Int32) throws {
  if status != 0 { throw ProcessGroupError(tidy(String(cString: ct_error_message()))) }
}
